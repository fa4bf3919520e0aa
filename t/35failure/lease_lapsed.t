#!/usr/bin/perl

# A holder is frozen past its lease and has it again when it wakes up, the next
# one having come and gone: what it had in hand is not what the next one left,
# so it tells nothing of it and begins anew.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id slot_of);
use Chat::Process qw(wait_until);
use Chat::Rig;

my $rig = Chat::Rig->new(faults => 1,
    lanes => [ 'default 1', 'read+auth 1' ])->start;
my ($redis, $mongo) = ($rig->redis, $rig->mongo);
my ($ann, $bob) = $rig->people(qw(ann bob));
my ($from, $to) = ($rig->socket($ann), $rig->socket($bob));
my $lease = 'chat:slot:default:' . slot_of(direct_id($ann->id, $bob->id));

$rig->fault('inserted stop once');
my $ack = $from->emit_ack('send-message', { to => $bob->id, text => 'frozen' });
wait_until('the insert', 20, sub {
    Chat::SocketIO::serve(0.01); $rig->fault_happened });
my $frozen = $rig->wait_stopped_child;
my $owner = $redis->cmd('GET', $lease);
wait_until('the lease to lapse', 20, sub { !$redis->cmd('GET', $lease) });

# the next holder
$mongo->update('messages', { text => 'frozen' },
    { '$set' => { text => 'as it was left' } });
$redis->cmd('SET', $lease, $owner, 'PX', 60_000);
kill 'CONT', $frozen;

is($to->event('new-message', 20)->{text}, 'as it was left', 'it looks again');
is($from->answer($ack)->{message}{text}, 'as it was left',
    'and answers what is so');

ok($from->call('send-message', { to => $bob->id, text => 'next' })->{ok},
    'the conversation goes on');
is_deeply([ map { $_->{text} } $to->event('new-message', 20) ], [ 'next' ],
    'nothing was told twice');

done_testing();
