#!/usr/bin/perl

# Whatever is wrong is refused where it comes in, with a status, a code and the
# field for a program, or the close code of the protocol; and nobody else
# notices.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::JWT qw(jwt);
use Chat::Bus qw(direct_id);
use Chat::Stack;
use Chat::WebSocket qw(encode_frame);

use constant UNKNOWN => 'f' x 24;

my $stack = Chat::Stack->new->start;
my ($alice, $bob, $carol) = $stack->people(qw(alice bob carol));
my $to = $bob->id;

# Two who notice if anything is disturbed, in the same nginx process.
my ($speaker, $listener) = map { $stack->socket($_) } $carol, $bob;
my $heard = 0;

sub undisturbed {
    my ($after) = @_;
    my $text = 'still here ' . ++$heard;
    $speaker->call('send-message', { to => $to, text => $text })->{ok}
        && $listener->event('new-message', 20, sub { $_[0]{text} eq $text })
        or fail("nobody else is disturbed by: $after");
}


# ---- REST -------------------------------------------------------------------

sub raw { return { raw => $_[0] } }

my $private = direct_id($bob->id, $carol->id);
undisturbed('nothing');                          # that conversation exists now

for my $case (
    # name, method, path, body, status, field
    [ 'no JSON', POST => '/api/messages', raw('{"to":'), 400 ],
    [ 'JSON and more', POST => '/api/messages', raw('{} {}'), 400 ],
    [ 'an array', POST => '/api/messages', [ 1 ], 400 ],
    [ 'a string', POST => '/api/messages', raw('"x"'), 400 ],
    [ 'nothing', POST => '/api/messages', raw(''), 400 ],
    [ 'no UTF-8', POST => '/api/messages',
        raw(qq({"to":"$to","text":"\xff\xfe"})), 400 ],
    [ 'half a surrogate pair', POST => '/api/messages',
        raw(qq({"to":"$to","text":"\\ud800"})), 400 ],
    [ 'too deep', POST => '/api/messages',
        raw('{"a":' x 5000 . '1' . '}' x 5000), 400 ],
    [ 'another content type', POST => '/api/messages', raw('<x/>'), 415, undef,
        'Content-Type: application/xml' ],
    [ 'no text', POST => '/api/messages', { to => $to }, 400, 'text' ],
    [ 'an empty text', POST => '/api/messages', { to => $to, text => '' },
        400, 'text' ],
    [ 'a number for text', POST => '/api/messages', { to => $to, text => 5 },
        400, 'text' ],
    [ 'an object for text', POST => '/api/messages',
        { to => $to, text => { '$ne' => '' } }, 400, 'text' ],
    [ 'a text too long', POST => '/api/messages',
        { to => $to, text => 'x' x 10_001 }, 400, 'text' ],
    [ 'a text as long as may be', POST => '/api/messages',
        { to => $to, text => "\x{1f44b}" x 10_000 }, 201 ],
    [ 'nobody to write to', POST => '/api/messages', { text => 'x' }, 400, 'to' ],
    [ 'an operator for a person', POST => '/api/messages',
        { to => { '$gt' => '' }, text => 'x' }, 400, 'to' ],
    [ 'a person who is not', POST => '/api/messages',
        { to => UNKNOWN, text => 'x' }, 404 ],
    [ 'no id', POST => '/api/messages', { to => 'bob', text => 'x' }, 404 ],
    [ 'a conversation that is not', POST => '/api/messages',
        { conversationId => UNKNOWN, text => 'x' }, 404 ],
    [ "others' conversation", POST => '/api/messages',
        { conversationId => $private, text => 'x' }, 403 ],
    [ 'a clientId too long', POST => '/api/messages',
        { to => $to, text => 'x', clientId => 'c' x 129 }, 400, 'clientId' ],
    [ 'a number for clientId', POST => '/api/messages',
        { to => $to, text => 'x', clientId => 7 }, 400, 'clientId' ],
    [ 'metadata that is none', POST => '/api/messages',
        { to => $to, text => 'x', metadata => 'm' }, 400, 'metadata' ],
    [ 'too much metadata', POST => '/api/messages',
        { to => $to, text => 'x', metadata => { m => 'x' x 2048 } },
        400, 'metadata' ],
    [ 'a history of nobody', GET => '/api/messages/' . UNKNOWN, undef, 404 ],
    [ 'a history of no id', GET => '/api/messages/..%2fusers', undef, 404 ],
    [ "a history of others", GET => "/api/conversations/$private/messages",
        undef, 403 ],
    [ 'a limit that is none', GET => "/api/messages/$to?limit=many", undef, 400 ],
    [ 'no such path', GET => '/api/nowhere', undef, 404 ],
    [ 'no such method', DELETE => '/api/auth/me', undef, 405 ],
    [ 'a seq that is none', POST => "/api/messages/$to/read", { seq => 'x' },
        400, 'seq' ],
    [ 'a seq below zero', POST => "/api/messages/$to/read", { seq => -1 },
        400, 'seq' ],
    [ 'no address', POST => '/api/auth/register',
        { email => 'x', password => 'long enough', fullName => 'X Y' },
        400, 'email' ],
    [ 'a number for a password', POST => '/api/auth/register',
        { email => 'x@y.org', password => 12345678, fullName => 'X Y' },
        400, 'password' ],
    [ 'a short password', POST => '/api/auth/register',
        { email => 'x@y.org', password => 'short', fullName => 'X Y' },
        400, 'password' ],
    [ 'no name', POST => '/api/auth/register',
        { email => 'x@y.org', password => 'long enough' }, 400, 'fullName' ],
    [ 'a name too long', POST => '/api/auth/register',
        { email => 'x@y.org', password => 'long enough', fullName => 'x' x 101 },
        400, 'fullName' ],
    [ 'an operator for an address', POST => '/api/auth/login',
        { email => { '$gt' => '' }, password => 'long enough' }, 400, 'email' ],
    [ 'no password', POST => '/api/auth/login', { email => 'x@y.org' },
        400, 'password' ])
{
    my ($name, $method, $path, $data, $status, $field, $header) = @$case;
    my $raw = ref $data eq 'HASH' && exists $data->{raw} ? $data->{raw} : undef;
    # who comes in brings no token, as a page does
    my $person = $path =~ m{/(?:register|login)\z} ? $stack->http : $alice;
    my $r = $person->request($method, $path, defined $raw ? undef : $data,
        defined $raw ? (body => $raw) : (), headers => [ $header // () ]);

    is($r->{status}, $status, "$method $path: $name");
    next if $status < 400;
    like($r->{json}{code} // '', qr/\A[a-z_]+\z/, '  with a code');
    ok(length($r->{json}{message} // ''), '  and a message');
    ok(length($r->{json}{fields}{$field} // ''), "  about $field")
        or diag($r->{body}) if $field;
}

undisturbed('REST');


# ---- events -----------------------------------------------------------------

my $socket = $stack->socket($alice);

for my $case (
    # name, event, arguments, field
    [ 'no argument', 'send-message', [] ],
    [ 'a string', 'send-message', [ 'x' ] ],
    [ 'null', 'send-message', [ undef ] ],
    [ 'an array', 'send-message', [ [] ] ],
    [ 'nothing in it', 'send-message', [ {} ], 'to' ],
    [ 'no text', 'send-message', [ { to => $to } ], 'text' ],
    [ 'a number for text', 'send-message', [ { to => $to, text => 1 } ], 'text' ],
    [ 'a text too long', 'send-message',
        [ { to => $to, text => 'x' x 10_001 } ], 'text' ],
    [ 'a person who is not', 'send-message', [ { to => UNKNOWN, text => 'x' } ] ],
    [ 'no id', 'send-message', [ { to => '../x', text => 'x' } ] ],
    [ "others' conversation", 'send-message',
        [ { conversationId => $private, text => 'x' } ] ],
    [ 'a seq that is none', 'mark-as-read', [ { userId => $to, seq => 'x' } ],
        'seq' ],
    [ 'a conversation that is not', 'mark-as-read',
        [ { conversationId => UNKNOWN, seq => 1 } ] ],
    [ 'typing into nothing', 'typing', [ { conversationId => UNKNOWN } ] ],
    [ 'junk for a token', 'authenticate', [ { token => 'junk' } ] ],
    [ 'no such event', 'no-such-event', [ {} ] ])
{
    my ($name, $event, $args, $field) = @$case;
    my $answer = $socket->call($event, @$args);

    ok(!$answer->{ok}, "$event: $name");
    like($answer->{error}{code} // '', qr/\A[a-z_]+\z/, '  with a code');
    ok(length($answer->{error}{message} // ''), '  and a message');
    ok(length($answer->{error}{fields}{$field} // ''), "  about $field")
        if $field;
}

ok($socket->call('send-message', { to => $to, text => 'x' })->{ok},
    'the socket is none the worse');
undisturbed('events');


# ---- frames -----------------------------------------------------------------

my ($text, $binary, $close, $ping) = (1, 2, 8, 9);
my $event = sub { qq(42["send-message",{"to":"$to","text":"$_[0]"}]) };

for my $case (
    # name, bytes, close code (0: none in the frame)
    [ 'unmasked', encode_frame($text, '3', mask => 0), 1002 ],
    [ 'a reserved bit', encode_frame($text, '3', rsv => 4), 1002 ],
    [ 'a reserved opcode', encode_frame(3, 'x'), 1002 ],
    [ 'a reserved control opcode', encode_frame(11, ''), 1002 ],
    [ 'a ping in pieces', encode_frame($ping, 'x', fin => 0), 1002 ],
    [ 'a ping too long', encode_frame($ping, 'x' x 126), 1002 ],
    [ 'the rest of nothing', encode_frame(0, 'x'), 1002 ],
    [ 'a message inside another',
        encode_frame($text, '4', fin => 0) . encode_frame($text, '2'), 1002 ],
    [ 'a length in too many bytes', encode_frame($text, '3', wide => 8), 1002 ],
    [ 'a length with the top bit',
        "\x81\xff" . pack('Q>', 2**63) . 'mask', 1002 ],
    [ 'a close of one byte', encode_frame($close, 'x'), 1002 ],
    [ 'a close code nobody may send', encode_frame($close, pack 'n', 1005), 1002 ],
    [ 'a close reason not in UTF-8',
        encode_frame($close, pack('n', 1000) . "\xff"), 1007 ],
    [ 'not in UTF-8', encode_frame($text, $event->("\xc3\x28")), 1007 ],
    [ 'a surrogate', encode_frame($text, $event->("\xed\xa0\x80")), 1007 ],
    [ 'not in UTF-8, in pieces', encode_frame($text, "42[\"\xf0\x9f", fin => 0)
        . encode_frame(0, 'x"]'), 1007 ],
    [ 'oversized', encode_frame($text, '', length => 2**20 + 1), 1009 ],
    [ 'oversized beyond belief', encode_frame($text, '', length => 2**62), 1009 ],
    [ 'oversized in pieces', encode_frame($text, 'x' x 600_000, fin => 0)
        . encode_frame(0, 'x' x 600_000), 1009 ],
    [ 'no Engine.IO', encode_frame($text, 'x'), 0 ],
    [ 'an empty packet', encode_frame($text, ''), 0 ],
    [ 'no Socket.IO', encode_frame($text, '49'), 0 ],
    [ 'no JSON', encode_frame($text, '42["send-message",'), 0 ],
    [ 'no event', encode_frame($text, '42{}'), 0 ],
    [ 'a reserved event', encode_frame($text, '42["disconnect"]'), 0 ],
    [ 'attachments without end',
        encode_frame($text, '451000-["x",{"_placeholder":true,"num":0}]'), 0 ],
    [ 'an attachment of nothing', encode_frame($binary, 'x'), 0 ])
{
    my ($name, $bytes, $code) = @$case;
    my $ws = Chat::WebSocket->connect(port => $stack->port,
        path => '/socket.io/?EIO=4&transport=websocket');

    $ws->text;                                   # the open packet
    $ws->send_text('40{"token":"' . $alice->token . '"}');
    1 until ($ws->text // die "no CONNECT\n") =~ /\A40/;
    $ws->send_raw($bytes);
    is($ws->closed, $code, "a frame $name: closed with $code");
    undisturbed($name);
}


# ---- tokens -----------------------------------------------------------------

my $key = $stack->{key};
my @sub = (sub => $alice->id);
my $good = $alice->token;
my ($head, $claims, $signature) = split /\./, $good;

for my $case (
    [ 'junk', 'junk' ],
    [ 'dots', '..' ],
    [ 'alg none', jwt($key, @sub, _header => { alg => 'none' }) ],
    [ 'alg none, signed', jwt($key, @sub, _header => { alg => 'none' },
        _signature => $signature) ],
    [ 'alg None', jwt($key, @sub, _header => { alg => 'None' },
        _signature => '') ],
    [ 'another HMAC', jwt($key, @sub, _header => { alg => 'HS512' }) ],
    [ 'alg confusion', jwt($key, @sub, _header => { alg => 'RS256' }) ],
    [ 'no alg', jwt($key, @sub, _header => { alg => undef }) ],
    [ 'another key', jwt('k' x 64, @sub) ],
    [ 'no signature', "$head.$claims." ],
    [ 'half a signature', "$head.$claims." . substr $signature, 0, 20 ],
    [ 'other claims', join '.', $head,
        (split /\./, jwt($key, sub => $bob->id))[1], $signature ],
    [ 'a fourth part', "$good.x" ],
    [ 'expired', jwt($key, @sub, iat => time - 100, exp => time - 10) ],
    [ 'not yet', jwt($key, @sub, nbf => time + 1000) ],
    [ 'nobody', jwt($key) ],
    [ 'an object for somebody', jwt($key, sub => { '$gt' => '' }) ],
    [ 'a number for somebody', jwt($key, sub => 7) ],
    [ 'a path for somebody', jwt($key, sub => '../x') ],
    [ 'a line end in somebody', jwt($key, sub => $alice->id . "\nrole: admin") ],
    [ 'far too long', jwt($key, @sub, x => 'x' x 4000) ])
{
    my ($name, $token) = @$case;
    my $r = $stack->http->get('/api/auth/me', undef,
        headers => [ "Authorization: Bearer $token" ]);

    is($r->{status}, 401, "a token with $name: 401");
    like($r->{json}{code} // '', qr/\A[a-z_]+\z/, '  with a code');

    my $socket = Chat::SocketIO->connect(port => $stack->port, token => $token);
    ok($socket->error && length $socket->error->{message},
        '  CONNECT_ERROR with a message');
    ok(!$socket->connected, '  and no session');
    $socket->close;
}

for my $auth ([ 'none' => {} ], [ 'a number' => { token => 5 } ],
    [ 'null' => { token => undef } ])
{
    my $socket = Chat::SocketIO->connect(port => $stack->port, auth => $auth->[1]);
    ok($socket->error, "$auth->[0] for a token: CONNECT_ERROR");
}

undisturbed('bad tokens');

done_testing();
