#!/usr/bin/perl

# Four nginx processes, and each request of a session in another one than the
# session: polled, posted to, upgraded, aborted, closed; and an owner that dies.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Front;
use Chat::Polling;
use Chat::Pool;
use Chat::Process qw(wait_until);
use Chat::WebSocket;

use constant RS => "\x1e";

my $front = Chat::Front->new(worker_processes => 4, listen => 'reuseport',
    server => <<'EOC')->start;
location = /engine.io/ { chat_echo engine; }
location = /fast/ {
    chat_echo engine;
    chat_ping_interval 300ms;
    chat_ping_timeout 200ms;
}
EOC
$front->worker->serve;

my $nginx = $front->nginx;

my $pool = Chat::Pool->new($nginx, $front->port);

# A connection that was accepted by this process, or by any but this.
sub connection { $pool->take(@_) }

# A session: {owner} is its process.
sub engine {
    my (%o) = @_;
    my $p = Chat::Polling->new(port => $front->port, path => '/engine.io/', %o);
    my ($owner) = $o{owner} || $nginx->workers;
    my $r = $p->end($p->start('GET', undef,
        socket => connection(in => $p->{owner} ||= $owner)));
    ($p->{sid}) = $r->{body} =~ /"sid":"([\w-]+)"/ or die "no session";
    return $p;
}

# A request to another process.
sub away {
    my ($p, $method, $body, %o) = @_;
    return $p->start($method, $body,
        socket => connection(not => $p->{owner}), %o);
}

sub answer {
    my ($p, $socket) = @_;
    my $r = $p->end($socket);
    return "$r->{status} $r->{body}";
}

sub websocket_away {
    my ($p, %o) = @_;
    my $ws = $p->websocket(socket => connection(not => $p->{owner}), %o);
    $ws->status == 101 or die $ws->response;
    return $ws;
}

# What a process does about a request that nobody answers cannot be seen; it is
# done when the process has answered a later one.
sub settle {
    my ($socket) = @_;
    my $p = Chat::Polling->new(port => $front->port);

    for my $pid ($nginx->process_of($socket), $nginx->workers) {
        $p->end($p->{http}->begin('GET', '/health', undef,
            socket => connection(in => $pid)));
    }
}

my $unknown = '400 {"code":1,"message":"Session ID unknown"}';


# ---- polling ----------------------------------------------------------------

my $p = engine();
is(answer($p, away($p, 'POST', '4one' . RS . 'bAQI=')), '200 ok',
    'a POST in another process');
is(answer($p, away($p, 'GET')), '200 4one' . RS . 'bAQI=', 'a GET, too');

for my $reader ($nginx->workers) {
    my $get = $p->start('GET', undef, socket => connection(in => $reader));
    settle($get);
    is(answer($p, away($p, 'POST', "4$reader")), '200 ok', 'a parked GET');
    is(answer($p, $get), "200 4$reader", 'wherever it is');
}

my $large = '4' . 'x' x 900_000;
is(answer($p, away($p, 'POST', $large)), '200 ok', 'a large body');
is(answer($p, away($p, 'GET')), "200 $large", 'there and back');

is(answer($p, away($p, 'POST', '4' . 'x' x 1048576)), '413 ', 'too large a body');
my $chunked = connection(not => $p->{owner});
syswrite $chunked, 'POST ' . $p->url('polling') . " HTTP/1.1\r\nHost: x\r\n"
    . "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
syswrite $chunked, "40000\r\n" . 'x' x 0x40000 . "\r\n" for 1 .. 5;
is((split / /, $p->end($chunked)->{head})[1], 413, 'one that grows too large');
is(answer($p, away($p, 'POST', '4x')), '200 ok', 'the session goes on');
is(answer($p, away($p, 'GET')), '200 4x', 'and is served');

my $get = away($p, 'GET');
settle($get);
is(answer($p, away($p, 'GET')), '400 ', 'two GETs in two processes');
is(answer($p, $get), '200 1', 'the first hears the end');
is(answer($p, away($p, 'GET')), $unknown, 'and all know it');

$p = engine();
my $slow = connection(not => $p->{owner});
syswrite $slow, 'POST ' . $p->url('polling')
    . " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\n4ab";
settle($slow);
is(answer($p, away($p, 'POST', '4x')), '400 ', 'two POSTs in two processes');
like(answer($p, $slow), qr/^400 /, 'both are refused');
is(answer($p, away($p, 'GET')), $unknown, 'and the session is over');

for my $case ([ 'GET', "\r\n" ],
    [ 'POST', "Content-Length: 5\r\n\r\n4ab" ])
{
    my ($method, $rest) = @$case;
    my $p = engine();
    my $socket = connection(not => $p->{owner});
    syswrite $socket, "$method " . $p->url('polling')
        . " HTTP/1.1\r\nHost: x\r\n$rest";
    settle($socket);
    close $socket;
    wait_until("an aborted $method to end the session", 10, sub {
        answer($p, away($p, 'POST', '4x')) eq $unknown });
    pass("an aborted $method in another process ends the session");
}

$p = engine();
$get = away($p, 'GET');
settle($get);
is(answer($p, away($p, 'POST', '1')), '200 ok', 'closed in another process');
is(answer($p, $get), '200 6', 'than its GET is in');
is(answer($p, away($p, 'GET')), $unknown, 'forgotten by all');

