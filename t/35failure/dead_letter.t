#!/usr/bin/perl

# A job that kills every process that takes it is given up after five times,
# alone: those around it are done, and its sender hears that it failed.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id slot_of);
use Chat::Crowd;
use Chat::Rig;

my $rig = Chat::Rig->new(faults => 1,
    lanes => [ 'default 2', 'read+auth 1' ])->start;
my ($eve, $mallory) = $rig->people(qw(eve mallory));
my $crowd = Chat::Crowd->new($rig, people => 6);
my $socket = $rig->socket($eve);
my $slot = slot_of(direct_id($eve->id, $mallory->id));

$crowd->some_more(50);
$rig->fault('running kill always POISON');
my $ack = $socket->emit_ack('send-message',
    { to => $mallory->id, text => 'POISON' });

$crowd->run(until => sub { $socket->answered($ack) });
my $answer = $socket->answer($ack);
ok(!$answer->{ok}, 'the sender hears that it failed');
is($answer->{error}{code}, 'internal', 'by no fault of his');

my $dead = $rig->redis->cmd('XRANGE', 'chat:jobs:dead', '-', '+');
is(scalar @$dead, 1, 'one job was given up');
like($dead->[0][1][1], qr/POISON/, 'this one');
is($rig->mongo->count('messages', { text => 'POISON' }), 0, 'it is not stored');

$crowd->some_more(50);
$rig->no_fault;
$crowd->check('around it');

is($rig->redis->cmd('XLEN', 'chat:jobs:dead'), 1, 'it stayed alone');
ok($socket->call('send-message', { to => $mallory->id, text => 'fine' })->{ok},
    'the same conversation goes on');

done_testing();
