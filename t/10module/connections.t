#!/usr/bin/perl

# chat_max_connections: how many sessions an address and a user may have, in
# all processes together, whatever becomes of these; and how many sessions
# may be there that have not joined.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP qw(decode_json);
use Test::More;
use Time::HiRes qw(time);

use Chat::Front;
use Chat::HTTP;
use Chat::Polling;
use Chat::Process qw(wait_until);
use Chat::WebSocket;

my $front = Chat::Front->new(worker_processes => 2, listen => 'reuseport',
    http => <<'EOC', server => <<'EOC')->start;
set_real_ip_from 127.0.0.1;
real_ip_header X-Real-IP;
EOC
chat_max_connections ip=4;
location = /users/ { chat_socket; chat_max_connections user=3; }
location = /both/ { chat_socket; chat_max_connections user=3 ip=1;
    chat_origin http://a.example; }
location = /one/ { chat_socket; chat_recovery 2m; chat_max_connections user=1; }
location = /small/ { chat_echo engine; chat_max_connections off; }
EOC
my $worker = $front->worker;
$worker->serve;
my $nginx = $front->nginx;

sub ip { [ "X-Real-IP: $_[0]" ] }
sub path { "/$_[0]/?EIO=4&transport=websocket" }

# A handshake of that address; a session, or the refusal.
sub from {
    my ($address, %o) = @_;
    return $front->websocket(headers => ip($address), %o);
}

# Whether a CONNECT is answered with 40 (1), or the engine is closed (0).
sub joins {
    my ($uid, %o) = @_;
    my $ws = $front->websocket(path => path('users'), %o);
    $ws->send_text('40{"token":"' . $front->token($uid) . '"}');
    return ($ws, defined $ws->text ? 1 : 0);
}


# ---- by address -------------------------------------------------------------

my @four = map { from('192.0.2.1') } 1 .. 4;
is(join(' ', map { $_->status } @four), '101 101 101 101', 'four of an address');

my $fifth = from('192.0.2.1');
is($fifth->status, 429, 'there is no fifth');
like($fifth->response, qr/^Retry-After: 5\r$/m, '… for now');
my ($body) = $fifth->response =~ /\r\n\r\n(.*)/s;
is_deeply(decode_json($body), { code => 'rate_limited',
    message => 'Too many connections' }, '… and it is said why');
is($front->metric('connections_refused_total'), 1, 'it is counted');

my $r = Chat::Polling->new(port => $front->port, headers => ip('192.0.2.1'))
    ->request('GET');
is($r->{status}, 429, 'polling counts, too');
is(from('192.0.2.2')->status, 101, 'another address is another matter');

(shift @four)->close;
wait_until('a place to be free', 20, sub {
    push @four, from('192.0.2.1');
    return 1 if $four[-1]->status == 101;
    pop @four;
    return 0;
});
is(from('192.0.2.1')->status, 429, 'one went, one came');

my @six = map { from("2001:db8:1:2::$_") } 1 .. 4;
is(from('2001:db8:1:2:ffff::1')->status, 429, 'IPv6 addresses count by /64');
is(from('2001:db8:1:3::1')->status, 101, 'the next /64 is another');
is(from('::ffff:192.0.2.9')->status, 101, 'a mapped address');
is(from('::ffff:192.0.2.10')->status, 101, '… is no /64') for 1 .. 4;
@six = ();

my @both = (from('192.0.2.3', path => path('both')));
my $both = from('192.0.2.3', path => path('both'),
    headers => [ @{ip('192.0.2.3')}, 'Origin: http://a.example' ]);
is("$both[0]{status} $both->{status}", '101 429', 'a location has its own limit');
like($both->response, qr/^Access-Control-Allow-Origin: http:\/\/a\.example\r$/m,
    '… and its page is let see it');
is(from('192.0.2.3')->status, 101, '… others count the same sessions');


# ---- by user ----------------------------------------------------------------

my @tabs = map { [ joins('anna') ] } 1 .. 3;
is(join(' ', map { $_->[1] } @tabs), '1 1 1', 'three tabs of a user');

my $start = time;
my ($ws, $joined) = joins('anna');
is($joined, 0, 'a fourth is not answered, and closed some time');
cmp_ok(time - $start, '<', 40, '… without an end it would not come back');
is($ws->closed, 0, '… as by a lost connection: clients come again');
is((joins('bert'))[1], 1, 'another user joins');

my $place = shift @tabs;
$place->[0]->send_text('41');
push @tabs, [ joins('anna') ];
is($tabs[-1][1], 1, 'who left his namespace counts no more');

# one that waits has not joined, so what it waits for may come from elsewhere
is((joins('anna', path => path('socket.io'), headers => ip('192.0.2.4')))[1], 1,
    'without a limit of users');


# the old connection still looks open when its client goes on in another
my $before = $front->client('ivan', path => '/one/');
my $now = $front->client('ivan', path => '/one/', auth => {
    token => $front->token('ivan'), pid => $before->{pid},
    offset => $before->event_args('authenticated')->[-1] });
is($now->sid, $before->sid, 'who goes on takes the place of his old connection');
$before->wait_closed;
my $refused = $front->metric('connections_refused_total');
$ws = $front->websocket(path => path('one'));
$ws->send_text('40{"token":"' . $front->token('ivan') . '"}');
$front->wait_metric('connections_refused_total', $refused + 1);
pass('and is the one that may be');
$_->close for $ws, $now;


# ---- processes that die or leave --------------------------------------------

my %by;
push @{$by{$nginx->process_of($_->socket)}}, $_ for @four;
my ($dies) = sort keys %by;
kill 'KILL', $dies;
$nginx->allow(qr/exited on signal 9/);
wait_until('the places of the dead one', 20, sub {
    push @four, from('192.0.2.1');
    return 1 if $four[-1]->status == 101;
    pop @four;
    return 0;
});
pass('who was counted by a process that died counts no more');
@four = grep { $_->pump } @four;
push @four, from('192.0.2.1') while $four[-1]->status == 101;
is(scalar @four, 5, 'who lived through it still counts');

my @old = $nginx->workers;
$nginx->reload;
is($_->closed(60), 0, 'a reload closes them') for @four[0 .. 3];
undef @$_ for \(@tabs, @both);
$_->close for @four[0 .. 3];
wait_until('the old processes to leave', 60, sub { !grep { kill 0, $_ } @old });
is($front->metric('sessions'), 0, 'none is left');
@four = map { from('192.0.2.1') } 1 .. 5;
is(join(' ', map { $_->status } @four), '101 101 101 101 429',
    'the new processes count from there');


# ---- who has not joined -----------------------------------------------------

$_->close for @four[0 .. 3];
$nginx->stop;
my $small = $front->configuration =~ s/chat_zone chat:8m/chat_zone chat:256k/r
    =~ s/ip=4/ip=10000/r =~ s/worker_processes 2/worker_processes 1/r;
$nginx->run($small);
$front->wait_healthy;

my $stays = $front->joined('zoe');
my $echo = $front->websocket(path => path('small'));
my @idle;
wait_until('the first to be sent away', 60, sub {
    push @idle, $front->websocket for 1 .. 10;
    $idle[-1]->status == 101 or die 'refused';
    return $front->metric('fresh_closed_total');
});
cmp_ok(scalar @idle, '>', 20, 'many may wait with their CONNECT');
is($idle[0]->closed, 0, 'the oldest leaves first');
ok($idle[-1]->pump, 'the newest stays');
$front->websocket for 1 .. @idle;
ok($stays->pump && $echo->pump, 'who has joined, or need not, is not asked to leave');
is((joins('yves'))[1], 1, 'and whoever comes can join');

done_testing();
