#!/usr/bin/perl

# From polling to WebSocket, step by step and wrongly: no packet is lost, told
# twice or out of order, and a session survives an upgrade that fails.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);

use Chat::Front;
use Chat::Nginx qw(http_start http_end);
use Chat::Polling;
use Chat::WebSocket qw(encode_frame);

use constant RS => "\x1e";
use constant { TEXT => 1, BINARY => 2, CLOSE => 8 };

my $front = Chat::Front->new(server => <<'EOC')->start;
location = /engine.io/ { chat_echo engine; chat_upgrade_timeout 300ms; }
location = /fast/ {
    chat_echo engine;
    chat_ping_interval 300ms;
    chat_ping_timeout 600ms;
}
location = /polls/ { chat_echo engine; chat_transports polling; }
location = /sockets/ { chat_echo engine; chat_transports websocket; }
EOC
$front->worker->serve;

sub engine {
    my (%o) = @_;
    return Chat::Polling->open(port => $front->port, path => '/engine.io/', %o);
}

# 400 code 3, and the session goes on.
sub mismatch {
    my ($p, $name) = @_;
    for my $method (qw(GET POST)) {
        my $r = $p->request($method, $method eq 'POST' ? '4x' : undef);
        is("$r->{status} $r->{body}", '400 {"code":3,"message":"Bad request"}',
            "$name: $method");
    }
}

# The session polls as before.
sub polls {
    my ($p, $name) = @_;
    is($p->post('4still'), 200, "$name: it polls on");
    is_deeply([ $p->get ], [ '4still' ], "$name: and is served");
}


# ---- as it should be --------------------------------------------------------

my $p = engine();
my $get = $p->park;
my $ws = $p->websocket;

is($ws->status, 101, 'a WebSocket for a session that polls');
$ws->send_text('2probe');
is($ws->text, '3probe', 'the probe is answered');
is($p->end($get)->{body}, '6', 'the parked GET is released');
$ws->send_text('2probe');
is($ws->text, '3probe', 'a repeated probe, too');

my $asked = time;
is(($p->get)[0], '6', 'another GET is released');
cmp_ok(time - $asked, '>=', 0.04, 'but not at once: nobody is to spin');
cmp_ok(time - $asked, '<=', 0.25, 'and soon');

$ws->send_text('5');
$ws->send_text('4hello');
is($ws->text, '4hello', 'upgraded: messages go over the WebSocket');
$ws->send_frame(BINARY, "\x01\x02");
my $frame = $ws->frame;
is("$frame->{opcode} $frame->{payload}", "2 \x01\x02", 'binary is binary');
$ws->send_text('bAQI=');
is($ws->frame->{payload}, "\x01\x02", 'or base64, as some clients have it');
mismatch($p, 'after an upgrade');
$ws->send_text('4on');
is($ws->text, '4on', 'the session does not mind');

my $second = $p->websocket;
is($second->status, 101, 'a second WebSocket is taken');
is($second->closed, 0, 'and closed');
$ws->send_text('4on');
is($ws->text, '4on', 'the first goes on');
$ws->close;


# ---- what is queued ---------------------------------------------------------

$p = engine();
$ws = $p->websocket;
$ws->send_text('2probe');
is($ws->text, '3probe', 'probed');
is($p->post(map { "4$_" } 1 .. 20), 200, 'messages between probe and upgrade');
is(scalar(my @polled = $p->get), 16, 'a GET takes its share');
$ws->send_text('5');
$ws->send_text('4after');
is_deeply([ @polled, map { $ws->text } 1 .. 5 ],
    [ (map { "4$_" } 1 .. 20), '4after' ], 'the rest comes first on the WebSocket');

# 5 and what follows arrive together with a GET that is parked
$p = engine();
$ws = $p->websocket;
$ws->send_text('2probe');
is($ws->text, '3probe', 'probed');
is(($p->get)[0], '6', 'released');
$get = $p->start('GET');
$ws->send_raw(encode_frame(TEXT, '5') . encode_frame(TEXT, '4a')
    . encode_frame(TEXT, '4b'));
is_deeply([ $ws->text, $ws->text ], [ '4a', '4b' ], 'in one segment');
my $r = $p->end($get);
like("$r->{status} $r->{body}", qr/^(?:200 6$|400 .*"code":3)/,
    'a GET that is left over does not hang');

# a client that does not wait, as the suite of the protocol has it
$p = engine();
$get = $p->park;
$ws = $p->websocket;
$ws->send_raw(encode_frame(TEXT, '2probe') . encode_frame(TEXT, '5'));
is($ws->text, '3probe', 'probe and upgrade at once');
$r = $p->end($get);
is("$r->{status} $r->{body}", '400 {"code":3,"message":"Bad request"}',
    'a GET that was too late to be released is refused');
$ws->send_text('4x');
is($ws->text, '4x', 'the session has its WebSocket');

# a POST that is still being sent is waited for
$p = engine();
$ws = $p->websocket;
$ws->send_text('2probe');
is($ws->text, '3probe', 'probed');
my $post = http_start('POST ' . $p->url('polling')
    . " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 7\r\n\r\n4one");
$p->{http}->get('/health');
$ws->send_raw(encode_frame(TEXT, '5') . encode_frame(TEXT, '4three'));
is($ws->text(0.1), undef, 'nothing overtakes it');
syswrite $post, RS . '42';
like(http_end($post), qr/\r\n\r\nok\z/, 'it is taken');
is_deeply([ map { $ws->text } 1 .. 3 ], [ '4one', '42', '4three' ],
    'and all is in order');

