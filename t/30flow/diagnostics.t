#!/usr/bin/perl

# `diagnostics on`: sessions without a user, and what test suites ask for.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

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
        path => "$_[0]?EIO=4&transport=websocket");
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
