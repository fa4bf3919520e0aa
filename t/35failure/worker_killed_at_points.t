#!/usr/bin/perl

# A worker process dies between any two steps of a batch: what it had in hand is
# stored once, told once and answered, and others go on at once.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);

use Chat::Crowd;
use Chat::Faults;
use Chat::Rig;

use constant { SOME => 60, SECONDS_TO_GO_ON => 5, TIMES => 2 };

my $rig = Chat::Rig->new(faults => 1, worker_processes => 2,
    lanes => [ 'default 2', 'read+auth 1' ])->start;
my $crowd = Chat::Crowd->new($rig, people => 8, window => 8);
my $faults = Chat::Faults->new($rig, $crowd);

$crowd->some_more(SOME);

for my $name (grep { /^worker: killed when/ } $faults->names) {
    for (1 .. TIMES) {
        $crowd->run(until => sub { $rig->well });
        $faults->cause($name);
        my $start = time;
        $crowd->some_more(SOME);
        cmp_ok(time - $start, '<', SECONDS_TO_GO_ON,
            "$name: others went on at once");
    }
    $crowd->check($name);
}

is($rig->redis->cmd('XLEN', 'chat:jobs:dead'), 0, 'no job was given up');

done_testing();
