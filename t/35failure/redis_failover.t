#!/usr/bin/perl

# Redis dies and its replica takes over, at an address that stays: people come
# back by themselves and hear everything.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Crowd;
use Chat::Redis;
use Chat::Rig;

use constant SOME => 100;

my $rig = Chat::Rig->new(redis => Chat::Redis->new(tcp => 1),
    wires => [ 'nginx', 'worker' ], worker_processes => 2,
    lanes => [ 'default 2', 'read+auth 1' ])->start;
my $crowd = Chat::Crowd->new($rig, people => 8, window => 8);

sub refused {
    my $failed = $crowd->failed;
    $crowd->run(until => sub { $crowd->failed > $failed + 10 });
}

for my $first ([ 'nginx', 'worker' ], [ 'worker', 'nginx' ]) {
    my $replica = $rig->replica;
    my $old = $rig->redis;

    $crowd->some_more(SOME);
    $crowd->history->epoch;
    $old->kill_hard;
    $rig->{redis} = $replica;

    # who comes too early finds no master
    $rig->point($replica, $first->[0]);
    refused();
    $replica->cmd('REPLICAOF', 'NO', 'ONE');
    $crowd->run(seconds => 1);
    $rig->point($replica, $first->[1]);
    $crowd->some_more(SOME);
    $crowd->check("$first->[0] first");
}


# ---- an orderly change of roles ---------------------------------------------

my $replica = $rig->replica;
my $old = $rig->redis;

$crowd->some_more(SOME);
$crowd->history->epoch;
$replica->cmd('REPLICAOF', 'NO', 'ONE');
$old->cmd('REPLICAOF', '127.0.0.1', $replica->{port});
$rig->{redis} = $replica;
$crowd->run(seconds => 2);
$rig->point($replica, 'nginx', 'worker');
$crowd->some_more(SOME);
$crowd->check('the old one is a replica');

is($rig->redis->cmd('XLEN', 'chat:jobs:dead'), 0, 'no job was given up');

done_testing();
