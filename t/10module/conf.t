#!/usr/bin/perl

# Configurations: what nginx -t takes, and what it says of the others.  Each
# case is one wrong line; the message has to name it.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Nginx ();
use Chat::Process qw(testdir write_file);

my $t = Chat::Nginx->new;
my $dir = testdir();
my %files = (
    good => 'k' x 32,
    newline => 'k' x 32 . "\n",
    short => 'k' x 31 . "\n\n",
    empty => '',
    long => 'k' x 20000,
);

write_file("$dir/$_", $files{$_}) for keys %files;

sub openssl {
    my ($name, @words) = @_;
    system("openssl @words > $dir/$name 2>/dev/null") == 0
        or die "openssl @words\n";
}

openssl('rsa.key', qw(genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048));
openssl('rsa.pub', 'pkey', '-pubout', '-in', "$dir/rsa.key");
openssl('weak.key', qw(genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024));
openssl('weak.pub', 'pkey', '-pubout', '-in', "$dir/weak.key");
openssl('p256.key', qw(genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256));
openssl('p256.pub', 'pkey', '-pubout', '-in', "$dir/p256.key");

my $zone = 'chat_zone chat:1m;';
my $key = "chat_jwt_key HS256 $dir/good;";

sub configuration {
    my ($http, $location) = @_;
    return <<"EOC";
%%TEST_GLOBALS%%
events { }
http {
    %%TEST_GLOBALS_HTTP%%
    $http
    server {
        listen 127.0.0.1:8080;
        location / { $location }
    }
}
EOC
}


# ---- what is good -----------------------------------------------------------

my @good = (
    [ 'nothing of ours', '', '' ],
    [ 'an API', "$zone $key", 'chat_api;' ],
    [ 'an API in a lane', "$zone $key", 'chat_api upload;' ],
    [ 'an API in two lanes', "$zone $key", 'chat_api default read;' ],
    [ 'an API for everybody needs no key', $zone, 'chat_api; chat_auth off;' ],
    [ 'sockets', "$zone $key", 'chat_socket;' ],
    [ 'health needs no key', $zone, 'chat_status;' ],
    [ 'a key with a line end', "$zone " . "chat_jwt_key HS512 $dir/newline;",
        'chat_api;' ],
    [ 'several keys', "$zone $key" . "chat_jwt_key RS256 $dir/rsa.pub kid=1;"
        . "chat_jwt_key ES256 $dir/p256.pub kid=2;", 'chat_api;' ],
    [ 'Redis by everything', "$zone $key" . 'chat_redis unix:/tmp/x.sock '
        . 'redis://u:p@localhost:1234/3 redis://127.0.0.1 prefix=a:;',
        'chat_api;' ],
    [ 'everything about tokens', "$zone $key" . 'chat_jwt_claim id;'
        . 'chat_jwt_issuer i; chat_jwt_audience a; chat_jwt_leeway 30s;'
        . 'chat_jwt_cookie off; chat_auth optional;', 'chat_api;' ],
    [ 'limits', "$zone $key" . 'chat_node n1; chat_max_pending 5;'
        . 'chat_max_queue 5; chat_memory 1m; chat_timeout 50ms;', 'chat_api;' ],
    [ 'everything about sockets', "$zone $key", 'chat_socket;'
        . 'chat_origin https://a.example https://b.example:8443;'
        . 'chat_namespace ' . join(' ', map { "/n$_" } 1 .. 16) . ';'
        . 'chat_ping_interval 1s; chat_ping_timeout 1s;'
        . 'chat_connect_timeout 1s; chat_max_payload 1k; chat_send_queue 4k;'
        . 'chat_recovery 5m;' ],
    [ 'no recovery', "$zone $key", 'chat_socket; chat_recovery off;' ],
    [ 'everything about limits', "$zone $key" . 'chat_drain rate=100/s;'
        . 'chat_max_connections user=5; chat_limit a rate=100/15m;'
        . 'chat_limit b burst=3 key=$remote_addr$uri rate=1/1s;',
        'chat_socket; chat_limit_apply a; chat_limit_apply b;'
        . 'chat_limit_apply a event=x; chat_limit_apply a event=*;'
        . 'chat_max_connections ip=7 user=8;' ],
    [ 'no limit of connections', $zone, 'chat_max_connections off;' ],
    [ 'a limit that is declared below', $zone . 'server { location /a {'
        . 'chat_api; chat_auth off; chat_limit_apply a; } }'
        . 'chat_limit a rate=1/1s;', '' ],
);

for (@good) {
    my ($name, $http, $location) = @$_;
    my ($ok, $said) = $t->test_conf(configuration($http, $location));
    ok($ok, "good: $name") or diag($said);
}


# ---- what is not ------------------------------------------------------------