$p = engine();
is(answer($p, away($p, 'POST', '1')), '200 ok', 'closed before its GET');
is(answer($p, away($p, 'GET')), '200 6', 'which comes to a third process');

$p = engine(path => '/fast/');
is(answer($p, away($p, 'GET')), '200 2', 'a ping far away');
is(answer($p, away($p, 'GET')), '200 1', 'no pong');
is(answer($p, away($p, 'GET')), $unknown, 'no session');

my $io = engine(path => '/socket.io/');
is(answer($io, away($io, 'POST', '44')), '200 ok', 'nonsense for Socket.IO');
is(answer($io, away($io, 'GET')), '200 6' . RS . '1',
    'the end waits for a GET, whose process still finds it');


# ---- upgrade ----------------------------------------------------------------

$p = engine();
$get = away($p, 'GET');
settle($get);
my $ws = websocket_away($p);
$ws->send_text('2probe');
is($ws->text, '3probe', 'a probe in another process');
is(answer($p, $get), '200 6', "releases a third one's GET");
is(answer($p, away($p, 'POST', join RS, map { "4$_" } 1 .. 20)), '200 ok',
    'messages meanwhile');
my @told = split RS, substr answer($p, away($p, 'GET')), 4;
$ws->send_text('5');
$ws->send_text('4last');
push @told, $ws->text until $told[-1] eq '4last';
is_deeply(\@told, [ (map { "4$_" } 1 .. 20), '4last' ], 'all, once, in order');
is(answer($p, away($p, 'GET')), '400 {"code":3,"message":"Bad request"}',
    'no polling any more');
is($nginx->process_of($ws->socket), $p->{owner},
    "the WebSocket has become the owner's own");
is(websocket_away($p)->closed, 0, 'a second WebSocket is closed');
$ws->send_text('4x');
is($ws->text, '4x', 'the first goes on');
$ws->close;
wait_until('the session to end', 10, sub {
    answer($p, away($p, 'GET')) eq $unknown });

$p = engine();
$ws = websocket_away($p,
    more => Chat::WebSocket::encode_frame(1, '2probe'));
is($ws->text, '3probe', 'a probe that came with its request');
my $twice = websocket_away($p);
is($twice->closed, 0, 'a second one is closed');
$ws->send_text('4wrong');
is($ws->closed, 0, 'a wrong upgrade is closed');
is(answer($p, away($p, 'POST', '4x')), '200 ok', 'the session polls on');

my $user = engine(path => '/socket.io/');
is(answer($user, away($user, 'POST', '40{"token":"' . $front->token('alice')
    . '"}')), '200 ok', 'CONNECT in another process');
my $granted = '';
$granted .= answer($user, away($user, 'GET')) until $granted =~ /authenticated/;
like($granted, qr/\A200 40\{"sid"/, 'is granted by the owner');
$ws = websocket_away($user);
$ws->send_text('2probe');
is($ws->text, '3probe', 'its upgrade');
$ws->send_text($_) for '5', '420["echo","x"]';
my $told;
do { $told = $ws->text } until !defined $told || $told =~ /^43/;
like($told, qr/\A430\[/, 'goes on as Socket.IO');


# ---- strangers --------------------------------------------------------------

# Of the names in use the one whose socket is this nginx's: others may run.
my %ours = map { /socket:\[(\d+)\]/ ? ($1 => 1) : () }
    map { readlink // '' } map { glob "/proc/$_/fd/*" } $nginx->workers;
my ($name) = map { (split)[6, 7] =~ /\@(ngx_chat\.\w+)/ ? $1 : () }
    grep { $ours{ (split)[6] // '' } && /\@ngx_chat\./ }
    split /\n/, Chat::Process::read_file('/proc/net/unix');
socket my $stranger, 1, 1, 0 or die "socket: $!";
ok(connect($stranger, pack 'S a*', 1, "\0$name"), 'anybody can connect');
is(sysread($stranger, my $byte, 1), 0, 'and is turned away');
$nginx->wait_log(qr/process $$ is no process of this nginx/);


# ---- an owner that dies -----------------------------------------------------

my $victim = ($nginx->workers)[1];
$p = engine(owner => $victim);
my $idle = engine(owner => $victim);
my $post = engine(owner => $victim);
$get = away($p, 'GET');
$slow = connection(not => $victim);
syswrite $slow, 'POST ' . $post->url('polling')
    . " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\n4ab";
settle($get);

$nginx->allow(qr/worker process $victim exited on signal 9/);
kill 'KILL', $victim;
is(answer($p, $get), $unknown, 'a GET that is parked elsewhere hears of it');
is(answer($post, $slow), $unknown, 'a POST, too');
is(answer($idle, away($idle, 'GET')), $unknown, 'its other sessions are gone');

wait_until('a new process', 10, sub { $nginx->workers == 4 });
$pool->empty;
my $new = engine(owner => ($nginx->workers)[3]);
is(answer($new, away($new, 'POST', '4x')), '200 ok', 'its successor owns sessions');
is(answer($new, away($new, 'GET')), '200 4x', 'and serves them');

done_testing();
