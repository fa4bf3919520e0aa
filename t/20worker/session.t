#!/usr/bin/perl

# The beginning of a session: who is let in, and what he is told.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Backend;
use Chat::Bus qw(direct_id fresh_id);
use Chat::Process qw(wait_until);

my $back = Chat::Backend->new->start;
my $module = $back->module;
my ($ann, $bob, $carl) = $back->people(qw(ann bob carl));
my ($with_bob, $with_carl) = map { direct_id($ann->{id}, $_->{id}) } $bob, $carl;

sub open_as {
    my ($person, %more) = @_;
    my %from = $back->from($person);
    return $module->open_session($person->{id},
        headers => { %{$from{headers}}, %more });
}

sub send_to {
    my ($from, $to, $text) = @_;
    return $module->request('POST', '/api/messages',
        { to => $to->{id}, text => $text }, uid => $from->{id})->{json};
}


# ---- a first session --------------------------------------------------------

my $r = open_as($ann);
my ($hello, $online) = @{$r->{packets}};

is($r->{status}, 200, 'let in');
is(scalar @{$r->{packets}}, 2, 'and told two things');
is($hello->[0], 'authenticated', 'authenticated');
is($hello->[1]{user}{_id}, $ann->{id}, 'who one is');
is($hello->[1]{user}{email}, 'ann@example.org', 'with one\'s own address');
ok(defined $hello->[1]{recovered} && !$hello->[1]{recovered}, 'not recovered');
like($hello->[1]{expiresAt}, qr/\A\d{4}-.*Z\z/, 'until when');
is_deeply($hello->[1]{unread}, {}, 'nothing unread');
is_deeply($online, [ 'online-users', [] ], 'nobody online');
like($r->{headers}{offset}, qr/\A\d+\.\d+\z/, 'from where it hears live');
ok($back->redis->cmd('EXISTS', "chat:log:$ann->{id}"), 'the log has begun');


# ---- with unread messages ---------------------------------------------------

my @sent = map { send_to($_ % 3 ? $bob : $carl, $ann, "text $_") } 1 .. 6;
send_to($ann, $bob, 'read by writing');
push @sent, send_to($bob, $ann, 'and again');

$r = open_as($ann);
my @unread = grep { $_->{senderId} eq $carl->{id} || $_->{seq} == 6 } @sent;
is_deeply($r->{packets}[0][1]{unread}, { $with_bob => 1, $with_carl => 2 },
    'what is unread is counted');
is_deeply([ map { [ $_->[0], $_->[1]{_id} ] } @{$r->{packets}}[2 .. 4] ],
    [ map { [ 'new-message', $_->{_id} ] } @unread ],
    'and sent, in order, without what was written before one\'s own');
is(scalar @{$r->{packets}}, 5, 'nothing else');
is($r->{headers}{deliver}, join(',', map { "$_->{conversationId}:$_->{seq}" }
    @unread), 'its delivery is to be reported');
is_deeply($r->{packets}[4][1], { %{$sent[-1]} }, 'as it was told');

$module->request('POST', "/api/messages/$carl->{id}/read", {}, uid => $ann->{id});
is_deeply(open_as($ann)->{packets}[0][1]{unread}, { $with_bob => 1 },
    'what was read is not');


# ---- more than can be sent at once ------------------------------------------

my @ids = map { $module->request('POST', '/api/messages',
    { to => $ann->{id}, text => "$_" }, uid => $carl->{id}, wait => 0) } 1 .. 210;
$module->reply($_) for @ids;

$r = open_as($ann);
is($r->{packets}[0][1]{unread}{$with_carl}, 210, 'all are counted');
is_deeply([ map { $_->[1]{seq} } @{$r->{packets}}[2 .. $#{$r->{packets}}] ],
    [ 13 .. 212 ], 'the newest 200 are sent, in order');


# ---- who is online ----------------------------------------------------------

my $dora = $back->people('dora');
$module->presence($_->{id}, 1) for $bob, $dora;

wait_until('Bob to be online', 20, sub {
    my $who = open_as($ann)->{packets}[1][1];
    return @$who ? is_deeply($who, [ $bob->{id} ],
        'of those one has a conversation with') : 0;
});
is_deeply(open_as($dora)->{packets}[1][1], [], 'a stranger hears of nobody');


# ---- going on, ending -------------------------------------------------------

$r = open_as($ann, state => 'resume');
is($r->{status}, 200, 'a session that goes on');
ok($r->{packets}[0][1]{recovered}, 'is told so');
is_deeply($r->{packets}[1], [ 'online-users', [ $bob->{id} ] ],
    'who is online is said again');
is(scalar @{$r->{packets}}, 2, 'what is unread it has');
is($r->{headers}{offset}, undef, 'and its place in the log');
is(open_as($ann, state => 'close')->{status}, 200, 'the end of one');
is(open_as($ann, state => 'x')->{status}, 400, 'what is none of these');


# ---- who is not let in ------------------------------------------------------

my %from = $back->from($carl);
$module->request('POST', '/api/auth/logout', undef, %from);
is(open_as($carl)->{status}, 401, 'who signed out');
is(open_as($carl, 'token-session' => 'of-another-issuer')->{status}, 200,
    'the sign-ins of other issuers are not ours to judge');
is(open_as($bob, iat => 1)->{status}, 200, 'an old token');

%from = $back->from($bob);
$module->request('POST', '/api/auth/logout', { all => JSON::PP::true }, %from);
is(open_as($bob, 'token-session' => undef)->{status}, 401,
    'an old token, after signing out everywhere');

$back->mongo->command(update => 'users', updates => [ {
    q => { _id => $back->mongo->oid($ann->{id}) },
    u => { '$set' => { isActive => JSON::PP::false } } } ]);
$r = open_as($ann);
is($r->{status}, 401, 'who was disabled');
is_deeply($r->{packets}, [], 'is told nothing');
is($module->open_session(fresh_id())->{status}, 401, 'who does not exist');

done_testing();
