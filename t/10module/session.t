#!/usr/bin/perl

# A session's life: heartbeat, deadlines, a client that asks too much, one that
# does not read, a token that ends, a Redis that goes, a reload, several
# processes.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);

use Chat::Front;
use Chat::Nginx qw(http_get http_start http_end);
use Chat::Process qw(wait_until);
use Chat::WebSocket qw(encode_frame);

my $front = Chat::Front->new(worker_processes => 1, listen => 'reuseport',
    server => <<'EOC',
location = /quick/ { chat_socket; chat_ping_interval 300ms;
    chat_ping_timeout 200ms; chat_connect_timeout 3s; }
location = /impatient/ { chat_socket; chat_connect_timeout 400ms; }
location = /small/ { chat_socket; chat_send_queue 64k; }
location = /held/ { chat_socket; chat_ping_interval 1s; chat_ping_timeout 1s; }
EOC
)->start;
my $worker = $front->worker;

sub path { "/$_[0]/?EIO=4&transport=websocket" }

sub joined {
    my ($uid, %o) = @_;
    my $ws = $front->websocket(%o);
    $ws->send_text('40{"token":"' . $front->token($uid, %{$o{claims} || {}})
        . '"}');
    my $job = $worker->job_of('session');
    $worker->grant($job);
    $ws->text =~ /^40/ && $ws->text =~ /authenticated/ or die 'not joined';
    return $ws;
}


# ---- heartbeat --------------------------------------------------------------

my $start = time;
my $ws = Chat::WebSocket->connect(port => $front->port, path => path('quick'));
like($ws->text, qr/^0\{"sid":"[\w-]{20}","upgrades":\[\],"pingInterval":300,"pingTimeout":200,"maxPayload":1048576\}$/,
    'the open packet: these five keys');

for my $n (1 .. 3) {
    is($ws->text, '2', "ping $n");
    cmp_ok(time - $start, '>=', 0.29, '… after the interval');
    $start = time;
    $ws->send_text('3');
}
$ws->text eq '2' or die;
is($ws->closed, 0, 'without a pong the session is closed, without a code');
my $ms = int((time - $start) * 1000);
cmp_ok($ms, '>=', 490, '… not before interval and timeout');
cmp_ok($ms, '<', 2000, '… but soon after');

$ws = Chat::WebSocket->connect(port => $front->port, path => path('quick'));
$ws->text;
$ws->send_text('3unasked');
is($ws->text, '2', 'a pong that nobody asked for is fine');

$ws = Chat::WebSocket->connect(port => $front->port, path => path('impatient'));
$start = time;
$ws->text;
$ws->send_text('40');
like($ws->text, qr/^44/, 'a refused CONNECT');
is($ws->closed, 0, '… does not stop the deadline for one');
cmp_ok(time - $start, '>=', 0.39, '… which is kept');

$ws = joined('anna', path => path('impatient'));
is($ws->frame(0.8), undef, 'who has joined may stay');
$ws->close;


# ---- 64 unanswered events ---------------------------------------------------

$ws = joined('bert', path => path('held'));
$ws->send_text("42$_\[\"e\",$_]") for 0 .. 99;
my @jobs = map { $worker->job_of('e') } 1 .. 64;
is($jobs[63]{json}[0], 63, '64 events are taken');
is($worker->waiting('e'), 0, '… and no more');
is($ws->text, '2', 'a ping goes out while the socket is not read');
$ws->send_text('3');
is($ws->frame(1.5), undef, 'the pong cannot be read, and its deadline stands still');
ok(!$ws->eof, 'the session lives');
is($worker->waiting('e'), 0, 'nothing more was read meanwhile');

$worker->finish(shift @jobs, json => [ 0 ]);
is($ws->text, '430[0]', 'an answer');
push @jobs, $worker->job_of('e');
is($jobs[-1]{json}[0], 64, '… lets one more be read');

for my $n (1 .. 99) {
    my $job = shift(@jobs) || $worker->job_of('e');
    $worker->finish($job, json => $job->{json});
}
my @answers;
while (@answers < 99) {
    my $text = $ws->text // last;
    $text eq '2' ? $ws->send_text('3') : push @answers, $text;
}
is(join(' ', @answers), join(' ', map { "43$_\[$_]" } 1 .. 99),
    'all are answered in the end');
$ws->send_text('42["last"]');
ok($worker->job_of('last'), 'and the socket is read as before');
$ws->close;


# ---- a slow reader ----------------------------------------------------------

$ws = joined('carl', path => path('small'));
my $witness = joined('dora');
my $slow = $front->metric('slow_closed_total');

# fills what kernel and queue take, and is read by nobody
wait_until('the slow reader to be closed', 20, sub {
    $worker->tell(map { { to => [ 'ucarl' ], packets => [ [ 'x', 'y' x 20_000 ] ] } }
        1 .. 50);
    $front->metric('slow_closed_total') > $slow;
});
is($front->metric('slow_closed_total'), $slow + 1, 'it is counted');
$worker->tell({ to => [ 'udora' ], packets => [ [ 'x', 1 ] ] });
is($witness->text, '42["x",1]', 'another socket goes on');

my $eater = joined('fritz', path => path('small'));
$worker->tell(map { { to => [ 'ufritz' ], packets => [ [ 'x', 'y' x 20_000 ] ] } }
    1 .. 50) for 1 .. 3;
is(scalar(grep { defined && length > 20_000 } map { $eater->text } 1 .. 150), 150,
    'who reads gets all of it');


# ---- token expiry -----------------------------------------------------------

