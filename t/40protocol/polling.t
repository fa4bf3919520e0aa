#!/usr/bin/perl

# Engine.IO over long polling, byte by byte: what is answered to which request,
# how payloads are cut and joined, and how a session ends.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time sleep);

use Chat::Front;
use Chat::HTTP;
use Chat::Nginx qw(http http_start http_end);
use Chat::Polling;
use Chat::Process qw(wait_until);

use constant RS => "\x1e";

my $front = Chat::Front->new(server => <<'EOC')->start;
location = /engine.io/ { chat_echo engine; chat_max_payload 2k; }
location = /fast/ {
    chat_echo engine;
    chat_ping_interval 300ms;
    chat_ping_timeout 200ms;
}
location = /exact/ {
    chat_echo engine;
    chat_ping_interval 300ms;
    chat_ping_timeout 1200ms;
}
location = /patient/ { chat_echo engine; chat_ping_interval 600ms; }
EOC
$front->worker->serve;

sub engine {
    my (%o) = @_;
    return Chat::Polling->open(port => $front->port, path => '/engine.io/', %o);
}

# The session is not known any more: at once, and to the end.
sub unknown {
    my ($p, $name) = @_;
    my $r = $p->request('GET');
    is("$r->{status} $r->{body}",
        '400 {"code":1,"message":"Session ID unknown"}', "$name: forgotten");
}


# what the server has closed waits for a GET, to tell it; the end is below
my $waiting = Chat::Polling->open(port => $front->port);
is($waiting->post('44'), 200, 'closed by the server, and no GET comes');
my $closed = time;


# ---- the handshake ----------------------------------------------------------

my $p = engine();
my $first = $p->first;

is_deeply([ sort keys %{$p->engine} ],
    [ qw(maxPayload pingInterval pingTimeout sid upgrades) ], 'the open packet');
like($first->{body}, qr/\A0\{"sid":"[\w-]{20}","upgrades":\["websocket"\],
    "pingInterval":25000,"pingTimeout":20000,"maxPayload":2048\}\z/x,
    'its keys stand in the order of the reference');
is($first->{headers}{'content-type'}, 'text/plain; charset=UTF-8', 'it is text');
is($first->{headers}{'cache-control'}, 'no-store', 'never stored');
ok(!exists $first->{headers}{'access-control-allow-origin'}, 'no CORS unasked');


# ---- payloads ---------------------------------------------------------------

is($p->post('4one'), 200, 'a message is taken');
is_deeply([ $p->get ], [ '4one' ], 'and comes back');

my $r = $p->request('POST', join RS, '4a', '3', "4\xc3\xa4", 'bAQID', '4', '3x');
is("$r->{status} $r->{body}", '200 ok', 'several packets in one body');
is($r->{headers}{'content-type'}, 'text/html', 'answered as the reference does');
is($r->{headers}{'cache-control'}, 'no-store', 'never stored, either');
is_deeply([ $p->get ], [ '4a', "4\xc3\xa4", 'bAQID', '4' ],
    'come back in order, binary as base64');

is($p->post('bAQ', 'bAQI', 'b', '6', '0', '5'), 200,
    'base64 without padding, empty binary, packets of no meaning');
is_deeply([ $p->get ], [ 'bAQ==', 'bAQI=', 'b' ], 'in the standard form');

is($p->post(map { "4$_" } 1 .. 40), 200, 'forty packets');
is_deeply([ map { scalar(my @n = $p->get) } 1 .. 3 ], [ 16, 16, 8 ],
    'are told in payloads of sixteen');

