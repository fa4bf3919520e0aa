#!/usr/bin/perl

# People: lists, searches, one, who is online; what one sees of others.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Backend;
use Chat::Process qw(wait_until);

my $back = Chat::Backend->new->start;
my $module = $back->module;
my @people = $back->people(qw(ann bob carl dora eve));
my ($ann, $bob, $carl) = @people;

sub get { $module->request('GET', $_[0], undef, uid => $ann->{id}, @_[1 .. $#_]) }
sub names { join ' ', map { (split ' ', $_->{fullName})[0] } @{$_[0]{json}} }

sub set {
    my ($person, %fields) = @_;
    $back->mongo->command(update => 'users', updates => [ {
        q => { _id => $back->mongo->oid($person->{id}) },
        u => { '$set' => \%fields } } ]);
}

set($people[$_], points => [ 5, 30, 20, 20, 40 ]->[$_]) for 0 .. 4;
set($bob, fullName => 'bob test', field => 'IRS');
set($carl, role => 'instructor', year => '3');


# ---- lists ------------------------------------------------------------------

is(names(get('/api/users')), 'Ann bob Carl Dora Eve',
    'all, by name as people sort');
is(names(get('/api/users?sort=-points')), 'Eve bob Carl Dora Ann',
    'by points, most first, equal ones by age');
is(names(get('/api/users?q=AR')), 'Carl', 'by a part of the name');
is(names(get('/api/users?q=.*')), '', 'what is typed is no pattern');
is(names(get('/api/users?q=b%20t')), 'bob', 'over a space');
is(names(get('/api/users?role=instructor')), 'Carl', 'by role');
is(names(get('/api/users?field=IRS&role=member')), 'bob', 'by two');
is(names(get('/api/users?year=3')), 'Carl', 'by year');

for my $sort ('name', '-points') {
    my ($path, @pages) = "/api/users?limit=2&sort=$sort";

    while ($path && @pages < 5) {
        my $r = get($path);
        push @pages, names($r);
        ($path) = ($r->{headers}{link} // '') =~ /\A<([^>]+)>; rel="next"\z/;
    }
    is(join('|', @pages), $sort eq 'name' ? 'Ann bob|Carl Dora|Eve'
        : 'Eve bob|Carl Dora|Ann', "in pages, by $sort");
}

is(get("/api/users?$_")->{status}, 400, $_)
    for 'limit=0', 'limit=x', 'sort=email', 'after=x', 'q=%ff', 'q=' . 'x' x 101;
is($module->request('GET', '/api/users')->{status}, 401, 'for users only');


# ---- one --------------------------------------------------------------------

is(get("/api/users/$bob->{id}")->{json}{fullName}, 'bob test', 'one');
is(get('/api/users/' . uc $bob->{id})->{json}{_id}, $bob->{id},
    'ids may be in upper case');
is(get("/api/users/$_")->{status}, 404, "nobody: $_")
    for 'f' x 24, 'bob', '%24ne', '..%2fx';

my @private = qw(email lastLogin password tokensValidAfter);
is_deeply([ grep { exists get("/api/users/$bob->{id}")->{json}{$_} } @private ],
    [], 'of others one sees no address');
ok(get("/api/users/$ann->{id}")->{json}{email}, 'but one\'s own');
ok(get("/api/users/$bob->{id}", headers => { role => 'admin' })->{json}{email},
    'an administrator sees it');

set($bob, isActive => JSON::PP::false);
unlike(names(get('/api/users')), qr/bob/, 'who is not active is not listed');


# ---- who is online ----------------------------------------------------------

sub online {
    my ($ids) = @_;
    return { map { $_->{userId} => $_->{online} ? 1 : 0 }
        @{get("/api/users/online?ids=$ids")->{json}} };
}

my $asked = join ',', $bob->{id}, $carl->{id}, 'f' x 24, 'x!';
is_deeply(online($asked), { $bob->{id} => 0, $carl->{id} => 0 },
    'nobody is, and who does not exist is left out');

$module->presence($carl->{id}, 1);
wait_until('Carl to be online', 20, sub { online($asked)->{$carl->{id}} });
is(online($asked)->{$bob->{id}}, 0, 'one is, the other is not');
ok((grep { $_->{online} } @{get('/api/users')->{json}}) == 1,
    'lists say so too');

is(get('/api/users/online')->{status}, 400, 'ids are needed');
is(get('/api/users/online?ids=' . join ',', map { sprintf '%024x', $_ } 1 .. 201)
    ->{status}, 400, 'and not more than 200');


# ---- methods and paths ------------------------------------------------------

is($module->request('HEAD', '/api/users', undef, uid => $ann->{id})->{status}, 200,
    'HEAD is GET');
is($module->request('PATCH', '/api/users', undef, uid => $ann->{id},
    lane => 'default')->{status}, 405, 'another method: 405');
is(get($_)->{status}, 404, "no such path: $_")
    for '/api/users/', "/api/users/$bob->{id}/x", '/api', '/api/usersx';

done_testing();
