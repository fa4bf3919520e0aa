#!/usr/bin/perl

# chat_echo websocket: a bare WebSocket that sends back what it hears, however
# large, in however many pieces, and however slowly it is read.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Front;
use Chat::Nginx qw(http_get);
use Chat::WebSocket qw(encode_frame);

use constant { CONTINUATION => 0, TEXT => 1, BINARY => 2, CLOSE => 8, PING => 9 };

my $front = Chat::Front->new(
    server => 'location = /echo { chat_echo websocket; chat_max_payload 16m; }');
$front->start;

sub echo { Chat::WebSocket->connect(port => $front->port, path => '/echo') }

my $ws = echo();
is($ws->status, 101, 'upgraded');

for my $case ([ TEXT, '' ], [ TEXT, "\xc3\xa4" ], [ BINARY, "\x00\xff" ],
    [ BINARY, 'x' x 70_000 ], [ TEXT, 'y' x (16 * 1024 * 1024) ])
{
    my ($opcode, $payload) = @$case;
    $ws->send_frame($opcode, $payload);
    my $frame = $ws->frame;
    ok($frame && $frame->{opcode} == $opcode && $frame->{payload} eq $payload,
        length($payload) . ' bytes come back');
}

# some senders end a message that they cut with an empty frame
my $count = 65_536;
$ws->send_raw(join '', encode_frame(TEXT, 'a', fin => 0),
    (encode_frame(CONTINUATION, 'b', fin => 0)) x ($count - 1),
    encode_frame(CONTINUATION, ''));
ok(($ws->text // '') eq 'a' . 'b' x ($count - 1),
    "a message in $count frames, and an empty one");

my $cut = echo();
$cut->send_raw(join '', encode_frame(TEXT, 'a', fin => 0),
    (encode_frame(CONTINUATION, 'b', fin => 0)) x $count,
    encode_frame(CONTINUATION, 'c'));
is($cut->closed, 1009, 'a frame too many');

# what is not read is not echoed, and nothing grows
$ws->send_frame(BINARY, chr($_) x 1_000_000) for 1 .. 50;
my $right = 0;
for my $n (1 .. 50) {
    my $frame = $ws->frame or last;
    $right++ if $frame->{payload} eq chr($n) x 1_000_000;
}
is($right, 50, 'fifty large ones, written before one is read');

$ws->send_close(1000);
is($ws->closed, 1000, 'closed as it should be');

$ws = echo();
$ws->send_frame(BINARY, '', length => 16 * 1024 * 1024 + 1, wide => 8);
is($ws->closed, 1009, 'a byte too many');

$ws = echo();
$ws->send_frame(TEXT, "\xff");
is($ws->closed, 1007, 'no UTF-8');

like(http_get('/echo'), qr{^HTTP/1\.1 400 }, 'no WebSocket, no echo');

done_testing();