my $get = $p->park;
is($p->post('4late'), 200, 'a POST beside a parked GET');
$r = $p->end($get);
is($r->{body}, '4late', 'which is answered by it');
is(join(' ', map { $r->{headers}{$_} // '-' }
    qw(content-type content-length cache-control)),
    'text/plain; charset=UTF-8 5 no-store', 'as text of a length, never stored');

# however the body comes
for my $case (
    [ 'chunked', [ 'Transfer-Encoding: chunked' ],
        "3\r\n4\xc3\xa4\r\n", "2\r\n\x1e" . "4\r\n1;x=y\r\nb\r\n0\r\n\r\n" ],
    [ 'chunks cut anywhere', [ 'Transfer-Encoding: chunked' ],
        "6\r", "\n4\xc3", "\xa4\x1e", "4", "b\r\n0", "\r\n\r\n" ],
    [ 'a length, cut inside a character', [ 'Content-Length: 6' ],
        "4\xc3", "\xa4", "\x1e", '4b' ],
) {
    my ($name, $headers, @pieces) = @$case;
    my $socket = http_start(join("\r\n", 'POST ' . $p->url('polling')
        . ' HTTP/1.1', 'Host: x', 'Connection: close', @$headers, '', ''));

    for (@pieces) {
        Chat::HTTP->new(port => $front->port)->get('/health');
        syswrite $socket, $_;
    }
    like(http_end($socket), qr/\AHTTP\/1\.1 200 .*\r\n\r\nok\z/s, "$name: taken");
    is_deeply([ $p->get ], [ "4\xc3\xa4", '4b' ], "$name: whole");
}

# one connection, request after request, without waiting
my $query = 'Host: x' . "\r\n";
my $pipe = http_start(join '', map { "$_\r\n\r\n" }
    'POST ' . $p->url('polling') . " HTTP/1.1\r\n${query}Content-Length: 3");
syswrite $pipe, '4x1GET ' . $p->url('polling')
    . " HTTP/1.1\r\n${query}Connection: close\r\n\r\n";
like(http_end($pipe), qr/200 OK.*\r\n\r\nokHTTP\/1\.1 200 OK.*\r\n\r\n4x1\z/s,
    'a pipelined POST and GET');


# ---- sizes ------------------------------------------------------------------

is($p->post('4' . 'x' x 2047), 200, 'exactly as much as is allowed');
is(length(($p->get)[0]), 2048, 'comes back');
$r = $p->request('POST', '4' . 'x' x 2048);
is("$r->{status} $r->{body}", '413 ', 'a byte more is refused');

my $chunked = http_start('POST ' . $p->url('polling') . " HTTP/1.1\r\n$query"
    . "Transfer-Encoding: chunked\r\n\r\n" . ("400\r\n" . 'x' x 1024 . "\r\n") x 3);
like(http_end($chunked), qr/\AHTTP\/1\.1 413 /,
    'also of a body that does not say its length, as soon as it is too much');
is($p->post('4still here'), 200, 'the session does not mind');
is_deeply([ $p->get ], [ '4still here' ], 'and goes on');


# ---- two requests at once ---------------------------------------------------

$p = engine();
$get = $p->park;
$r = $p->request('GET');
is("$r->{status} $r->{body}", '400 ', 'a second GET is refused');
$r = $p->end($get);
is("$r->{status} $r->{body}", '200 1', 'the first hears the end');
unknown($p, 'two GETs');

$p = engine();
$get = $p->park;
my $slow = http_start('POST ' . $p->url('polling') . " HTTP/1.1\r\n$query"
    . "Content-Length: 5\r\n\r\n4ab");
$p->{http}->get('/health');
$r = $p->request('POST', '4x');
is("$r->{status} $r->{body}", '400 ', 'a second POST is refused');
like(http_end($slow), qr/\AHTTP\/1\.1 400 /, 'the first one, too');
is($p->end($get)->{body}, '1', 'a GET hears the end');
unknown($p, 'two POSTs');


# ---- clients that go away ---------------------------------------------------

$p = engine();
close $p->park;
unknown($p, 'an aborted GET');

$p = engine();
$get = $p->start('GET');
close $get;
is($p->request('GET')->{status}, 400, 'aborted at once, then another GET');
wait_until('it to be forgotten', 5, sub { $p->request('GET')->{status} == 400 });

$p = engine();
$slow = http_start('POST ' . $p->url('polling') . " HTTP/1.1\r\n$query"
    . "Content-Length: 5\r\n\r\n4ab");
$p->{http}->get('/health');
close $slow;
unknown($p, 'an aborted POST');

$p = engine();
$get = $p->park;
$slow = http_start('POST ' . $p->url('polling') . " HTTP/1.1\r\n$query"
    . "Content-Length: 5\r\n\r\n4ab");
$p->{http}->get('/health');
close $slow;
$r = $p->end($get);
is("$r->{status} $r->{body}", '200 1', 'an aborted POST: a GET hears the end');


# ---- packets that break the rules -------------------------------------------

for my $case (
    [ 'a ping of the client', '2' ],
    [ 'a probe of the client', '2probe' ],
    [ 'a ping with data', '2x' ],
    [ 'no packet at all', '' ],
    [ 'an unknown type', 'abc' ],
    [ 'type 7', '7' ],
    [ 'a separator before', RS . '4a' ],
    [ 'a separator behind', '3' . RS ],
    [ 'two separators', '3' . RS . RS . '4b' ],
    [ 'base64 that is none', 'b!' ],
    [ 'base64 of one digit', 'bA' ],
    [ 'no UTF-8', "4\xff" ],
    [ 'half a character', "4\xc3" ],
) {
    my ($name, $body) = @$case;
    my $p = engine();
    my $get = $p->park;

    is($p->request('POST', $body)->{status}, 400, "$name is refused");
    is($p->end($get)->{body}, '1', "$name: the GET hears the end");
    unknown($p, $name);
}

$p = engine();
$get = $p->park;
is($p->request('POST', join(RS, '4before', '9', '4behind'))->{status}, 400,
    'a bad packet between good ones');
is($p->end($get)->{body}, '4before', 'what stands before it was taken');
unknown($p, 'a bad packet between');

$p = engine();
$get = $p->park;
$r = $p->request('POST', '4a',
    headers => [ 'Content-Type: application/octet-stream' ]);
is("$r->{status} $r->{body}", '400 ', 'a binary body is refused');
is($p->end($get)->{body}, '1', 'and ends the session');
unknown($p, 'a binary body');

for my $type ('application/x-www-form-urlencoded', 'application/json', 'x') {
    my $p = engine();
    is($p->request('POST', '4a', headers => [ "Content-Type: $type" ])->{status},
        200, "a body called $type is text");
    is_deeply([ $p->get ], [ '4a' ], "$type: whole");
}


# ---- closing ----------------------------------------------------------------

$p = engine();
$get = $p->park;
$r = $p->request('POST', '1');
is("$r->{status} $r->{body}", '200 ok', 'a close packet is taken');
$r = $p->end($get);
is("$r->{status} $r->{body}", '200 6', 'the parked GET is released');
unknown($p, 'a close packet');

$p = engine();
is($p->request('POST', '1')->{status}, 200, 'a close packet overtakes its GET');
$r = $p->request('GET');
is("$r->{status} $r->{body}", '200 6', 'which is released, too');
unknown($p, 'overtaken');

$p = engine();
is($p->post('1'), 200, 'a close packet, and no GET');
sleep 0.3;          # longer than a GET that was sent before can need
unknown($p, 'no GET');

# Socket.IO breaks its rules: the server closes, and what is queued goes first
my $io = Chat::Polling->open(port => $front->port);
is($io->post('40{"token":"' . $front->token('alice') . '"}'), 200, 'CONNECT');
like(join(RS, $io->get), qr/\A40\{"sid":"[\w-]{20}"\}/, 'is granted');
$get = $io->park;
is($io->post('42["echo",1]', '4nonsense'), 200, 'nonsense for Socket.IO');
is($io->end($get)->{body}, '1', 'a parked GET hears the end alone');
unknown($io, 'Socket.IO, with a GET');

$io = Chat::Polling->open(port => $front->port);
is($io->post('44'), 200, 'nonsense, and no GET');
is($io->post('4whatever'), 200, 'what comes later is taken and dropped');
$r = $io->request('GET');
is("$r->{status} $r->{body}", '200 6' . RS . '1', 'the next GET hears the end');
unknown($io, 'Socket.IO, without a GET');

$io = Chat::Polling->open(port => $front->port);
is($io->post('40/nowhere,', '40/no,', '4nonsense'), 200, 'answers, then nonsense');
is_deeply([ $io->get ], [ '44/nowhere,{"message":"Invalid namespace"}',
    '44/no,{"message":"Invalid namespace"}' ], 'the answers come first');
is_deeply([ $io->get ], [ '6', '1' ], 'then the end');
unknown($io, 'answers, then nonsense');


# ---- heartbeat --------------------------------------------------------------

my $begun = time;
$p = Chat::Polling->open(port => $front->port, path => '/fast/');
is_deeply([ $p->get ], [ '2' ], 'a ping is due');
cmp_ok(time - $begun, '>=', 0.29, 'after the interval');
is($p->post('3'), 200, 'the pong');
is_deeply([ $p->get ], [ '2' ], 'the next one');
cmp_ok(time - $begun, '>=', 0.59, 'after another');
$get = $p->park;
my $asked = time;
is($p->end($get)->{body}, '1', 'no pong: the GET hears the end');
cmp_ok(time - $asked, '<=', 0.3, 'in time');
unknown($p, 'no pong');

$p = Chat::Polling->open(port => $front->port, path => '/patient/');
sleep 0.4;          # well before the ping is due
$asked = time;
is($p->post('3'), 200, 'a pong that nobody asked for');
is_deeply([ $p->get ], [ '2' ], 'and the ping');
cmp_ok(time - $asked, '>=', 0.59, 'which it has put off');

# a process that is late with its ping, by less than 300 ms here, keeps to it
$p = Chat::Polling->open(port => $front->port, path => '/exact/');
my $opened = time;
my $left;
1 while ($left = 1.5 - (time - $opened)) > 0 && select(undef, undef, undef, $left);
is($p->request('GET')->{status}, 400,
    'who asks when its time is over to the millisecond comes too late');

wait_until('a session that was closed to be forgotten', 60,
    sub { $waiting->request('POST', '4x')->{status} == 400 });
cmp_ok(time - $closed, '>=', 29.9, 'what waits for a GET does so for 30 s');
unknown($waiting, 'no GET came');

done_testing();