# without a probe it is taken, too
$p = engine();
$ws = $p->websocket;
$ws->send_text('5');
$ws->send_text('4x');
is($ws->text, '4x', 'an upgrade that was not probed');
mismatch($p, 'upgraded without a probe');

# the upgrade's own segment carries the probe
$p = engine();
$ws = $p->websocket(more => encode_frame(TEXT, '2probe'));
is($ws->text, '3probe', 'a probe together with its request');


# ---- it fails ---------------------------------------------------------------

for my $case (
    [ 'a message instead of a probe', [ TEXT, '4early' ] ],
    [ 'another ping', [ TEXT, '2' ] ],
    [ 'garbage', [ TEXT, 'x' ] ],
    [ 'binary', [ BINARY, '2probe' ] ],
    [ 'a message after the probe', [ TEXT, '2probe' ], [ TEXT, '4early' ] ],
) {
    my ($name, @frames) = @$case;
    my $p = engine();
    my $ws = $p->websocket;

    $ws->send_frame(@$_) for @frames;
    is($ws->closed, 0, "$name: the WebSocket is closed");
    polls($p, $name);
    is(($p->upgrade)->status, 101, "$name: another upgrade may be tried");
}

$p = engine();
$ws = $p->websocket;
my $twice = $p->websocket;
is($twice->status, 101, 'a second one while the first is tried');
is($twice->closed, 0, 'is closed');
$ws->send_text('2probe');
is($ws->text, '3probe', 'the first goes on');
$ws->close;
polls($p, 'the WebSocket is lost');

$p = engine();
$ws = $p->websocket;
is($ws->closed, 0, 'no upgrade in time: closed');
polls($p, 'no upgrade in time');

$p = engine();
$ws = $p->websocket;
$ws->send_text('2probe');
is($ws->text, '3probe', 'probed, and then nothing');
is($ws->closed, 0, 'closed');
polls($p, 'only probed');

$p = engine();
$ws = $p->websocket;
is($p->post('1'), 200, 'the session is closed');
is($ws->closed, 0, 'and its WebSocket with it');

$p = engine();
$ws = $p->upgrade;
$ws->send_text('4x');
is($ws->text, '4x', 'upgraded');
$ws->close;
$p->{http}->get('/health');
$r = $p->request('GET');
is("$r->{status} $r->{body}", '400 {"code":1,"message":"Session ID unknown"}',
    'a session that has lost its WebSocket has ended');


# ---- what it must not change ------------------------------------------------

$p = Chat::Polling->open(port => $front->port, path => '/fast/');
is(($p->get)[0], '2', 'a ping');
my $pinged = time;
$ws = $p->upgrade;
is($ws->closed(2), 0, 'no pong: closed, upgraded or not');
cmp_ok(time - $pinged, '<=', 0.8, 'in time');

my $direct = Chat::WebSocket->connect(port => $front->port,
    path => '/engine.io/?EIO=4&transport=websocket');
my ($sid) = $direct->text =~ /"sid":"([\w-]+)","upgrades":\[\]/;
ok($sid, 'a session that begins as a WebSocket offers no upgrade');
my $other = Chat::WebSocket->connect(port => $front->port,
    path => "/engine.io/?EIO=4&transport=websocket&sid=$sid");
is($other->status, 101, 'an upgrade of it is taken');
is($other->closed, 0, 'and closed');
$direct->send_text('4x');
is($direct->text, '4x', 'it goes on');

is_deeply(Chat::Polling->open(port => $front->port, path => '/polls/')
    ->engine->{upgrades}, [], 'no upgrade is offered where there is none');
like(Chat::WebSocket->connect(port => $front->port,
    path => '/polls/?EIO=4&transport=websocket')->response,
    qr/ 400 .*"code":0/s, 'no WebSocket where only polling is served');
my $none = Chat::Polling->new(port => $front->port, path => '/sockets/');
like($none->request('GET')->{body}, qr/"code":0/,
    'no polling where only WebSockets are');


# ---- Socket.IO goes over with it --------------------------------------------

my $io = Chat::Polling->open(port => $front->port);
is($io->post('40{"token":"' . $front->token('alice') . '"}'), 200, 'CONNECT');
my @begin = split RS, join RS, $io->get;
like($begin[0], qr/\A40\{"sid":"[\w-]{20}"\}/, 'granted, over polling');
push @begin, $io->get while @begin < 2;
like($begin[1], qr/\A42\["authenticated",/, 'with what belongs to it');
$ws = $io->upgrade;
$ws->send_text('421["echo","x"]');
my $told;
do { $told = $ws->text } until !defined $told || $told =~ /^43/;
like($told, qr/\A431\[/, 'answered, over WebSocket');

# the server closes between probe and upgrade: the client hears it where it is
$io = Chat::Polling->open(port => $front->port);
$ws = $io->websocket;
$ws->send_text('2probe');
is($ws->text, '3probe', 'probed');
is($io->post('40/nowhere,', '4nonsense'), 200, 'the server closes meanwhile');
$ws->send_text('5');
like($ws->text, qr/\A44\/nowhere,/, 'what is queued comes over the WebSocket');
is($ws->closed, 0, 'which is closed then');

done_testing();
