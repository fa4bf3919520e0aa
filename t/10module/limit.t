#!/usr/bin/perl

# chat_limit: so many requests, handshakes and events in a time; by user or
# address, in all processes together, through a reload; and what is said.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Front;
use Chat::HTTP;
use Chat::Nginx qw(http_get);
use Chat::Process qw(wait_until);

my $front = Chat::Front->new(worker_processes => 2, listen => 'reuseport',
    socket => 'chat_limit_apply hand; chat_limit_apply talk event=send;'
        . 'chat_limit_apply all event=*;',
    http => <<'EOC', server => <<'EOC')->start;
chat_limit api rate=3/1h;
chat_limit login rate=100/1h burst=2 key=$http_x_real_ip;
chat_limit more rate=1/1h;
chat_limit hand rate=40/1h;
chat_limit talk rate=2/1h;
chat_limit all rate=6/1h;
chat_limit quick rate=2/1s;
set_real_ip_from 127.0.0.1;
real_ip_header X-Real-IP;
EOC
location /api/ { chat_api; chat_limit_apply api; chat_auth optional;
    location /api/inside/ { chat_api; }
    location /api/other/ { chat_api; chat_limit_apply more; }
    location /api/both/ { chat_api; chat_limit_apply more; chat_limit_apply api; } }
location /login/ { chat_api; chat_auth off; chat_limit_apply login; }
location /quick/ { chat_api; chat_limit_apply quick; }
location = /open/ { chat_socket; chat_auth off; chat_limit_apply talk event=*; }
EOC
my $worker = $front->worker;
$worker->serve;

# The statuses of requests, one after the other.
sub asks {
    my ($uid, $path, $count, %o) = @_;
    my $http = Chat::HTTP->new(port => $front->port,
        token => $uid && $front->token($uid));
    return join ' ', map { $http->get($path, undef,
        headers => [ 'X-Real-IP: ' . ($o{ip} // '192.0.2.1') ])->{status} }
        1 .. $count;
}

sub refused {
    my ($name) = @_;
    my ($n) = http_get('/metrics')
        =~ /^chat_limit_refused_total\{limit="$name"\} (\d+)$/m;
    return $n;
}


# ---- requests ---------------------------------------------------------------

is(asks('anna', '/api/x', 5), '200 200 200 429 429', 'three in an hour');
is(asks('anna', '/api/x', 1, ip => '192.0.2.7'), '429', 'a user is one everywhere');
is(asks('bert', '/api/x', 1), '200', 'another has his own');
is(asks(undef, '/api/x', 4), '200 200 200 429', 'nobody counts by address');
is(asks(undef, '/api/x', 1, ip => '192.0.2.7'), '200', '… which is another here');
is(asks(undef, '/api/x', 4, ip => '2001:db8::1'), '200 200 200 429', 'IPv6');
is(asks(undef, '/api/x', 1, ip => '2001:db8::2'), '429', '… by /64');
is(refused('api'), 6, 'refusals are counted by limit');
is(refused('more'), 0, '… also where there are none');

my $r = Chat::HTTP->new(port => $front->port, token => $front->token('anna'))
    ->post('/api/x', { a => 1 });
is($r->{status}, 429, 'whatever the method');
is_deeply($r->{json}, { code => 'rate_limited',
    message => 'Too many requests, try again later' }, 'it is said why');
my $wait = $r->{headers}{'retry-after'};
ok($wait > 1100 && $wait <= 1200, "and when to come again, in $wait s");

is(asks('anna', '/api/inside/x', 1), '429', 'a location inside has the same limits');
is(asks('anna', '/api/other/x', 2), '200 429', '… unless it has its own');

is(asks('carl', '/api/both/x', 3), '200 429 429', 'of two limits the first says no');
is(asks('carl', '/api/x', 3), '200 200 429', '… and the other was not asked');

is(asks('carl', '/login/x', 3), '200 200 429', 'a burst smaller than the rate');
is(asks('dora', '/login/x', 1), '429', 'a key of one\'s own: whoever asks');
is(asks('dora', '/login/x', 1, ip => '192.0.2.8'), '200', '… from there');
is(Chat::HTTP->new(port => $front->port)->get('/login/x')->{status}, 200,
    'an empty key is not limited') for 1 .. 4;

is(asks('emil', '/quick/x', 3), '200 200 429', 'two in a second');
wait_until('the bucket to fill', 20, sub { asks('emil', '/quick/x', 1) eq '200' });
pass('time gives them back');

# ---- handshakes -------------------------------------------------------------

my @shakes = map { $front->websocket(headers => [ 'X-Real-IP: 192.0.2.9' ]) }
    1 .. 41;
is(scalar(grep { $_->status == 101 } @shakes), 40, 'forty handshakes');
is($shakes[-1]->status, 429, 'then no more');
like($shakes[-1]->response, qr/^Retry-After: (?:8\d|90)\r\n.*"code":"rate_limited"/ms,
    'with the same words');
$_->close for grep { $_->status == 101 } @shakes;
is(refused('hand'), 1, 'counted');


# ---- events -----------------------------------------------------------------

my $ws = $front->joined('fritz');
$ws->text =~ /authenticated/ or die;
$ws->send_text("42$_\[\"send\"]") for 1 .. 3;
my $failure = '{"code":"rate_limited","message":"Too many events, try again in 1800 s"}';
my %said;
$said{$ws->text}++ for 1 .. 4;
is_deeply(\%said, { '431[{"ok":1}]' => 1, '432[{"ok":1}]' => 1,
    "42[\"error\",$failure]" => 1,
    "433[{\"ok\":false,\"error\":$failure}]" => 1 },
    'the third event of two: `error` and a failed ack');

$ws->send_text('42["send"]');
is($ws->text, "42[\"error\",$failure]", 'without an ack `error` alone');
$ws->send_text("42$_\[\"other\"]") for 11 .. 15;
%said = ();
$said{$ws->text}++ for 1 .. 6;
is(join(' ', sort map { /^(43\d+)\[\{"ok":1/ } keys %said),
    '4311 4312 4313 4314', 'other events have what is left of the limit of all');
is(refused('talk') . ' ' . refused('all'), '2 1', 'each limit counts its own');

my $other = $front->joined('fritz');
$other->text =~ /authenticated/ or die;
$other->send_text('42["send"]');
like($other->text, qr/rate_limited/, 'in another tab he is the same');
$other = $front->joined('gina');
$other->text =~ /authenticated/ or die;
$other->send_text('421["send"]');
is($other->text, '431[{"ok":1}]', 'another user is not');
ok($ws->pump, 'who was refused stays');

# Sockets without a user: what those at one address say, each 432[…].
sub nobodies {
    my ($address, $count) = @_;
    return join ' ', map {
        my $nobody = $front->websocket(path => '/open/?EIO=4&transport=websocket',
            headers => [ "X-Real-IP: $address" ]);
        $nobody->send_text('40');
        $nobody->text =~ /^40/ or die;
        $nobody->send_text('422["send"]');
        $nobody->text =~ /^432\[\{"ok":1/ ? 'heard' : 'refused';
    } 1 .. $count;
}

is(nobodies('192.0.2.20', 3), 'heard heard refused', 'nobody counts by address');
is(nobodies('192.0.2.21', 1), 'heard', '… and each address has its own');


# ---- a reload ---------------------------------------------------------------

$front->nginx->reload;
$front->wait_healthy;
is(asks('anna', '/api/x', 1), '429', 'limits live through a reload');
is(refused('api'), 10, 'and what was refused is still known');

done_testing();
