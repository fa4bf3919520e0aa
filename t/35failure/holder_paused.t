#!/usr/bin/perl

# A worker process is frozen between two steps of a batch until another has its
# slots and its jobs, and is woken: it tells nobody anything, the order of the
# new holder stands, seq has no gap and nothing is doubled.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Crowd;
use Chat::Faults;
use Chat::Rig;

use constant SOME => 60;

my $rig = Chat::Rig->new(faults => 1, worker_processes => 2,
    lanes => [ 'default 2', 'read+auth 1' ])->start;
my $crowd = Chat::Crowd->new($rig, people => 8, window => 8);
my $faults = Chat::Faults->new($rig, $crowd);

$crowd->some_more(SOME);

for my $name (grep { /^worker: paused when/ } $faults->names) {
    $faults->cause($name);
    $crowd->run(until => sub { $rig->well });
    $crowd->some_more(SOME);
    $crowd->check($name);
}

is($rig->redis->cmd('XLEN', 'chat:jobs:dead'), 0, 'no job was given up');

done_testing();