$ws = joined('emil', claims => { exp => int(time) + 2 });
like($ws->text(10), qr/^42\["error",\{"code":"token_expired"/,
    'when the token expires the client is told');
is($ws->closed, 0, '… and the engine closed');

$ws = joined('emil', claims => { exp => int(time) + 2 });
$ws->send_text('421["authenticate",{"token":"' . $front->token('emil') . '"}]');
is($ws->text, '431[{"ok":true}]', 'a fresh token in time');
is($ws->frame(3), undef, '… and the socket stays');
$ws->close;


# ---- Redis goes and comes ---------------------------------------------------

$ws = joined('gina');
$front->redis->pause;
$ws->send_text('421["x"]');
like($ws->text(30), qr/^431\[\{"ok":false,"error":\{"code":"(?:timeout|unavailable)"/,
    'while Redis does not answer, events fail');
$front->redis->resume;
$front->wait_healthy;
$ws->send_text('422["x"]');
$worker->finish($worker->job_of('x'), json => [ 1 ]) for 1, 2;
is($ws->text(20), '432[1]', 'after a gap sockets go on');
$ws->close;

$front->redis->restart;
$worker = Chat::FakeWorker->new(redis => $front->redis)->start;
$front->{worker} = $worker;
is($witness->closed(20), 0, 'in a new epoch the engines are closed');
$front->wait_healthy;
$ws = joined('hans');
$worker->tell({ to => [ 'uhans' ], packets => [ [ 'x', 1 ] ] });
is($ws->text, '42["x",1]', 'and a new socket hears events');


# ---- reload -----------------------------------------------------------------

my @many = map { joined("r$_") } 1 .. 30;
my ($old) = $front->nginx->workers;
my $late = http_start('GET ' . Chat::Front::PATH . " HTTP/1.1\r\nHost: x\r\n");
wait_until('the request to be begun', 20, sub {
    http_get('/health') && $front->nginx->process_of($late) });
$front->nginx->reload;
print $late "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
    . "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
like(http_end($late), qr{^HTTP/1\.1 503 },
    'a process that leaves takes nobody new');
is(scalar(grep { defined && $_ == 0 } map { $_->closed(20) } $ws, @many), 31,
    'a reload closes the engines');
wait_until('the old process to leave', 20, sub { !kill 0, $old });
pass('the old process leaves');
my %gone;
wait_until('presence of all', 20, sub {
    my $job = $worker->job_of('presence');
    $gone{$job->{headers}{uid}}++
        if $job->{headers}{uid} =~ /^r/ && $job->{headers}{count} == 0;
    keys %gone == 30;
});
pass('… and says before that its users are gone');
$front->wait_metric('sessions', 0);
$ws = joined('ina');
$worker->tell({ to => [ 'uina' ], packets => [ [ 'x', 1 ] ] });
is($ws->text, '42["x",1]', 'the new one serves');
$ws->close;


# ---- several processes ------------------------------------------------------

$front->nginx->stop;
$front->{worker_processes} = 4;
$front->nginx->run($front->configuration);
$front->wait_healthy;

my (%process, @tabs);
while (keys %process < 4 && @tabs < 200) {
    my $ws = joined('kurt');
    push @tabs, $ws;
    $process{$front->nginx->process_of($ws->socket)}++;
}
is(scalar keys %process, 4, 'sockets of one user in four processes');
$worker->tell({ to => [ 'ukurt' ], packets => [ [ 'x', 1 ] ] });
is(scalar(grep { $_->text eq '42["x",1]' } @tabs), scalar @tabs,
    '… hear the same event');
is($front->metric('sockets'), scalar @tabs, 'the gauge counts them all');

my ($first) = $front->nginx->workers;
kill 'KILL', $first;
$front->nginx->allow(qr/exited on signal 9/);
wait_until('another process in its place', 20, sub {
    my @now = $front->nginx->workers;
    @now == 4 && !grep { $_ == $first } @now });
$front->wait_healthy;
$worker->tell({ to => [ 'ukurt' ], packets => [ [ 'x', 2 ] ] });
my $left = @tabs - $process{$first};
is(scalar(grep { ($_->text(10) // '') eq '42["x",2]' } @tabs), $left,
    'when one of them dies the others go on');
$front->wait_metric('sockets', $left);


# ---- limits of a process ----------------------------------------------------

$_->close for @tabs;
$front->nginx->stop;
@$front{qw(worker_processes connections http)} = (1, 64, 'chat_memory 1m;');
$front->nginx->run($front->configuration);
$front->wait_healthy;

my @crowd;
while (@crowd < 64) {
    my $ws = $front->websocket;
    last if $ws->status != 101;
    push @crowd, $ws;
}
cmp_ok(scalar @crowd, '<', 62, 'some connections are left free');
cmp_ok(scalar @crowd, '>', 40, '… but not many');
like(http_get('/health'), qr{^HTTP/1\.1 200 }, 'so that requests are served');
$_->close for splice @crowd, 20;
$front->wait_metric('sessions', 20);

# each one within its own limit, all of them above that of the process
my $half = encode_frame(Chat::WebSocket::TEXT, '42["x"' . ' ' x 200_000, fin => 0);
$_->send_raw($half) for @crowd;
my %code;
wait_until('some to be closed', 20, sub {
    for my $ws (@crowd) {
        my $frame = $ws->frame(0.01) or next;
        $code{$frame->{code} // 0}++;
    }
    return $code{1011};
});
is(join(' ', keys %code), '1011', 'unfinished messages meet chat_memory');
cmp_ok($code{1011}, '<', 20, '… and those before the limit stay');
$_->close for @crowd;
$front->wait_metric('sessions', 0);
$ws = joined('last');
$ws->send_raw(encode_frame(Chat::WebSocket::TEXT, '42["x","' . 'y' x 200_000 . '"]'));
ok($worker->job_of('x'), 'when they are gone there is room again');

done_testing();
