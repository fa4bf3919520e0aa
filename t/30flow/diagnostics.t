#!/usr/bin/perl

# `diagnostics on`: sessions without a user, and what test suites ask for.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Polling;
use Chat::SocketIO;
use Chat::Stack;
use Chat::WebSocket;

my $stack = Chat::Stack->new(worker => "diagnostics on\n", server => <<'EOC')->start;
    chat_namespace /custom;
    location = /open/ { chat_socket; chat_auth off; chat_recovery off; }
    location = /open-recovering/ { chat_socket; chat_auth off; }
EOC

sub websocket {
    my $ws = Chat::WebSocket->connect(port => $stack->port,
        path => join '&', "$_[0]?EIO=4&transport=websocket", @_[1 .. $#_]);
    $ws->text;
    return $ws;
}

my $granted = qr/\{"sid":"[\w-]{20}"\}/;


# ---- nobody -----------------------------------------------------------------

my $ws = websocket('/open/');

$ws->send_text('40');
like($ws->text, qr/^40$granted$/, 'nobody is let in');
is($ws->text, '42["auth",{}]', 'and sees that there was no payload');

$ws->send_text('40/custom,{"token" :"x",' . "\n" . '"n":[1.0,1e400,"\u00e9"]}');
like($ws->text, qr{^40/custom,$granted$}, 'also to another namespace');
is($ws->text, '42/custom,["auth",{"token" :"x", "n":[1.0,1e400,"\u00e9"]}]',
    '… where the payload comes back as it was');

for my $args ('', ',1', ',1.0,-0,1e400,12345678901234567890',
    ',"\u00e9\ud83d\ude00",{"b":1,"a":[null,true]}', ',[[]],{}', ', "text"')
{
    $ws->send_text(qq(42["message"$args]));
    is($ws->text, qq(42["message-back"$args]), "message$args");
    $ws->send_text(qq(427["message-with-ack"$args]));
    is($ws->text, '437[' . $args =~ s/^,//r . ']', "message-with-ack$args");
}

$ws->send_text("421[\"message\",[1,\n2]]");
is($ws->text, '42["message-back",[1, 2]]', 'a newline does not break a packet');
is($ws->text, '431[{"ok":true}]', '… and whoever wants an ack has one');

$ws->send_text(qq(42$_\["message-with-ack",$_])) for 1 .. 100;
is(join(' ', map { $ws->text } 1 .. 100),
    join(' ', map { "43$_\[$_]" } 1 .. 100), 'events of a socket stay in order');

$ws->send_text('42/custom,8["message-with-ack",1]');
like($ws->text, qr{^43/custom,8\[\{"ok":false,"error":\{.*"not_found"},
    'other namespaces have `auth` alone');
$ws->send_text('429["send-message",{"to":"x","text":"y"}]');
like($ws->text, qr{^439\[\{"ok":false,"error":\{.*"unauthorized"},
    'nobody cannot write');
$ws->close;

$ws = websocket('/open-recovering/');
$ws->send_text('40{"pid":"a","offset":"b"}');
like($ws->text, qr/^40$granted$/, 'nothing of nobody can be recovered');
is($ws->text, '42["auth",{"pid":"a","offset":"b"}]', '… the payload is shown');
$ws->close;


# ---- attachments ------------------------------------------------------------

my $one = '{"_placeholder":true,"num":0}';
my $two = '{"_placeholder":true,"num":1}';

# Sends a packet and what is attached to it; what comes back, bytes in hex.
sub attach {
    my ($ws, $text, @bytes) = @_;
    $ws->send_text($text);
    $ws->send_frame(2, "$_") for @bytes;
    return heard($ws);
}

sub heard {
    my ($ws) = @_;
    my $text = $ws->text // return 'closed';
    my ($count) = $text =~ /^4[56](\d+)-/;
    my @bytes = map { my $f = $ws->frame(20); $f->{opcode} == 2
        ? unpack('H*', $f->{payload}) : "text $f->{payload}" } 1 .. $count // 0;
    return join ' ', $text, @bytes;
}

$ws = websocket('/open/');
$ws->send_text('40');
$ws->text, $ws->text;

is(attach($ws, qq(451-["message",$one]), "\0\xff\n"),
    qq(451-["message-back",$one] 00ff0a), 'bytes come back');
is(attach($ws, qq(452-["message",{"a":[$two, $one]},"x",$one]), 'aa', ''),
    qq(452-["message-back",{"a":[$two, $one]},"x",$one] 6161 ),
    'two of them, in any order, one twice, one empty');
is(attach($ws, qq(452-7["message-with-ack",$one,$two]), 'a', 'b'),
    qq(462-7[$one,$two] 61 62), 'an ack has them too');
is(attach($ws, qq(451-8["message-with-ack",1]), 'unused'),
    '461-8[1] 756e75736564', 'one that nothing refers to is allowed');
is(attach($ws, '4510-9["message-with-ack",' . join(',',
        map { $one =~ s/0/$_/r } 0 .. 9) . ']', 0 .. 9),
    '4610-9[' . join(',', map { $one =~ s/0/$_/r } 0 .. 9) . '] '
        . join(' ', map { "3$_" } 0 .. 9), 'ten are the most');
my $large = pack 'N*', map { rand 2 ** 32 } 1 .. 150_000;
is(attach($ws, qq(451-3["message-with-ack",$one]), $large),
    qq(461-3[$one] ) . unpack('H*', $large), '600,000 bytes there and back');


# ---- acks by the client -----------------------------------------------------

is(attach($ws, '42["ask",{"n":1}]') =~ s/^42\d+/42#/r, '42#["question",{"n":1}]',
    'the server asks');
$ws->send_text('42["ask"]');
my ($id) = $ws->text =~ /^42(\d+)\["question"\]$/;
$ws->send_text("43$id\["
    . '"yes"]');
is($ws->text, '42["answer","yes"]', '… and hears the answer');
$ws->send_text($_) for "43$id\[\"again\"]", '43999999[1]', "43$id", '43[]',
    '421["message-with-ack",1]';
is($ws->text, '431[1]', '… once; what it did not ask for is ignored');

$ws->send_text('42["ask"]') for 1 .. 2;
my @ids = map { $ws->text =~ /^42(\d+)/ } 1 .. 2;
is(attach($ws, qq(461-$ids[1]\[$one]), 'b2'), qq(451-["answer",$one] 6232),
    'an answer may have attachments');
$ws->send_text("43$ids[0]\[]");
is($ws->text, '42["answer"]', '… and nothing, and come late');
is(attach($ws, qq(451-["ask",$one]), 'q') =~ s/-\d+/-#/r,
    qq(451-#["question",$one] 71), 'a question may have attachments');
$ws->send_text('42["ask"]') for 1 .. 20;
@ids = map { $ws->text =~ /^42(\d+)/ } 1 .. 20;
$ws->send_text("43$_\[$_]") for @ids;
is(join(' ', map { $ws->text } 1 .. 16),
    join(' ', map { "42[\"answer\",$_]" } @ids[4 .. 19]),
    'of more than 16 questions the oldest are forgotten');
$ws->close;


# ---- over polling, and as base64 --------------------------------------------

my $polling = Chat::Polling->open(port => $stack->port, path => '/open/');
$polling->post('40');
my @all;
while (@all < 2) { push @all, $polling->get }
$polling->post(qq(451-["message",$one]));
$polling->post('bAAEC');
is(join(' ', $polling->get), qq(451-["message-back",$one] bAAEC),
    'header and attachment in two requests');
$polling->post(qq(452-5["message-with-ack",$one,$two]\x1ebQQ==\x1ebQg));
is(join(' ', $polling->get), qq(462-5[$one,$two] bQQ== bQg==),
    '… all in one, padded or not');

$ws = websocket('/open/', 'b64=1');
$ws->send_text('40');
$ws->text, $ws->text;
$ws->send_text(qq(451-["message",$one]));
$ws->send_text('bAAEC');
is(join(' ', $ws->text, $ws->text), qq(451-["message-back",$one] bAAEC),
    'who wants base64 has it on a WebSocket too');
$ws->close;


# ---- users ------------------------------------------------------------------

my ($alice, $bob) = $stack->people(qw(alice bob));
my $socket = $stack->socket($alice);

ok($socket->event('authenticated'), 'a user is greeted as ever');
is_deeply($socket->event('auth'), { token => undef },
    '… and shown the payload without the token');
is_deeply($socket->call('message-with-ack', { a => 1 }), { a => 1 },
    'diagnostics are for users too');

my $custom = $stack->socket($alice, nsp => '/custom',
    auth => { token => $alice->token, a => 1 });
is_deeply($custom->event('auth'), { token => undef, a => 1 }, '… in all namespaces');
$socket->{ws}->send_text('451-9["send-message",{"to":"x","text":'
    . $one . '}]');
$socket->{ws}->send_frame(2, 'x');
is($socket->answer(9)->{error}{code}, 'bad_json',
    "the chat's own events take no attachments");
$socket->emit('message', 'text');
is_deeply($socket->event_args('message-back'), [ 'text', undef ],
    'where sessions recover a packet does not end in a string');
$socket->emit('message', 'text', {});
is_deeply($socket->event_args('message-back'), [ 'text', {} ], '… others are as ever');
$alice->post('/api/auth/logout', {});
$custom->wait_closed;
is($custom->closed, 'disconnected by the server',
    'who signs out is gone from there as well');


# ---- off --------------------------------------------------------------------

$stack->worker->stop;
$stack->worker->{conf} = '';
$stack->worker->start;
$stack->wait_healthy;

$ws = websocket('/open/');
$ws->send_text('40');
is($ws->text, '44{"message":"Sign in first","data":{"code":"unauthorized"}}',
    'without diagnostics nobody is refused');
$ws->send_text('40/custom,');
is($ws->text, '44/custom,{"message":"Sign in first","data":{"code":"unauthorized"}}',
    '… everywhere');
$ws->close;

$socket = $stack->socket($bob);
is($socket->call('message-with-ack', 1)->{error}{code}, 'not_found',
    'and there are no such events');

done_testing();
