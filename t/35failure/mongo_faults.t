#!/usr/bin/perl

# MongoDB is stopped, killed, frozen, cut off, says that it is not sure, refuses
# one message of a batch: nothing acknowledged is lost, nothing is doubled, no
# job is given up, and all is well again by itself.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Crowd;
use Chat::Faults;
use Chat::Rig;

use constant SOME => 60;

my $rig = Chat::Rig->new(wires => [ 'mongo' ], worker_processes => 2,
    mongod => [ '--setParameter', 'enableTestCommands=1' ],
    lanes => [ 'default 2', 'read+auth 1' ])->start;
my ($eve, $mallory) = $rig->people(qw(eve mallory));
my $crowd = Chat::Crowd->new($rig, people => 8, window => 8);
my $faults = Chat::Faults->new($rig, $crowd);

for my $name (grep { /^mongo:/ } $faults->names) {
    $crowd->some_more(SOME);
    $faults->cause($name);
    $crowd->some_more(SOME);
    $crowd->check($name);
}


# ---- one message of a batch is refused --------------------------------------

$rig->mongo->command(collMod => 'messages',
    validator => { text => { '$ne' => 'REFUSED' } });

my $socket = $rig->socket($eve);
my @acks = map { $socket->emit_ack('send-message',
    { to => $mallory->id, text => $_ }) } 'one', 'REFUSED', 'two', 'three';
$crowd->some_more(SOME);
my @answers = map { $socket->answer($_) } @acks;

is_deeply([ map { $_->{ok} ? 1 : 0 } @answers ], [ 1, 0, 1, 1 ],
    'one is refused, its neighbours are not');
is_deeply([ map { $_->{message}{seq} } @answers[0, 2, 3] ], [ 1, 2, 3 ],
    'and leaves no gap');
is($rig->redis->cmd('XLEN', 'chat:jobs:dead'), 0, 'no job was given up');
$crowd->check('one refused');

done_testing();
