#!/usr/bin/perl

# Registering, logging in, staying logged in, logging out; who sees what of
# whom.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::JWT qw(jwt_claims);
use Chat::Stack;

my $stack = Chat::Stack->new->start;
my $nobody = $stack->http;
my %alice = (email => 'Alice@Example.org', password => Chat::HTTP::PASSWORD,
    fullName => 'Alice Test');


# ---- registering ------------------------------------------------------------

my $r = $nobody->post('/api/auth/register',
    { %alice, role => 'admin', points => 1000, isBureau => JSON::PP::true });
my $user = $r->{json}{user};

is($r->{status}, 201, 'register: 201');
is_deeply([ grep { !defined $r->{json}{$_} } qw(token refreshToken user message) ],
    [], 'with token, refresh token, user and a message');
is($user->{email}, 'alice@example.org', 'the address is lower-cased');
is("$user->{firstName}+$user->{lastName}", 'Alice+Test', 'the name is split');
is("$user->{role} $user->{points}", 'member 0', 'nobody appoints himself');
is(jwt_claims($r->{json}{token})->{sub}, $user->{_id}, 'the token is theirs');
like($r->{headers}{'set-cookie'},
    qr/\Ajwt=\Q$r->{json}{token}\E;(?=.*HttpOnly)(?=.*SameSite=Lax)/i,
    'the cookie carries it, out of reach of scripts');
unlike($r->{body}, qr/password|\$2[aby]\$/, 'no password comes back');
like($stack->mongo->find_one('users', {})->{password}, qr/\A\$2[aby]\$/,
    'MongoDB has its hash');

$r = $nobody->post('/api/auth/register', { %alice, email => 'ALICE@example.ORG' });
is($r->{status}, 409, 'the same address again: 409');
like($r->{json}{code}, qr/\A[a-z_]+\z/, 'with a code');


# ---- logging in -------------------------------------------------------------

my @refused = map { $nobody->post('/api/auth/login', $_) }
    { email => 'alice@example.org', password => 'wrong horse' },
    { email => 'nobody@example.org', password => 'wrong horse' };

is($_->{status}, 401, 'a wrong login: 401') for @refused;
is($refused[0]{body}, $refused[1]{body}, 'which does not tell who exists');

my ($phone, $laptop) = map { $stack->http->login('alice') } 1 .. 2;
is($phone->id, $user->{_id}, 'login: the user');

is($phone->get('/api/auth/me')->{json}{_id}, $user->{_id}, 'me, by the token');
is($phone->get('/api/auth/check')->{json}{_id}, $user->{_id}, 'and by the old name');
is($nobody->get('/api/auth/me')->{status}, 401, 'without: 401');


# ---- the cookie -------------------------------------------------------------

my $cookie = 'Cookie: a=b; jwt=' . $phone->token . '; c=d';
my $own = 'Origin: http://127.0.0.1:' . $stack->port;
my $foreign = 'Origin: http://evil.example';
my %data = (to => $user->{_id}, text => 'note to myself');
my @people = $stack->people(qw(bob carol));
$data{to} = $people[0]->id;

for my $case (
    [ 'GET', '/api/auth/me', undef, [], 200, 'the cookie is enough to read' ],
    [ 'POST', '/api/messages', \%data, [ $own ], 201, 'and to write from here' ],
    [ 'POST', '/api/messages', \%data, [], 201, 'and from no page at all' ],
    [ 'POST', '/api/messages', \%data, [ $foreign ], 403,
        'not from a foreign page' ])
{
    my ($method, $path, $body, $headers, $status, $name) = @$case;
    is($nobody->request($method, $path, $body, headers => [ $cookie, @$headers ])
        ->{status}, $status, "cookie: $name");
}

my $by_cookie = Chat::SocketIO->connect(port => $stack->port, auth => {},
    headers => [ $cookie, $own ]);
ok($by_cookie->connected, 'the cookie connects a socket');
$by_cookie->close;


# ---- staying logged in ------------------------------------------------------

sub refresh {
    my ($token) = @_;
    return $nobody->post('/api/auth/refresh', { refreshToken => $token });
}

my $login = $nobody->post('/api/auth/login',
    { email => 'alice@example.org', password => $alice{password} })->{json};
my $second = refresh($login->{refreshToken});
is($second->{status}, 200, 'refresh: 200');
isnt($second->{json}{refreshToken}, $login->{refreshToken},
    'with another refresh token');
is($stack->http->get('/api/auth/me', undef,
    headers => [ "Authorization: Bearer $second->{json}{token}" ])->{status}, 200,
    'the new token is good');

is(refresh($login->{refreshToken})->{status}, 401, 'used twice: 401');
is(refresh($second->{json}{refreshToken})->{status}, 401,
    'and what came of it is revoked');
is(refresh('0' x 64)->{status}, 401, 'an unknown one: 401');
unlike(join('', map { $_->{hash} // '' } $stack->mongo->find('refreshTokens', {})),
    qr/\Q$login->{refreshToken}\E/, 'MongoDB has no refresh token in clear');


# ---- a token's end ----------------------------------------------------------

my %claims = (sub => $user->{_id}, exp => time + 3);
my ($short, $renewed) = map { Chat::SocketIO->connect(port => $stack->port,
    token => $stack->token(%claims)) } 1 .. 2;

ok($renewed->call('authenticate', { token => $phone->token })->{ok},
    'a socket takes a fresh token');
ok(!$renewed->call('authenticate', { token => $people[0]->token })->{ok},
    "but not another person's");
$short->wait_closed(20);
ok($short->closed, 'with the token ends the socket');
ok($renewed->call('send-message', \%data)->{ok}, 'a fresh token keeps it open');
$renewed->close;


# ---- logging out ------------------------------------------------------------

my ($on_phone, $on_laptop) = map { $stack->socket($_) } $phone, $laptop;
$r = $phone->post('/api/auth/logout');
is($r->{status}, 200, 'logout: 200');
like($r->{headers}{'set-cookie'}, qr/\Ajwt=;.*(?:Max-Age=0|Expires=Thu, 01)/i,
    'the cookie is taken back');
$on_phone->wait_closed;
is($on_phone->closed, 'disconnected by the server', 'its socket is closed');
ok($on_laptop->call('send-message', \%data)->{ok}, 'the other device stays');

my $tablet = $stack->socket($stack->http->login('alice'));
is($laptop->post('/api/auth/logout', { all => JSON::PP::true })->{status}, 200,
    'logout everywhere');
$_->wait_closed for $on_laptop, $tablet;
is($tablet->closed, 'disconnected by the server', 'closes every socket');


# ---- people -----------------------------------------------------------------

my ($bob, $carol) = @people;
$r = $bob->get('/api/users');
is_deeply([ sort map { $_->{fullName} } @{$r->{json}} ],
    [ 'Alice Test', 'Bob Test', 'Carol Test' ], 'everybody is in the list');
unlike($r->{body}, qr/password|\$2[aby]\$|tokensValidAfter|carol\@|alice\@/,
    'without what is nobody else\'s business');
is_deeply([ sort map { $_->{fullName} } @{$bob->get('/api/messages/users')->{json}} ],
    [ 'Alice Test', 'Carol Test' ], 'the list of people to write to is without me');
is($nobody->get('/api/users')->{status}, 401, 'for users only');

done_testing();
