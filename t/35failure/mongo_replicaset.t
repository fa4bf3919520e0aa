#!/usr/bin/perl

# A replica set of three whose primary steps down and is killed, again and again:
# nothing that was acknowledged is lost, nothing is doubled.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Crowd;
use Chat::MongoSet;
use Chat::Rig;

use constant { SOME => 60, ROUNDS => 3 };

my $rig = Chat::Rig->new(mongo => Chat::MongoSet->new, worker_processes => 2,
    lanes => [ 'default 2', 'read+auth 1' ])->start;
my $mongo = $rig->mongo;
my $crowd = Chat::Crowd->new($rig, people => 6, window => 8);

for my $round (1 .. ROUNDS) {
    $crowd->some_more(SOME);
    $mongo->step_down;
    $crowd->some_more(SOME);
    my $member = $mongo->kill_primary;
    $crowd->some_more(SOME);
    $mongo->start_member($member);
    $crowd->check("round $round");
}

is($rig->redis->cmd('XLEN', 'chat:jobs:dead'), 0, 'no job was given up');

done_testing();
