#!/usr/bin/perl

# Above `fanout_limit` members an event goes to the conversation, once: what a
# session's beginning says of it, what is logged, which marks move; and who is
# online, said again to a session that goes on.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Backend;
use Chat::Bus qw(fresh_id);
use Chat::Mongo;
use Chat::Process qw(wait_until);

my $back = Chat::Backend->new(conf => "fanout_limit 3\n")->start;
my ($module, $redis) = ($back->module, $back->redis);
my @people = $back->people(qw(ann bob carl dora));
my ($ann, $bob) = map { $_->{id} } @people;
my $now = Chat::Mongo->date(time);
my %id = map { $_ => fresh_id() } qw(small large);

# As they are stored; the first three people are in the small one.
for my $name (keys %id) {
    my @members = @people[0 .. ($name eq 'small' ? 2 : 3)];
    $back->mongo->insert('conversations', { _id => Chat::Mongo->oid($id{$name}),
        type => 'group', name => $name, createdBy => Chat::Mongo->oid($ann),
        createdAt => $now, updatedAt => $now, lastMessageAt => $now,
        lastSeq => { '$numberLong' => '0' },
        members => [ map { { user => Chat::Mongo->oid($_->{id}),
            role => 'member', readSeq => { '$numberLong' => '0' },
            deliveredSeq => { '$numberLong' => '0' },
            joinedSeq => { '$numberLong' => '0' }, joinedAt => $now,
            muted => JSON::PP::false } } @members ] });
}

sub write_in {
    my ($name) = @_;
    my $r = $module->request('POST', "/api/conversations/$id{$name}/messages",
        { text => 'hello' }, uid => $ann);
    is($r->{status}, 201, "written in the $name one");
}

sub session {
    my ($person, $state) = @_;
    my %from = $back->from($person);
    return $module->open_session($person->{id},
        headers => { %{$from{headers}}, state => $state });
}

sub members { join ' ', sort @{$redis->cmd('SMEMBERS', $_[0])} }


# ---- a session's beginning --------------------------------------------------

# workers that have just begun answer 503 until all slots are known
my $r;
wait_until('a session', 20,
    sub { ($r = session($people[1], 'open'))->{status} == 200 });
is($r->{headers}{channels}, $id{large}, 'a session is told what is large');
is(members("chat:hears:$bob"), $id{large}, '… and Redis keeps it');
is($redis->cmd('XLEN', "chat:log:conv:$id{large}"), 1, '… and begins its log');
is($redis->cmd('EXISTS', "chat:log:conv:$id{small}"), 0, 'a small one has none');
is($redis->cmd('PEXPIRETIME', "chat:hears:$bob"),
    $redis->cmd('PEXPIRETIME', "chat:log:$bob"), 'it lives as long as his log');
my $offset = $r->{headers}{offset};


# ---- a message --------------------------------------------------------------

$module->hear("conv:$id{large}", "conv:$id{small}", map { "user:$_->{id}" } @people);

write_in('large');
my $event = $module->told(20);
is($event->{channel}, "conv:$id{large}", 'told once, on its channel');
is($event->{flags}, '-', 'no delivery is to be reported');
is($event->{seq}, 1, 'it is numbered');
is($redis->cmd('XLEN', "chat:log:conv:$id{large}"), 2, 'logged once');
is($redis->cmd('XLEN', "chat:log:$bob"), 1, 'and for nobody else');

write_in('small');
my %told = map { $module->told(20)->{channel} => 1 } 1 .. 3;
is_deeply(\%told, { map { ("user:$_->{id}" => 1) } @people[0 .. 2] },
    'a small one is told to each member, and the large one to none');

$module->delivered([ $id{large}, $bob, 1 ], [ $id{large}, $ann, 1 ]);
$r = $module->request('POST', "/api/conversations/$id{large}/read", {},
    uid => $bob);
is($r->{json}{readSeq}, 1, 'who has read it is known');
is(join(' ', grep { /^d:/ } keys %{$redis->hash("chat:marks:$id{large}")}), '',
    'whom it was delivered to is not');


# ---- what was missed --------------------------------------------------------

my ($missed) = @{$redis->cmd('FCALL', 'chat_v1_read', 0, 'chat:', $bob, $offset,
    100_000)};
is(join(' ', map { /\["([a-z-]+)"/ } @$missed),
    'new-message new-message message-status', 'both logs are read, in order');
my @n = map { /^\d+\.(\d+) / } @$missed;
is("@n", join(' ', sort { $a <=> $b } @n), '… by their offsets');


# ---- sessions that go on ----------------------------------------------------

$module->presence($ann, 1);
wait_until('ann to be online', 20,
    sub { $redis->cmd('SISMEMBER', 'chat:online', $ann) });
$r = session($people[1], 'again');
is($r->{status}, 200, 'asked again');
is_deeply($r->{packets}, [ [ 'online-users', [ $ann ] ] ], 'who is online, alone');
is($r->{headers}{offset}, undef, 'nothing else begins');

$r = session($people[1], 'resume');
is($r->{headers}{channels}, $id{large}, 'a session that was recovered hears it too');
is($r->{packets}[0][1]{recovered}, JSON::PP::true(), '… and is told so');

done_testing();
