#!/usr/bin/perl

# A process of nginx is killed under load, again and again: its people come back
# to others and hear everything, those of the others notice nothing.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Crowd;
use Chat::Process qw(wait_until);
use Chat::Rig;
use Chat::ZoneLock;

use constant { SOME => 60, KILLS => 6, KILLS_INSIDE => 2 };

my $rig = Chat::Rig->new(worker_processes => 2,
    lanes => [ 'default 2', 'read+auth 1' ])->start;
my $nginx = Chat::ZoneLock::allow($rig->nginx);
my $crowd = Chat::Crowd->new($rig, people => 8, window => 8, tabs => 2);

for my $kill (1 .. KILLS) {
    $crowd->some_more(SOME);
    my ($victim, $other) = $nginx->workers;
    ok(kill('KILL', $victim), "kill $kill");
    $crowd->run(until => sub {
        my @now = $nginx->workers;
        @now == 2 && !grep { $_ == $victim } @now });
    is(scalar(grep { $_ == $other } $nginx->workers), 1, 'the other lives on');
}
$crowd->some_more(SOME);
$crowd->check('after the kills');


# ---- inside the zone's lock -------------------------------------------------

for my $kill (1 .. KILLS_INSIDE) {
    my ($victim) = $nginx->workers;
    Chat::ZoneLock::kill_inside($nginx, $victim);
    $crowd->run(until => sub { !grep { $_ == $victim } $nginx->workers });
    $crowd->some_more(SOME);
    $crowd->check("kill $kill inside the lock");
}
$nginx->wait_log(qr/died while it changed the zone/);

# who was online there is offline, if he does not come back
my $incarnations = sub { scalar @{$rig->redis->cmd('SMEMBERS', 'chat:nodes')} };
wait_until('the dead to be forgotten', 30, sub { $incarnations->() == 2 });
pass('dead processes are forgotten');

done_testing();