my @bad = (
    # name, http, location, what is said
    [ 'an API without a zone', $key, 'chat_api;', qr/"chat_api" needs "chat_zone"/ ],
    [ 'sockets without a zone', $key, 'chat_socket;',
        qr/"chat_socket" needs "chat_zone"/ ],
    [ 'an API without a key', $zone, 'chat_api;',
        qr/"chat_api" needs "chat_jwt_key"/ ],
    [ 'sockets without a key', $zone, 'chat_socket;',
        qr/"chat_socket" needs "chat_jwt_key"/ ],
    [ 'two answers in one place', "$zone $key", 'chat_api; chat_status;',
        qr/"chat_status" directive conflicts/ ],
    [ 'a directive twice', "$zone $key", 'chat_api; chat_api;',
        qr/"chat_api" directive is duplicate/ ],
    [ 'a lane with a strange name', "$zone $key", 'chat_api a:b;',
        qr/"chat_api" directive takes lanes/ ],
    [ 'a lane with a long name', "$zone $key", 'chat_api ' . 'x' x 17 . ';',
        qr/"chat_api" directive takes lanes/ ],
    [ 'a directive that does not exist', $zone, 'chat_apis;',
        qr/unknown directive "chat_apis"/ ],

    [ 'a zone without a size', 'chat_zone chat;', '',
        qr/"chat_zone" directive takes a name and a size/ ],
    [ 'a zone with a strange size', 'chat_zone chat:big;', '',
        qr/"chat_zone" directive takes a name and a size/ ],
    [ 'a small zone', 'chat_zone chat:128k;', '',
        qr/"chat_zone" directive needs 256k/ ],
    [ 'two zones', 'chat_zone a:1m; chat_zone b:1m;', '',
        qr/"chat_zone" directive is duplicate/ ],

    [ 'a key of an unknown algorithm', "chat_jwt_key none $dir/good;", '',
        qr/"chat_jwt_key" directive knows the algorithms/ ],
    [ 'a key that is not there', "chat_jwt_key HS256 $dir/nothing;", '',
        qr/chat_jwt_key: open\(\) "\S+nothing" failed/ ],
    [ 'a short secret', "chat_jwt_key HS256 $dir/short;", '',
        qr/"chat_jwt_key" directive was given a secret of less than 32 bytes/ ],
    [ 'an empty secret', "chat_jwt_key HS256 $dir/empty;", '',
        qr/"chat_jwt_key" directive was given a secret of less than 32 bytes/ ],
    [ 'a file that is no key', "chat_jwt_key HS256 $dir/long;", '',
        qr/"chat_jwt_key" directive was given a file that is too long/ ],
    [ 'a public key as a secret', "chat_jwt_key HS256 $dir/rsa.pub;", '',
        qr/"chat_jwt_key" directive was given a PEM file for an HS/ ],
    [ 'a secret as a public key', "chat_jwt_key RS256 $dir/good;", '',
        qr/"chat_jwt_key" directive needs a public key/ ],
    [ 'a private key', "chat_jwt_key RS256 $dir/rsa.key;", '',
        qr/"chat_jwt_key" directive needs a public key/ ],
    [ 'an RSA key for ECDSA', "chat_jwt_key ES256 $dir/rsa.pub;", '',
        qr/"chat_jwt_key" directive was given a key of another kind/ ],
    [ 'an EC key for RSA', "chat_jwt_key RS256 $dir/p256.pub;", '',
        qr/"chat_jwt_key" directive was given a key of another kind/ ],
    [ 'a weak RSA key', "chat_jwt_key RS256 $dir/weak.pub;", '',
        qr/"chat_jwt_key" directive was given an RSA key of less/ ],
    [ 'a key on another curve', "chat_jwt_key ES384 $dir/p256.pub;", '',
        qr/"chat_jwt_key" directive was given a key on another curve/ ],
    [ 'a key with a strange word', "chat_jwt_key HS256 $dir/good key=1;", '',
        qr/"chat_jwt_key" directive takes an algorithm, a file, and kid=/ ],
    [ 'a long leeway', 'chat_jwt_leeway 2h;', '',
        qr/"chat_jwt_leeway" directive must be at most 1h/ ],
    [ 'a strange mode', 'chat_auth maybe;', '', qr/invalid value "maybe"/ ],

    [ 'Redis without an address', 'chat_redis prefix=a:;', '',
        qr/"chat_redis" directive has no address/ ],
    [ 'Redis over TLS', 'chat_redis rediss://127.0.0.1;', '',
        qr/"chat_redis" directive takes addresses as redis:/ ],
    [ 'Sentinels', 'chat_redis redis://127.0.0.1 sentinel=main;', '',
        qr/chat_redis: unknown parameter "sentinel=main"/ ],
    [ 'Redis on a host that is not there', 'chat_redis redis://no.invalid;', '',
        qr/chat_redis: host not found in "redis:\/\/no\.invalid"/ ],
    [ 'Redis on a strange port', 'chat_redis redis://127.0.0.1:99999;', '',
        qr/chat_redis: invalid port/ ],
    [ 'a strange database', 'chat_redis redis://127.0.0.1/main;', '',
        qr/"chat_redis" directive takes the database as a number/ ],
    [ 'a user without a password', 'chat_redis redis://127.0.0.1 user=u;', '',
        qr/"chat_redis" directive has a user and no password/ ],
    [ 'an empty prefix', 'chat_redis redis://127.0.0.1 prefix=;', '',
        qr/"chat_redis" directive takes a prefix/ ],
    [ 'a prefix with a space', 'chat_redis redis://127.0.0.1 "prefix=a b";', '',
        qr/"chat_redis" directive takes a prefix/ ],
    [ 'Redis twice', 'chat_redis unix:/a; chat_redis unix:/b;', '',
        qr/"chat_redis" directive is duplicate/ ],
    [ 'a node with a strange name', 'chat_node "a b";', '',
        qr/"chat_node" directive takes up to 64/ ],

    [ 'no pending jobs', 'chat_max_pending 0;', '',
        qr/"chat_max_pending" directive must be between 1 and/ ],
    [ 'no queue', 'chat_max_queue 0;', '',
        qr/"chat_max_queue" directive must be between 1 and/ ],
    [ 'little memory', 'chat_memory 1k;', '',
        qr/"chat_memory" directive must be between 1m and/ ],
    [ 'a timeout without end', '', 'chat_timeout 1h;',
        qr/"chat_timeout" directive must be between 50ms and/ ],
    [ 'pings without end', '', 'chat_ping_interval 1ms;',
        qr/"chat_ping_interval" directive must be between 50ms and/ ],
    [ 'pongs without end', '', 'chat_ping_timeout 1ms;',
        qr/"chat_ping_timeout" directive must be between 50ms and/ ],
    [ 'a connect without end', '', 'chat_connect_timeout 1ms;',
        qr/"chat_connect_timeout" directive must be between 50ms and/ ],
    [ 'huge frames', '', 'chat_max_payload 17m;',
        qr/"chat_max_payload" directive must be between 1k and/ ],
    [ 'a tiny queue', '', 'chat_send_queue 1k;',
        qr/"chat_send_queue" directive must be between 4k and/ ],
    [ 'a recovery of days', '', 'chat_recovery 2d;',
        qr/"chat_recovery" directive must be at most 24h/ ],
    [ 'an origin without a scheme', '', 'chat_origin a.example;',
        qr/"chat_origin" directive takes origins as http/ ],
    [ 'an origin with a slash', '', 'chat_origin https://a.example/;',
        qr/"chat_origin" directive takes origins without a path/ ],
    [ 'any origin and another', '', 'chat_origin any https://a.example;',
        qr/"chat_origin" directive takes origins as http/ ],
    (map { [ "the namespace $_->[0]", '', "chat_namespace $_->[1];",
        qr{"chat_namespace" directive takes names as /name} ] }
        [ 'of everybody', '/' ], [ 'without a slash', 'admin' ],
        [ 'with a comma', '/a,b' ], [ 'of 129 bytes', '/' . 'n' x 128 ],
        [ 'of bytes that are no text', qq("/\xff") ]),
    [ 'too many namespaces', '', 'chat_namespace '
        . join(' ', map { "/n$_" } 1 .. 17) . ';',
        qr/"chat_namespace" directive takes up to 16 names/ ],
    [ 'namespaces twice', '', 'chat_namespace /a; chat_namespace /b;',
        qr/"chat_namespace" directive is duplicate/ ],
    [ 'a strange status', $zone, 'chat_status xml;',
        qr/"chat_status" directive takes "json" or "prometheus"/ ],

    [ 'a limit without a rate', 'chat_limit a burst=1;', '',
        qr/"chat_limit" directive needs a rate/ ],
    [ 'a rate without a time', 'chat_limit a rate=5;', '',
        qr/"chat_limit" directive takes one rate/ ],
    [ 'two rates', 'chat_limit a rate=5/1s rate=6/1s;', '',
        qr/"chat_limit" directive takes one rate/ ],
    [ 'a rate of nothing', 'chat_limit a rate=0/1s;', '',
        qr/"chat_limit" directive takes a rate of 1 to 1000000 in up to 24h/ ],
    [ 'a rate in no time', 'chat_limit a rate=5/0s;', '',
        qr/"chat_limit" directive takes a rate of 1 to 1000000 in up to 24h/ ],
    [ 'a rate in a strange time', 'chat_limit a rate=5/day;', '',
        qr/"chat_limit" directive takes a rate of 1 to 1000000 in up to 24h/ ],
    [ 'a rate of words', 'chat_limit a rate=-5/1s;', '',
        qr/"chat_limit" directive takes a rate of 1 to 1000000 in up to 24h/ ],
    [ 'a rate in days', 'chat_limit a rate=5/2d;', '',
        qr/"chat_limit" directive takes a rate of 1 to 1000000 in up to 24h/ ],
    [ 'an endless rate', 'chat_limit a rate=1000000/1ms;', '',
        qr/"chat_limit" directive takes a rate of up to/ ],
    [ 'an empty burst', 'chat_limit a rate=5/1s burst=;', '',
        qr/"chat_limit" directive takes a burst/ ],
    [ 'no burst', 'chat_limit a rate=5/1s burst=0;', '',
        qr/"chat_limit" directive takes a burst/ ],
    [ 'a key that is always the same', 'chat_limit a rate=5/1s key=all;', '',
        qr/"chat_limit" directive takes one key with a variable/ ],
    [ 'a key of a variable that is not there', 'chat_limit a rate=5/1s key=$nothing;', '',
        qr/unknown "nothing" variable/ ],
    [ 'a limit with another word', 'chat_limit a rate=5/1s nodelay;', '',
        qr/"chat_limit" directive takes rate=, burst= and key=/ ],
    [ 'a limit with a strange name', 'chat_limit a.b rate=5/1s;', '',
        qr/"chat_limit" directive takes a name/ ],
    [ 'a limit twice', 'chat_limit a rate=5/1s; chat_limit a rate=6/1s;', '',
        qr/"chat_limit" directive is duplicate/ ],
    [ 'too many limits', join('', map { "chat_limit a$_ rate=1/1s;" } 0 .. 32), '',
        qr/"chat_limit" directive is there more than 32 times/ ],
    [ 'an unknown limit', "$zone $key", 'chat_api; chat_limit_apply a;',
        qr/"chat_limit_apply a" names no "chat_limit"/ ],
    [ 'a limit applied twice', "$zone $key chat_limit a rate=1/1s;", 'chat_api; chat_limit_apply a; chat_limit_apply a;',
        qr/"chat_limit_apply" directive is duplicate/ ],
    [ 'a limit for nothing', "$zone $key chat_limit a rate=1/1s;", 'chat_limit_apply a;',
        qr/"chat_limit_apply a" needs "chat_api" or "chat_socket"/ ],
    [ 'an event of the API', "$zone $key chat_limit a rate=1/1s;", 'chat_api; chat_limit_apply a event=x;',
        qr/"chat_limit_apply a" has event=, which is for "chat_socket"/ ],
    [ 'an event and a key', "$zone $key chat_limit a rate=1/1s key=\$uri;", 'chat_socket; chat_limit_apply a event=x;',
        qr/"chat_limit_apply a" has event=, but events count by user/ ],
    [ 'an event without a name', $zone, 'chat_limit_apply a event=;',
        qr/"chat_limit_apply" directive takes event=/ ],
    [ 'a long event', $zone, 'chat_limit_apply a event=' . 'x' x 65 . ';',
        qr/"chat_limit_apply" directive takes event=/ ],
    [ 'a limit applied to something strange', $zone, 'chat_limit_apply a x;',
        qr/"chat_limit_apply" directive takes event=/ ],
    [ 'a limit outside of a location', 'chat_limit_apply a;', '',
        qr/"chat_limit_apply" directive is not allowed here/ ],
    [ 'no connections', 'chat_max_connections user=0;', '',
        qr/"chat_max_connections" directive takes user= and ip=/ ],
    [ 'connections of nobody', 'chat_max_connections 5;', '',
        qr/"chat_max_connections" directive takes user= and ip=/ ],
    [ 'connections of somebody twice', 'chat_max_connections ip=5 ip=6;', '',
        qr/"chat_max_connections" directive takes user= and ip=/ ],
    [ 'connections twice', 'chat_max_connections ip=5; chat_max_connections user=6;', '',
        qr/"chat_max_connections" directive is duplicate/ ],
    [ 'a drain without a rate', 'chat_drain 500;', '',
        qr/"chat_drain" directive takes a rate/ ],
    [ 'a drain in minutes', 'chat_drain rate=500/m;', '',
        qr/"chat_drain" directive takes a rate/ ],
    [ 'a drain that never ends', 'chat_drain rate=0/s;', '',
        qr/"chat_drain" directive takes a rate/ ],
    [ 'two drains', 'chat_drain rate=5/s; chat_drain rate=6/s;', '',
        qr/"chat_drain" directive is duplicate/ ],
);

for (@bad) {
    my ($name, $http, $location, $said) = @$_;
    my ($ok, $output) = $t->test_conf(configuration($http, $location));
    ok(!$ok, "bad: $name");
    like($output, $said, '... and nginx -t says so');
}

done_testing();
