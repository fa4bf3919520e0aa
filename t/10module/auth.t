#!/usr/bin/perl

# Who is asking: tokens, good ones and every kind of bad ones, where they are
# looked for, and from which pages a cookie counts.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Front;
use Chat::HTTP;
use Chat::JWT qw(jwt);
use Chat::Process qw(testdir write_file read_file);
use MIME::Base64 qw(encode_base64url);

my $dir = testdir();
my $second = 's' x 40;

sub openssl { system("openssl @_ 2>/dev/null") == 0 or die "openssl @_\n" }

openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out $dir/rsa.key");
openssl("pkey -pubout -in $dir/rsa.key -out $dir/rsa.pub");
openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $dir/ec.key");
openssl("pkey -pubout -in $dir/ec.key -out $dir/ec.pub");
write_file("$dir/second", $second);

my $front = Chat::Front->new(http => <<"SERVERS", server => <<'LOCATIONS')->start;
server {
    listen 127.0.0.1:8081;
    chat_jwt_key RS256 $dir/rsa.pub;
    location /api/ { chat_api; }
}
server {
    listen 127.0.0.1:8082;
    chat_jwt_key RS256 $dir/rsa.pub kid=rsa;
    chat_jwt_key HS256 $dir/jwt.key kid=one;
    chat_jwt_key HS256 $dir/second kid=two;
    chat_jwt_key ES256 $dir/ec.pub;
    location /api/ { chat_api; }
}
SERVERS
    location /api/ { chat_api; }
    location /optional/ { chat_api; chat_auth optional; }
    location /off/ { chat_api; chat_auth off; }
    location /claim/ { chat_api; chat_jwt_claim user; }
    location /issuer/ { chat_api; chat_jwt_issuer https://issuer; }
    location /audience/ { chat_api; chat_jwt_audience chat; }
    location /leeway/ { chat_api; chat_jwt_leeway 60s; }
    location /nocookie/ { chat_api; chat_jwt_cookie off; }
    location /session/ { chat_api; chat_jwt_cookie session; }
    location /pages/ { chat_api; chat_origin https://a.example; }
    location /any/ { chat_api; chat_origin any; }
LOCATIONS

# Each job is answered with its own headers.
$front->worker->serve(sub { (json => $_[0]{headers}) });

my $key = $front->{key};

sub ask {
    my ($port, $method, $path, @headers) = @_;
    my $http = Chat::HTTP->new(port => $front->port($port));
    return $http->request($method, $path, undef, headers => \@headers);
}

# The uid that a token stands for, or the status.
sub who {
    my ($token, $path, $port) = @_;
    my $r = ask($port || 8080, 'GET', $path || '/api/me',
        "Authorization: Bearer $token");
    return $r->{status} == 200 ? $r->{json}{uid} // 'nobody' : $r->{status};
}


# ---- tokens -----------------------------------------------------------------

my $rsa = read_file("$dir/rsa.pub");

sub unsigned {
    my ($header, $claims) = @_;
    return join '.', map { encode_base64url($_) } $header, $claims;
}

sub digest_signed {
    my ($key, $signed) = @_;
    write_file("$dir/signed", $signed);
    openssl("dgst -sha256 -sign $dir/$key -out $dir/signature $dir/signed");
    return read_file("$dir/signature");
}

sub rs256 {
    my ($claims, $header) = @_;
    my $signed = unsigned($header || '{"alg":"RS256"}', $claims);
    return "$signed." . encode_base64url(digest_signed('rsa.key', $signed));
}

# Two numbers of 32 bytes, where openssl has them in DER.
sub es256 {
    my ($claims) = @_;
    my $signed = unsigned('{"alg":"ES256"}', $claims);
    my ($r, $s) = unpack 'x3 C/a x C/a', digest_signed('ec.key', $signed);
    return "$signed." . encode_base64url(join '',
        map { substr "\0" x 32 . $_, -32 } $r, $s);
}

my $claims = '{"sub":"ann","exp":' . (time + 600) . '}';
my $hs = unsigned('{"alg":"HS256"}', $claims);

my @tokens = (
    # name, token, uid or status, path, port
    [ 'a good one', jwt($key, sub => 'ann'), 'ann' ],
    [ 'an id in capital digits', jwt($key, sub => 'ABCDEF0123456789ABCDEF01'),
        'abcdef0123456789abcdef01' ],
    [ 'the old apps wrote id', jwt($key, sub => undef, id => 'ann'), 'ann' ],
    [ 'one that never expires', jwt($key, sub => 'ann', exp => undef), 'ann' ],
    [ 'another claim', jwt($key, sub => 'ann', user => 'bob'), 'bob', '/claim/' ],
    [ 'the claim is missing', jwt($key, sub => 'ann'), 401, '/claim/' ],

    [ 'nobody', jwt($key, sub => undef), 401 ],
    [ 'an empty id', jwt($key, sub => ''), 401 ],
    [ 'a strange id', jwt($key, sub => "a\nuid: root"), 401 ],
    [ 'a long id', jwt($key, sub => 'a' x 65), 401 ],
    [ 'an id that is a number', jwt($key, sub => 42, id => undef), 401 ],
    [ 'a role that ends a line', jwt($key, sub => 'ann', role => "a\nuid: b"), 401 ],
    [ 'a long role', jwt($key, sub => 'ann', role => 'r' x 200), 401 ],

    [ 'expired', jwt($key, sub => 'ann', exp => time - 1), 401 ],
    [ 'expired within the leeway', jwt($key, sub => 'ann', exp => time - 5),
        'ann', '/leeway/' ],
    [ 'expired beyond it', jwt($key, sub => 'ann', exp => time - 65), 401,
        '/leeway/' ],
    [ 'not valid yet', jwt($key, sub => 'ann', nbf => time + 60), 401 ],
    [ 'valid since now', jwt($key, sub => 'ann', nbf => time - 1), 'ann' ],
    [ 'an expiry in words', jwt($key, sub => 'ann', exp => 'never'), 401 ],
    [ 'a broken expiry', jwt($key, sub => 'ann', exp => 9e9 + .5), 401 ],
    [ 'an expiry of no time', jwt($key, sub => 'ann', exp => 0), 401 ],
    [ 'an expiry before time', jwt($key, sub => 'ann', exp => -1), 401 ],

    [ 'the right issuer', jwt($key, sub => 'ann', iss => 'https://issuer'),
        'ann', '/issuer/' ],
    [ 'another issuer', jwt($key, sub => 'ann', iss => 'https://issuer/'), 401,
        '/issuer/' ],
    [ 'no issuer', jwt($key, sub => 'ann'), 401, '/issuer/' ],
    [ 'the right audience', jwt($key, sub => 'ann', aud => 'chat'), 'ann',
        '/audience/' ],
    [ 'one of several', jwt($key, sub => 'ann', aud => [ 'mail', 'chat' ]),
        'ann', '/audience/' ],
    [ 'none of several', jwt($key, sub => 'ann', aud => [ 'mail', 7 ]), 401,
        '/audience/' ],
    [ 'no audience', jwt($key, sub => 'ann'), 401, '/audience/' ],

    [ 'another key', jwt('x' x 32, sub => 'ann'), 401 ],
    [ 'a changed signature', jwt($key, sub => 'ann',
        _signature => encode_base64url('x' x 32)), 401 ],
    [ 'no signature', jwt($key, sub => 'ann', _signature => ''), 401 ],
    [ 'alg none', unsigned('{"alg":"none"}', $claims) . '.', 401 ],
    [ 'alg None with a signature', jwt($key, sub => 'ann',
        _header => { alg => 'None' }), 401 ],
    [ 'another alg of the same kind', jwt($key, sub => 'ann',
        _header => { alg => 'HS512' }), 401 ],
    [ 'no alg', unsigned('{"typ":"JWT"}', $claims) . '.x', 401 ],
    [ 'two algs', unsigned('{"alg":"HS256","alg":"none"}', $claims) . '.', 401 ],
    [ 'a header that is no object', unsigned('[]', $claims) . '.x', 401 ],
    [ 'a header that is no JSON', "x.$claims.x", 401 ],
    [ 'claims that are no JSON', jwt($key) =~ s/\.[^.]+\./.eHg./r, 401 ],
    [ 'one part', 'junk', 401 ],
    [ 'two parts', $hs, 401 ],
    [ 'four parts', jwt($key, sub => 'ann') . '.x', 401 ],
    [ 'dots', '...', 401 ],
    [ 'a long one', 'x' x 7000, 401 ],
    [ 'a long header', encode_base64url('{"alg":"HS256","x":"' . 'x' x 2000
        . '"}') . '.x.x', 401 ],

    [ 'RS256', rs256($claims), 'ann', undef, 8081 ],
    [ 'a public key as a secret', jwt($rsa, sub => 'ann'), 401, undef, 8081 ],
    [ 'the same without its last line end', jwt($rsa =~ s/\n\z//r,
        sub => 'ann'), 401, undef, 8081 ],
    [ 'HS256 where RS256 is expected', jwt($key, sub => 'ann'), 401, undef, 8081 ],
    [ 'alg none where RS256 is expected', unsigned('{"alg":"none"}', $claims)
        . '.', 401, undef, 8081 ],

    [ 'the first of two secrets', jwt($key, sub => 'ann'), 'ann', undef, 8082 ],
    [ 'the second', jwt($second, sub => 'ann'), 'ann', undef, 8082 ],
    [ 'the second by its kid', jwt($second, sub => 'ann',
        _header => { kid => 'two' }), 'ann', undef, 8082 ],
    [ 'the second by the kid of the first', jwt($second, sub => 'ann',
        _header => { kid => 'one' }), 401, undef, 8082 ],
    [ 'an unknown kid', jwt($key, sub => 'ann', _header => { kid => 'x' }), 401,
        undef, 8082 ],
    [ 'RS256 beside them', rs256($claims, '{"alg":"RS256","kid":"rsa"}'), 'ann',
        undef, 8082 ],
    [ 'ES256 beside them', es256($claims), 'ann', undef, 8082 ],
    [ 'a public key among secrets', jwt($rsa, sub => 'ann'), 401, undef, 8082 ],
);

for (@tokens) {
    my ($name, $token, $expected, $path, $port) = @$_;
    is(who($token, $path, $port), $expected, "token: $name");
}

my $token = jwt($key, sub => 'ann', role => 'admin', sid => 'phone',
    iat => 1700000000, exp => 4000000000);
my $r = ask(8080, 'GET', '/api/me', "Authorization: bearer $token");

is_deeply({ map { $_ => $r->{json}{$_} } qw(uid role token-session iat exp) },
    { uid => 'ann', role => 'admin', 'token-session' => 'phone',
      iat => 1700000000, exp => 4000000000 }, 'what it says is in the job');


# ---- where tokens are looked for --------------------------------------------

my $bob = jwt($key, sub => 'bob');
my $old = jwt($key, sub => 'ann', exp => time - 10);

my @places = (
    # name, path, headers, uid or status
    [ 'none', '/api/', [], 401 ],
    [ 'a cookie', '/api/', [ "Cookie: jwt=$token" ], 'ann' ],
    [ 'a cookie among others', '/api/', [ "Cookie: a=b; jwt=$token; c=d" ], 'ann' ],
    [ 'a cookie in a second line', '/api/', [ 'Cookie: a=b',
        "Cookie: jwt=$token" ], 'ann' ],
    [ 'a cookie whose name ends as ours', '/api/', [ "Cookie: xjwt=$token" ], 401 ],
    [ 'a cookie whose name begins as ours', '/api/', [ "Cookie: jwt2=$token" ], 401 ],
    [ 'cookies without spaces', '/api/', [ "Cookie: a=b;jwt=$token" ], 'ann' ],
    [ 'junk among cookies', '/api/', [ "Cookie: ; =; jwt; jwt=$token;" ], 'ann' ],
    [ 'an empty cookie', '/api/', [ 'Cookie: jwt=' ], 401 ],
    [ 'Authorization comes first', '/api/', [ "Authorization: Bearer $bob",
        "Cookie: jwt=$token" ], 'bob' ],
    [ 'a bad Authorization is not made good by a cookie', '/api/',
        [ 'Authorization: Bearer x', "Cookie: jwt=$token" ], 401 ],
    [ 'Authorization of another kind is no token', '/api/',
        [ 'Authorization: Basic YTpi', "Cookie: jwt=$token" ], 'ann' ],
    [ 'an empty Bearer', '/api/', [ 'Authorization: Bearer ' ], 401 ],
    [ 'a cookie of another name', '/session/', [ "Cookie: session=$token" ],
        'ann' ],
    [ 'the usual name then', '/session/', [ "Cookie: jwt=$token" ], 401 ],
    [ 'cookies switched off', '/nocookie/', [ "Cookie: jwt=$token" ], 401 ],
    [ 'any page: cookies do not count', '/any/', [ "Cookie: jwt=$token" ], 401 ],
    [ 'any page: Authorization does', '/any/', [ "Authorization: Bearer $bob" ],
        'bob' ],
    [ 'optional: none', '/optional/', [], 'nobody' ],
    [ 'optional: one', '/optional/', [ "Authorization: Bearer $bob" ], 'bob' ],
    [ 'optional: an old cookie', '/optional/', [ "Cookie: jwt=$old" ], 'nobody' ],
    [ 'optional: an old Authorization', '/optional/',
        [ "Authorization: Bearer $old" ], 401 ],
    [ 'off: a good one is not looked at', '/off/',
        [ "Authorization: Bearer $bob" ], 'nobody' ],
    [ 'off: a bad one neither', '/off/', [ 'Authorization: Bearer x' ],
        'nobody' ],
);

for (@places) {
    my ($name, $path, $headers, $expected) = @$_;
    my $r = ask(8080, 'GET', $path, @$headers);
    is($r->{status} == 200 ? $r->{json}{uid} // 'nobody' : $r->{status},
        $expected, "place: $name");
}

$r = ask(8080, 'GET', '/api/');
is($r->{headers}{'www-authenticate'}, 'Bearer', '401 says what is wanted');
is($r->{json}{code}, 'unauthorized', 'in JSON too');


# ---- from which pages -------------------------------------------------------

my $host = '127.0.0.1:' . $front->port;
my $cookie = "Cookie: jwt=$token";
my $bearer = "Authorization: Bearer $token";

my @pages = (
    # method, path, token, origin, status, Access-Control-Allow-Origin
    [ 'POST', '/api/', $cookie, undef, 200 ],
    [ 'POST', '/api/', $cookie, "http://$host", 200 ],
    [ 'POST', '/api/', $cookie, "https://$host", 200 ],
    [ 'POST', '/api/', $cookie, 'http://evil.example', 403 ],
    [ 'POST', '/api/', $cookie, 'null', 403 ],
    [ 'POST', '/api/', $cookie, "http://x$host", 403 ],
    [ 'POST', '/api/', $cookie, "http://$host.evil.example", 403 ],
    [ 'PUT', '/api/', $cookie, 'http://evil.example', 403 ],
    [ 'DELETE', '/api/', $cookie, 'http://evil.example', 403 ],
    [ 'GET', '/api/', $cookie, 'http://evil.example', 200 ],
    [ 'POST', '/api/', $bearer, 'http://evil.example', 200 ],
    [ 'POST', '/optional/', $cookie, 'http://evil.example', 403 ],
    [ 'POST', '/pages/', $cookie, 'https://a.example', 200, 'https://a.example' ],
    [ 'POST', '/pages/', $cookie, 'http://a.example', 403 ],
    [ 'POST', '/pages/', $cookie, 'https://a.example:8443', 403 ],
    [ 'POST', '/pages/', $cookie, "http://$host", 200 ],
    [ 'GET', '/pages/', $bearer, 'https://a.example', 200, 'https://a.example' ],
    [ 'GET', '/pages/', $bearer, 'https://b.example', 200 ],
    [ 'POST', '/any/', $bearer, 'https://b.example', 200, '*' ],
);

for (@pages) {
    my ($method, $path, $from, $origin, $status, $allowed) = @$_;
    my $name = "$method $path " . ($from eq $cookie ? 'by cookie' : 'by header')
        . ' from ' . ($origin // 'no page');
    my $r = ask(8080, $method, $path, $from,
        defined $origin ? "Origin: $origin" : ());

    is($r->{status}, $status, "page: $name");
    is($r->{headers}{'access-control-allow-origin'}, $allowed,
        '... and what the browser is told') if $allowed || $path ne '/api/';
}

$r = ask(8080, 'GET', '/pages/', $bearer, 'Origin: https://a.example');
is($r->{headers}{'access-control-allow-credentials'}, 'true',
    'named pages may send cookies');
is($r->{headers}{vary}, 'Origin', 'and caches keep pages apart');

$r = ask(8080, 'GET', '/any/', $bearer, 'Origin: https://a.example');
is($r->{headers}{'access-control-allow-credentials'}, undef,
    'with any page cookies are not even sent');

$r = ask(8080, 'OPTIONS', '/pages/', 'Origin: https://a.example',
    'Access-Control-Request-Method: PUT');
is($r->{status}, 204, 'a preflight needs no token');
is($r->{headers}{'access-control-allow-origin'}, 'https://a.example',
    'the page may');
like($r->{headers}{'access-control-allow-methods'}, qr/\bPUT\b/, 'use PUT');
like($r->{headers}{'access-control-allow-headers'}, qr/Idempotency-Key/,
    'send its headers');

$r = ask(8080, 'OPTIONS', '/pages/', 'Origin: https://b.example',
    'Access-Control-Request-Method: PUT');
is($r->{headers}{'access-control-allow-methods'}, undef,
    'a foreign page is told nothing');

done_testing();
