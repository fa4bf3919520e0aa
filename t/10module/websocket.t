#!/usr/bin/perl

# The WebSocket transport: which requests become one, and what happens to
# frames that are not as they should be.  Meanwhile another socket goes on.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Front;
use Chat::Nginx qw(http http_content);
use Chat::WebSocket qw(encode_frame);

use constant { TEXT => 1, BINARY => 2, CLOSE => 8, PING => 9, PONG => 10 };

my $front = Chat::Front->new(socket => 'chat_max_payload 100k;')->start;
$front->worker->serve(sub {
    my ($job) = @_;
    return $job->{kind} eq 'event' ? (json => $job->{json}) : ();
});

my $witness = $front->client('witness');
my $calls = 0;

# The other socket is as alive as before.
sub undisturbed {
    is($witness->call('echo', ++$calls), $calls, 'another socket goes on');
}


# ---- the handshake ----------------------------------------------------------

my %upgrade = (Host => 'localhost', Upgrade => 'websocket',
    Connection => 'Upgrade, close', 'Sec-WebSocket-Version' => 13,
    'Sec-WebSocket-Key' => 'dGhlIHNhbXBsZSBub25jZQ==');

# The refusal's answer, with headers changed or (undef) left out.
sub refused {
    my ($query, %o) = @_;
    my $method = delete $o{method} // 'GET';
    my $version = delete $o{version} // '1.1';
    my $body = delete $o{body} // '';
    my %headers = (%upgrade, %o);

    return http(join("\r\n", "$method /socket.io/?$query HTTP/$version",
        (map { "$_: $headers{$_}" } grep { defined $headers{$_} }
            sort keys %headers), 'X: y', '', $body));
}

my $good = 'EIO=4&transport=websocket';
my @plain = (Upgrade => undef, Connection => 'close');

for my $case (
    [ 'no transport', 0, 'EIO=4' ],
    [ 'transport=webtransport', 0, 'EIO=4&transport=webtransport' ],
    [ 'transport=WebSocket, names have a case', 0, 'EIO=4&transport=WebSocket' ],
    [ 'of two transports the last', 0, "$good&transport=other" ],
    [ 'an unknown sid', 1, "$good&sid=" . 'x' x 20 ],
    [ 'a sid that is too long', 1, "$good&sid=" . 'x' x 200 ],
    [ 'POST', 2, $good, method => 'POST', 'Content-Length' => 0 ],
    [ 'no Upgrade', 3, $good, @plain ],
    [ 'Upgrade to something else', 3, $good, Upgrade => 'h2c' ],
    [ 'Connection without upgrade', 3, $good, Connection => 'close, upgraded' ],
    [ 'no key', 3, $good, 'Sec-WebSocket-Key' => undef ],
    [ 'a key of 15 bytes', 3, $good,
        'Sec-WebSocket-Key' => 'dGhlIHNhbXBsZSBub25j' ],
    [ 'an upgrade with a body', 3, $good, 'Content-Length' => 4,
        body => 'body' ],
    [ 'EIO=3', 5, 'EIO=3&transport=websocket' ],
    [ 'EIO=04', 5, 'EIO=04&transport=websocket' ],
    [ 'no EIO', 5, 'transport=websocket' ],
) {
    my ($name, $code, $query, @headers) = @$case;
    my $reply = refused($query, @headers);

    like($reply, qr{^HTTP/1\.1 400 }, "$name is refused");
    like(http_content($reply), qr/^\{"code":$code,"message":"[\w ]+"\}$/,
        "$name: code $code");
}

like(refused($good, version => '1.0'), qr{^HTTP/1\.1 400 .*"code":3}s,
    'HTTP/1.0 is no upgrade');
like(refused($good, 'Sec-WebSocket-Version' => 8),
    qr{^HTTP/1\.1 400 .*Sec-WebSocket-Version: 13\r}s,
    'another version is told ours');
