#!/usr/bin/perl

# Marks are in Redis in the step that tells, in MongoDB a little later, and
# survive a Redis that forgets everything.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Backend;
use Chat::Bus qw(direct_id slot_of);
use Chat::Process qw(wait_until);

my $back = Chat::Backend->new->start;
my ($redis, $mongo, $module) = ($back->redis, $back->mongo, $back->module);
my $worker = $back->worker;
my ($ann, $bob, $carl) = map { $_->{id} } $back->people(qw(ann bob carl));
my $pair = direct_id($ann, $bob);

$module->hear("user:$ann", "user:$bob");

sub post {
    my ($to, $text) = @_;
    return $module->event($ann, 'send-message', { to => $to, text => $text })
        ->{message}{seq};
}

sub in_redis {
    my ($conversation) = @_;
    my $marks = $redis->hash("chat:marks:$conversation");
    return { map { $_ => $marks->{$_} } grep { !/^(?:at|v)$/ } keys %$marks };
}

sub in_mongo {
    my ($conversation) = @_;
    my $c = $mongo->find_one('conversations', { _id => $mongo->oid($conversation) })
        or return {};
    my %marks = (seq => 0 + $c->{lastSeq});
    for (@{$c->{members}}) {
        my $uid = $_->{user}{'$oid'};
        $marks{"r:$uid"} = 0 + $_->{readSeq} if $_->{readSeq};
        $marks{"d:$uid"} = 0 + $_->{deliveredSeq} if $_->{deliveredSeq};
    }
    return \%marks;
}

sub dirty {
    my ($conversation) = @_;
    return $redis->cmd('SISMEMBER', 'chat:dirty:' . slot_of($conversation),
        $conversation);
}

sub unread {
    my ($uid) = @_;
    my $list = $module->request('GET', '/api/conversations', undef, uid => $uid);
    my ($c) = grep { $_->{_id} eq $pair } @{$list->{json}};
    return $c->{unreadCount};
}


# ---- one that is made -------------------------------------------------------

post($bob, 'text 1');
is_deeply(in_redis($pair), { seq => 1, "r:$ann" => 1 },
    'in Redis when it was told');
ok(dirty($pair), 'MongoDB is to have them');
is(in_mongo($pair)->{seq}, 0, 'and has to wait: it was written a moment ago');
$worker->stop;
is(in_mongo($pair)->{seq}, 1, 'unless the worker ends');
$worker->start->wait_leases;


# ---- a quiet conversation ---------------------------------------------------

post($bob, "text $_") for 2 .. 3;
my %marks = (seq => 3, "r:$ann" => 3);
is_deeply(in_redis($pair), \%marks, 'in Redis when it was told');
is(unread($bob), 3, 'and read from there');

wait_until('MongoDB to have them', 5, sub { in_mongo($pair)->{seq} == 3 });
is_deeply(in_mongo($pair), \%marks, 'in MongoDB at once, it was quiet');
wait_until('it to be settled', 5, sub { !dirty($pair) });
ok($redis->cmd('PTTL', "chat:marks:$pair") > 0, 'Redis may forget them');


# ---- a busy one -------------------------------------------------------------

post($bob, 'text 4');
$module->event($bob, 'mark-as-read', { conversationId => $pair, seq => 2 });
$module->delivered([ $pair, $bob, 4 ]);
$module->told(20, sub { $_[0]{packets}[0][1]{status}
    && $_[0]{packets}[0][1]{status} eq 'delivered' });

%marks = (seq => 4, "r:$ann" => 4, "r:$bob" => 2, "d:$bob" => 4);
is_deeply(in_redis($pair), \%marks, 'in Redis when it was told, again');
is($redis->cmd('PTTL', "chat:marks:$pair"), -1, 'which may not forget them now');
is(in_mongo($pair)->{seq}, 3, 'MongoDB has to wait: it moved a moment ago');
is(unread($bob), 2, 'a reader has the greater of both');


# ---- another holder ---------------------------------------------------------

$worker->stop;
is_deeply(in_mongo($pair), \%marks, 'whoever ends writes what MongoDB lacks');
is($redis->cmd('SCARD', 'chat:dirty:' . slot_of($pair)), 0, 'nothing is left');

$worker->start->wait_leases;
post($bob, 'text 5');
$worker->allow(qr/died of signal 9/);
kill 'KILL', $worker->children;
wait_until('its successors to write it', 20, sub { in_mongo($pair)->{seq} == 5 });
pass('whoever takes over writes what was left');
$worker->wait_leases;


# ---- a Redis that forgets ---------------------------------------------------

sub next_epoch {
    my ($epoch) = @_;
    wait_until('another epoch', 20, sub {
        ($redis->cmd('HGET', 'chat:meta', 'epoch') // 0) > $epoch });
    $worker->wait_leases;
    $module->start;
    $module->hear("user:$bob");
}

post($bob, "text $_") for 6 .. 7;
$module->event($bob, 'mark-as-read', { conversationId => $pair, seq => 6 });
isnt(in_mongo($pair)->{seq}, 7, 'MongoDB does not have it');

my $epoch = $redis->cmd('HGET', 'chat:meta', 'epoch');
$redis->restart;
next_epoch($epoch);
wait_until('MongoDB to have them', 20, sub { in_mongo($pair)->{seq} == 7 });
%marks = (seq => 7, "r:$ann" => 7, "r:$bob" => 6, "d:$bob" => 6);
is_deeply(in_mongo($pair), \%marks, 'the holder put them back');
is(unread($bob), 1, 'nobody sees a difference');

# Gone for longer than a lease lasts: nobody holds the slot any more.
post($bob, 'text 8');
isnt(in_mongo($pair)->{seq}, 8, 'MongoDB does not have it, again');
$epoch = $redis->cmd('HGET', 'chat:meta', 'epoch');
$redis->stop;
wait_until('MongoDB to have them', 20, sub { in_mongo($pair)->{seq} == 8 });
pass('who loses a slot with Redis away writes what nobody else may have');
$redis->start;
next_epoch($epoch);

is(post($bob, 'text 9'), 9, 'seq goes on');
ok($module->told(20, sub { ($_[0]{packets}[0][1]{text} // '') eq 'text 9' }),
    'and is told');
is(post($carl, 'first'), 1, 'another conversation begins');

my @seqs = map { 0 + $_->{seq} } $mongo->find('messages',
    { conversationId => $mongo->oid($pair) }, sort => { seq => 1 });
is_deeply(\@seqs, [ 1 .. 9 ], 'without gap');

done_testing();
