#!/usr/bin/perl

# How Engine.IO requests are refused, and what pages of other sites are told.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Front;
use Chat::HTTP;
use Chat::Polling;
use Chat::WebSocket;

my $front = Chat::Front->new(server => <<'EOC')->start;
location = /engine.io/ { chat_echo engine; }
location = /engine.io { chat_echo engine; }
location = /named/ { chat_echo engine; chat_origin https://a.example; }
location = /any/ { chat_echo engine; chat_origin any; }
EOC
my $http = Chat::HTTP->new(port => $front->port);

my @texts = ('Transport unknown', 'Session ID unknown', 'Bad handshake method',
    'Bad request', 'Forbidden', 'Unsupported protocol version');

sub engine {
    return Chat::Polling->open(port => $front->port, path => '/engine.io/', @_);
}

sub refused {
    my ($r, $code, $name) = @_;
    is("$r->{status} $r->{body}", ($code == 4 ? 403 : 400)
        . qq( {"code":$code,"message":"$texts[$code]"}), "$name: code $code");
    is($r->{headers}{'content-type'}, 'application/json', "$name: as JSON");
}


# ---- without a session ------------------------------------------------------

my $good = 'EIO=4&transport=polling';

for my $case (
    [ 0, 'no parameters', '' ],
    [ 0, 'no transport', 'EIO=4' ],
    [ 0, 'an unknown transport', 'EIO=4&transport=abc' ],
    [ 0, 'webtransport', 'EIO=4&transport=webtransport' ],
    [ 0, 'a transport has a case', 'EIO=4&transport=Polling' ],
    [ 0, 'of duplicates the last', 'EIO=4&transport=polling&transport=x' ],
    [ 1, 'an unknown session', "$good&sid=abc" ],
    [ 1, 'an unknown session of the right length', "$good&sid=" . 'x' x 20 ],
    [ 2, 'POST', $good, 'POST' ],
    [ 2, 'PUT', $good, 'PUT' ],
    [ 2, 'DELETE', $good, 'DELETE' ],
    [ 2, 'OPTIONS', $good, 'OPTIONS' ],
    [ 3, 'no upgrade', 'EIO=4&transport=websocket' ],
    [ 5, 'EIO=3', 'EIO=3&transport=polling' ],
    [ 5, 'EIO=04', 'EIO=04&transport=polling' ],
    [ 5, 'EIO=abc', 'EIO=abc&transport=polling' ],
    [ 5, 'no EIO', 'transport=polling' ],
    [ 5, 'a name has a case', 'eio=4&transport=polling' ],
    [ 2, 'PATCH', $good, 'PATCH' ],

    # of several faults the first in this order
    [ 0, 'transport before session', 'EIO=4&transport=x&sid=abc' ],
    [ 0, 'transport before method', 'EIO=3&transport=x', 'POST' ],
    [ 1, 'session before revision', 'EIO=3&transport=polling&sid=abc' ],
    [ 1, 'session before method', "$good&sid=abc", 'PUT' ],
    [ 2, 'method before upgrade', 'EIO=4&transport=websocket', 'POST' ],
    [ 2, 'method before revision', 'EIO=3&transport=polling', 'POST' ],
    [ 3, 'upgrade before revision', 'EIO=3&transport=websocket' ],
) {
    my ($code, $name, $query, $method) = @$case;
    my $r = $http->request($method || 'GET', "/engine.io/?$query");
    refused($r, $code, $name);
    ok(!exists $r->{headers}{'cache-control'}, "$name: nothing about caches");
}

is($http->request('HEAD', "/engine.io/?$good")->{status}, 400, 'HEAD: refused');

for my $query ('transport=%70olling&EIO=4', 'sid=&' . $good, "$good&t=abc&x=%zz",
    "transport=x&$good", "b64=1&$good", "%45IO=4&transport=polling&EIO=4")
{
    is($http->get("/engine.io/?$query")->{status}, 200, "?$query: a session");
}
is($http->get("/engine.io?$good")->{status}, 200, 'a path without its slash, too');


# ---- of a session -----------------------------------------------------------

my $p = engine();
my $sid = $p->sid;

refused($http->get("/engine.io/?EIO=4&transport=websocket&sid=$sid"), 3,
    'a WebSocket without an upgrade');
refused($http->get("/engine.io/?EIO=3&transport=polling&sid=$sid"), 3,
    'another revision');
refused($http->get("/engine.io/?transport=polling&sid=$sid"), 3, 'no revision');
refused($http->get("/named/?$good&sid=$sid"), 1, "another location's session");
is($http->request($_, "/engine.io/?$good&sid=$sid")->{status}, 405,
    "$_ is no method of a session") for qw(PUT DELETE HEAD);
is($p->post('4x'), 200, 'all of that leaves the session alone');
is_deeply([ $p->get ], [ '4x' ], 'it goes on');

my $ws = Chat::WebSocket->connect(port => $front->port,
    path => '/engine.io/?EIO=4&transport=websocket');
my ($other) = $ws->text =~ /"sid":"([\w-]+)"/;
refused($http->get("/engine.io/?$good&sid=$other"), 3,
    'polling of a session with a WebSocket');

for my $case (
    [ 'an unknown session', "EIO=4&transport=websocket&sid=abc", 1 ],
    [ 'another revision', "EIO=3&transport=websocket&sid=$sid", 3 ],
    [ 'a new one of another revision', 'EIO=3&transport=websocket', 5 ],
) {
    my ($name, $query, $code) = @$case;
    like(Chat::WebSocket->connect(port => $front->port,
        path => "/engine.io/?$query")->response,
        qr/\AHTTP\/1\.1 400 .*"code":$code,/s, "an upgrade of $name: $code");
}

# a body that nobody reads is not taken for the next request
my $r = $http->request('POST', "/engine.io/?$good&sid=abc", undef,
    body => "GET /health HTTP/1.1\r\nHost: x\r\n\r\n", headers => [
        'Content-Type: text/plain' ]);
is($r->{body}, '{"code":1,"message":"Session ID unknown"}',
    'one answer to one request');


# ---- pages of other sites ---------------------------------------------------

my @evil = (headers => [ 'Origin: https://evil.example' ]);
my @named = (headers => [ 'Origin: https://a.example' ]);
my %answers;

refused($http->get("/engine.io/?$good", undef, @evil), 4, "another site's page");
refused($http->get('/engine.io/?EIO=3&transport=polling', undef, @evil), 4,
    'origin before revision');
refused($http->request('POST', "/engine.io/?$good", undef, @evil), 2,
    'method before origin');
$r = $http->get("/engine.io/?$good", undef,
    headers => [ 'Origin: http://127.0.0.1:' . $front->port ]);
is($r->{status}, 200, "one's own page");
ok(!exists $r->{headers}{'access-control-allow-origin'}, 'which needs no CORS');

sub cors {
    my ($r) = @_;
    return join ' ', map { $r->{headers}{"access-control-$_"} // '-' }
        qw(allow-origin allow-credentials);
}

for my $case ([ '/named/', 'https://a.example true' ], [ '/any/', '* -' ]) {
    my ($path, $expected) = @$case;
    my $p = Chat::Polling->open(port => $front->port, path => $path, @named);

    is(cors($p->first), $expected, "$path: the handshake allows it");
    is(cors($p->request('POST', '4x')), $expected, "$path: a POST");
    is(cors($p->request('GET')), $expected, "$path: a GET");
    is(cors($p->request('POST', '2')), $expected, "$path: a refusal");
    is(cors($p->request('GET')), $expected, "$path: an error");
    like(Chat::WebSocket->connect(port => $front->port, @named,
        path => "$path?EIO=4&transport=websocket")->response,
        qr/^Access-Control-Allow-Origin: \Q@{[ (split ' ', $expected)[0] ]}\E\r/m,
        "$path: the 101");

    $r = $http->request('OPTIONS', "$path?$good", undef, headers => [
        @{$named[1]}, 'Access-Control-Request-Method: POST',
        'Access-Control-Request-Headers: x-one, Content-Type' ]);
    is("$r->{status} $r->{body}", '204 ', "$path: a preflight");
    is(cors($r), $expected, "$path: allows it");
    is($r->{headers}{'access-control-allow-headers'}, 'x-one, Content-Type',
        "$path: with the headers that were asked for");
    like($r->{headers}{'access-control-allow-methods'}, qr/\bPOST\b/,
        "$path: and POST");
}

$r = $http->request('OPTIONS', "/named/?$good", undef, @evil);
is(cors($r), '- -', 'a preflight of somebody else is answered without permission');
is($r->{headers}{vary}, 'Origin', 'for that origin only');

done_testing();