like(refused($good, Origin => 'http://evil.example'),
    qr{^HTTP/1\.1 403 .*"code":4}s,
    'a foreign origin is forbidden');

my $same = $front->websocket(headers => [ 'Origin: http://127.0.0.1:'
    . $front->port ]);
is($same->status, 101, 'the same origin is welcome');

my $ws = $front->websocket(path => '/socket.io/?EIO=4&x=%zz&t%72ansport='
    . 'web%73ocket&sid=&' . 'y' x 500);
is($ws->status, 101, 'parameters are decoded, unknown ones ignored');
like($ws->response, qr/^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r/m,
    'the key is answered as RFC 6455 has it');
like($ws->response, qr/^Connection: upgrade\r/mi, 'Connection: upgrade');
unlike($ws->response, qr/^Sec-WebSocket-(?:Extensions|Protocol)/m,
    'no extension, no subprotocol');

my $chosen = $front->websocket(headers => [ 'Sec-WebSocket-Protocol: one, two' ]);
like($chosen->response, qr/^Sec-WebSocket-Protocol: one\r/m,
    'of the offered subprotocols the first');

my $early = Chat::WebSocket->connect(port => $front->port, path =>
    Chat::Front::PATH, more => encode_frame(PING, 'early') . encode_frame(TEXT, '40'));
is($early->frame->{payload} =~ /^0/, 1, 'the open packet comes first');
is($early->frame->{payload}, 'early', 'a frame sent with the request is read');
like($early->text, qr/^44/, 'and the one behind it');


# ---- a second WebSocket for a session ---------------------------------------

my $first = Chat::WebSocket->connect(port => $front->port,
    path => Chat::Front::PATH);
my ($sid) = $first->text =~ /"sid":"([^"]{20})"/;
my $second = Chat::WebSocket->connect(port => $front->port,
    path => Chat::Front::PATH . "&sid=$sid");
is($second->status, 101, 'a second WebSocket of a session is accepted');
is($second->closed, 0, '… and closed');
like(refused("EIO=3&transport=websocket&sid=$sid"), qr/"code":3/, 'its session does not speak another revision');
like(refused("$good&sid=$sid", @plain), qr/"code":3/,
    'nor is it there without an upgrade');
$first->send_text('40');
like($first->text, qr/^44/, 'the first one goes on');


# ---- frames -----------------------------------------------------------------

my $big = 'x' x 200_000;

for my $case (
    [ 'not masked', 1002, encode_frame(TEXT, '3', mask => 0) ],
    [ 'with a reserved bit', 1002, encode_frame(TEXT, '3', rsv => 4) ],
    [ 'of a reserved opcode', 1002, encode_frame(3, '3') ],
    [ 'a long ping', 1002, encode_frame(PING, 'x' x 126) ],
    [ 'a fragmented ping', 1002, encode_frame(PING, 'x', fin => 0) ],
    [ 'a continuation of nothing', 1002, encode_frame(0, 'x') ],
    [ 'a message within a message', 1002,
        encode_frame(TEXT, '4', fin => 0) . encode_frame(TEXT, '3') ],
    [ 'a length that is not minimal', 1002, encode_frame(TEXT, '3', wide => 8) ],
    [ 'a length with the top bit', 1002,
        encode_frame(BINARY, '', length => 2**63, wide => 8) ],
    [ 'oversize', 1009, encode_frame(TEXT, $big) ],
    [ 'oversize, of which nothing came yet', 1009,
        encode_frame(TEXT, '', length => 2**40, wide => 8) ],
    [ 'oversize by fragments', 1009, encode_frame(TEXT, substr($big, 0, 90_000),
        fin => 0) . encode_frame(0, substr $big, 0, 90_000) ],
    [ 'not UTF-8', 1007, encode_frame(TEXT, "42[\"\xff\"]") ],
    [ 'cut off in a character', 1007, encode_frame(TEXT, "42[\"\xc3") ],
    [ 'not UTF-8 in a fragment', 1007, encode_frame(TEXT, "4\xed\xa0\x80",
        fin => 0) ],
    [ 'a close with a bad code', 1002, encode_frame(CLOSE, pack 'n', 1005) ],
    [ 'a close of one byte', 1002, encode_frame(CLOSE, 'x') ],
    [ 'a close whose reason is not UTF-8', 1007,
        encode_frame(CLOSE, pack('n', 1000) . "\xff") ],
) {
    my ($name, $code, $bytes) = @$case;
    my $ws = $front->websocket;
    $ws->send_raw($bytes);
    is($ws->closed, $code, "a frame $name closes with $code");
}
undisturbed();

