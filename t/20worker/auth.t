#!/usr/bin/perl

# Accounts: registering, signing in, staying so, signing out.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);

use Chat::Backend;
use Chat::Bus qw(fresh_id);
use Chat::JWT qw(jwt_claims);

my $back = Chat::Backend->new(conf =>
    "roles pupil teacher\nfields GLSI IRS\nyears 1 2 3\npassword_min 6\n")->start;
my $module = $back->module;

sub post { $module->request('POST', "/api/auth/$_[0]", @_[1 .. $#_]) }


# ---- registering ------------------------------------------------------------

my $r = post('register', { email => ' Ann@Example.org', username => 'Ann.1',
    password => 'secret', firstName => 'Ann', lastName => 'Lee', field => 'IRS',
    year => 2, phone => '+216 71', role => 'teacher', points => 9,
    isBureau => JSON::PP::true, status => 'king' });
my $ann = $r->{json}{user};
my %expected = (email => 'ann@example.org', username => 'ann.1',
    firstName => 'Ann', lastName => 'Lee', fullName => 'Ann Lee',
    field => 'IRS', year => '2', phone => '+216 71', role => 'pupil',
    points => 0, status => 'active');

is($r->{status}, 201, 'register: 201');
is_deeply({ map { $_ => $ann->{$_} } keys %expected }, \%expected,
    'with what was given, and nothing of what may not be');
ok(!$ann->{isBureau} && $ann->{isActive}, 'active, of no bureau');
like($ann->{createdAt}, qr/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z/,
    'times are ISO 8601');

my $claims = jwt_claims($r->{json}{token});
is($claims->{sub}, $ann->{_id}, 'the token names the user');
is($claims->{id}, $ann->{_id}, 'under the old name too');
is($claims->{role}, 'pupil', 'with his role');
is($claims->{exp} - $claims->{iat}, 900, 'for 15 minutes');
like($claims->{sid}, qr/\A[0-9a-f]{24}\z/, 'and its sign-in');
like($r->{json}{refreshToken}, qr/\A[\w-]{43}\z/, 'a refresh token');

is(post('register', { email => 'ANN@example.org', password => 'secret',
    fullName => 'Other' })->{json}{code}, 'email_taken', 'an email is taken once');
is(post('register', { username => 'ANN.1', password => 'secret' })->{json}{code},
    'username_taken', 'so is a username');

$r = post('signup', { username => 'solo', password => 'secret' });
is($r->{status}, 201, 'a username is enough');
is($r->{json}{user}{fullName}, 'solo', 'and is the name then');
is(post('register', { email => 'x@y.org', password => 'secret',
    fullName => 'Jo van Dyk' })->{json}{user}{lastName}, 'van Dyk',
    'a name is split behind its first word');

$r = post('register', { email => 'x', username => '?', password => '12345',
    fullName => ' ', field => 'LAW', year => 9, phone => 'x', avatar => 'x' });
is($r->{status}, 400, 'what is wrong is 400');
is_deeply([ sort keys %{$r->{json}{fields}} ],
    [ qw(avatar email field fullName password phone username year) ],
    'and all of it is named at once');

$r = post('register', undef, body => 'email=form%40example.org&password=secret'
    . '&fullName=Fo+Rm', headers => { type => 'application/x-www-form-urlencoded' });
is($r->{json}{user}{fullName}, 'Fo Rm', 'a form is taken');

# The same job again, as after the death of the one that ran it first.
my $id = fresh_id();
my %again = (email => 'twice@example.org', password => 'secret',
    fullName => 'Twi Ce');
my @both = map { post('register', \%again, id => $id) } 1 .. 2;
is_deeply([ map { $_->{status} } @both ], [ 201, 201 ],
    'a job that runs twice succeeds twice');
is($back->mongo->count('users', { email => 'twice@example.org' }), 1,
    'and makes one user');
is(post('refresh', { refreshToken => $both[1]{json}{refreshToken} })->{status}, 200,
    'its last answer holds');


# ---- signing in -------------------------------------------------------------

my %login = (email => 'ann@example.org', password => 'secret');
$r = post('login', { %login, email => 'ANN@example.org ' });
is($r->{status}, 200, 'login by email');
is($r->{json}{user}{phone}, '+216 71', 'one sees one\'s own phone');
is(post('login', { username => 'Ann.1', password => 'secret' })->{status}, 200,
    'login by username');

my @wrong = map { post('login', $_) } { %login, password => 'Secret' },
    { %login, email => 'nobody@example.org' }, { %login, email => 'no email' },
    { username => 'nobody', password => 'secret' };
is_deeply([ map { "$_->{status} $_->{json}{code}" } @wrong ],
    [ ('401 invalid_credentials') x 4 ], 'wrong is 401');
is_deeply([ map { $_->{body} } @wrong ], [ ($wrong[0]{body}) x 4 ],
    'in the same words, whatever was wrong');

is_deeply([ sort keys %{post('login', {})->{json}{fields}} ], [ 'email' ],
    'what is missing is named');
is(post('login', { %login, password => { '$ne' => '' } })->{status}, 400,
    'an operator is no password');

$back->mongo->command(update => 'users', updates => [ { q => { username => 'solo' },
    u => { '$set' => { isActive => JSON::PP::false } } } ]);
is(post('login', { username => 'solo', password => 'secret' })->{json}{code},
    'account_inactive', 'who is not active stays out');


# ---- me ---------------------------------------------------------------------

sub sign_in {
    my $json = post('login', \%login)->{json};
    return { id => $json->{user}{_id}, token => $json->{token},
        refresh => $json->{refreshToken}, session => jwt_claims($json->{token})->{sid} };
}

sub me {
    my ($person) = @_;
    return $module->request('GET', '/api/auth/me', undef, $back->from($person));
}

my ($phone, $laptop) = (sign_in(), sign_in());
is(me($phone)->{json}{email}, 'ann@example.org', 'me');
isnt($phone->{session}, $laptop->{session}, 'each sign-in is one');
is($module->request('GET', '/api/auth/me')->{status}, 401, 'nobody is nobody');
is($module->request('GET', '/api/auth/check', undef, uid => fresh_id())->{status},
    401, 'nor is who was deleted');


# ---- refreshing -------------------------------------------------------------

my $first = $phone->{refresh};
$r = post('refresh', { refreshToken => $first });
is($r->{status}, 200, 'refresh');
is(jwt_claims($r->{json}{token})->{sid}, $phone->{session},
    'it stays the same sign-in');
is(me($phone)->{status}, 200, 'the sign-in stands');

$module->hear("user:$ann->{_id}");
is(post('refresh', { refreshToken => $first })->{json}{code},
    'invalid_refresh_token', 'used twice');
my $told = $module->told;
is($told->{flags}, 'c', 'its sockets are closed');
is($told->{headers}{'token-session'}, $phone->{session}, 'those of this sign-in');
is(me($phone)->{status}, 401, 'the sign-in is over');
is(me($laptop)->{status}, 200, 'the other is not');
is(post('refresh', { refreshToken => $r->{json}{refreshToken} })->{status}, 401,
    'the successor is worth nothing');

for my $token (undef, '', 'x' x 43, $laptop->{token}) {
    is(post('refresh', { refreshToken => $token })->{status}, 401,
        'no refresh token');
}

is(post('refresh', undef, headers => { cookie => $laptop->{refresh} })->{status},
    200, 'the cookie is as good as the body');

$id = fresh_id();
my $tablet = sign_in();
is_deeply([ map { post('refresh', { refreshToken => $tablet->{refresh} },
    id => $id)->{status} } 1 .. 2 ], [ 200, 200 ],
    'a refresh that runs twice is no reuse');


# ---- signing out ------------------------------------------------------------

$r = post('logout', undef, $back->from($laptop));
is($r->{status}, 200, 'logout');
like($r->{headers}{'set-cookie'}, qr/\Ajwt=; Max-Age=0/, 'the cookie is taken back');
ok($module->told(20, sub { ($_[0]{headers}{'token-session'} // '')
    eq $laptop->{session} }), 'its sockets are closed');
is(me($laptop)->{status}, 401, 'the sign-in is over');
is(me($tablet)->{status}, 200, 'another is not');

is(post('logout', { all => JSON::PP::true }, $back->from($tablet))->{status}, 200,
    'logout everywhere');
is($module->told(20, sub { !$_[0]{headers}{'token-session'} })->{flags}, 'c',
    'all sockets are closed');
is(me($tablet)->{status}, 401, 'no sign-in is left');
is(me(sign_in())->{status}, 200, 'a new one, in the same second, is good');
is(post('logout', { all => 'yes' }, uid => $ann->{_id})->{status}, 400,
    'all is true or false');

unlike($back->worker->log, qr/secret|\Q$first\E|correct horse/,
    'no password and no token is in the log');

done_testing();
