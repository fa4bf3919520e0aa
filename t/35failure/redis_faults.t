#!/usr/bin/perl

# Redis restarts empty, comes back with what it knew a while ago, dies together
# with workers, is full, is slow: people come back by themselves and hear
# everything.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Crowd;
use Chat::Faults;
use Chat::Rig;

use constant SOME => 60;

my $rig = Chat::Rig->new(wires => [ 'nginx', 'worker' ], worker_processes => 2,
    lanes => [ 'default 2', 'read+auth 1' ])->start;
my $redis = $rig->redis;
my $crowd = Chat::Crowd->new($rig, people => 8, window => 8);
my $faults = Chat::Faults->new($rig, $crowd);

for my $name (grep { /^redis:/ && !/cut|lost|silent/ } $faults->names) {
    $crowd->some_more(SOME);
    $faults->cause($name);
    $crowd->some_more(SOME);
    $crowd->check($name);
}

is($redis->cmd('XLEN', 'chat:jobs:dead'), 0, 'no job was given up');

done_testing();