for my $code (1000, 1001, 3000, 4999) {
    my $ws = $front->websocket;
    $ws->send_close($code);
    is($ws->closed, $code, "close code $code is echoed");
}

$ws = $front->websocket;
$ws->send_close;
my $frame = $ws->frame;
is($frame->{opcode}, CLOSE, 'a close without a code is answered');
is($frame->{payload}, '', '… without a code');

$ws = $front->websocket;
$ws->send_raw(encode_frame(TEXT, '1'));
is($ws->closed, 0, "Engine.IO's close packet closes, without a code");

for my $packet ('', 'x', '2', '2probe', '2x', '7', 'b!', 'bA') {
    my $ws = $front->websocket;
    $ws->send_text($packet);
    is($ws->closed, 0, "the Engine.IO packet \"$packet\" closes without a code");
}

$ws = $front->websocket;
$ws->send_text($_) for '0', '0{}', '6', '5', '3', '3x', '40';
like($ws->text, qr/^44/, 'packets of no meaning are passed over');


# ---- all the ways a message may come ----------------------------------------

$ws = $front->joined('alice');
$ws->text =~ /authenticated/ or die;

my $bytes = '427["echo","' . "h\xc3\xa4user" x 100 . '"]';

sub echoed {
    my ($name, @frames) = @_;
    $ws->send_raw($_) for @frames;
    like($ws->text, qr/^437\["h\xc3\xa4user/, $name);
}

echoed('a message in one frame', encode_frame(TEXT, $bytes));
echoed('in fragments of one byte', join '', map {
    encode_frame($_ ? 0 : TEXT, substr($bytes, $_, 1),
        fin => $_ == length($bytes) - 1) } 0 .. length($bytes) - 1);
echoed('byte by byte', split //, encode_frame(TEXT, $bytes));

$ws->send_raw(encode_frame(TEXT, substr($bytes, 0, 9), fin => 0)
    . encode_frame(PING, 'between') . encode_frame(0, '', fin => 0)
    . encode_frame(PONG, 'not asked for'));
is($ws->frame->{payload}, 'between', 'a ping between fragments is answered');
echoed('and the message goes on', encode_frame(0, substr $bytes, 9));

my $long = '428["echo","' . 'y' x 99_000 . '"]';
$ws->send_text($long);
my $answer = $ws->text;
is(length $answer, length($long) - length '"echo",', 'a message near the limit');

$ws->send_raw(join '', map { encode_frame(PING, "$_") } 1 .. 50);
is(join(' ', map { $ws->frame->{payload} } 1 .. 50), join(' ', 1 .. 50),
    'pings are answered in order');

$ws->send_raw(encode_frame(BINARY, 'x'));
is($ws->closed, 0, 'a binary message that nobody announced closes');

undisturbed();


# ---- peers that vanish ------------------------------------------------------

for my $half (encode_frame(TEXT, '42["echo"', fin => 0), substr(
    encode_frame(TEXT, $bytes), 0, 20), encode_frame(PING, 'abc') x 5)
{
    my $ws = $front->joined('bob');
    $ws->send_raw($half);
    $ws->close;
}

$witness->close;
$_->close for grep { !$_->eof } $same, $early, $chosen, $first;
$front->wait_metric('sockets', 0);
$front->wait_metric('sessions', 0);
pass('nothing is left of them');

done_testing();
