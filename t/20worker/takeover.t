#!/usr/bin/perl

# Slots change hands: processes die, freeze, come and go.  What was taken is
# done once, told once and answered, in order.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Backend;
use Chat::Bus qw(direct_id slot_of);
use Chat::Process qw(wait_until);
use Chat::Worker;

use constant { SLOTS => 16, SOME => 200, LEASE_SECONDS => 5 };

my $back = Chat::Backend->new(lanes => [ 'default 2', 'read 1', 'auth 1' ])
    ->start;
my ($redis, $mongo, $module) = ($back->redis, $back->mongo, $back->module);
my $worker = $back->worker->allow(qr/died of signal 9/);
my ($ann, $bob) = map { $_->{id} } $back->people(qw(ann bob));
my $pair = direct_id($ann, $bob);
my $slot = slot_of($pair);
my $count = 0;
my @sent;

$module->hear("user:$bob");

sub holder { (split /\./, $redis->cmd('GET', "chat:slot:default:$slot") // '..')[-2] }

sub shares {
    my %shares;
    $shares{$redis->cmd('GET', "chat:slot:default:$_") // ''}++ for 0 .. SLOTS - 1;
    return join ' ', sort { $b <=> $a } values %shares;
}

sub left { $redis->cmd('XLEN', "chat:jobs:default:$slot") }

sub send_some {
    my ($n) = @_;
    push @sent, map { $module->event($ann, 'send-message', { to => $bob,
        text => 'text ' . ++$count }, wait => 0) } 1 .. $n;
}

# Everything sent so far was stored once, told once, in the order it was sent.
sub all_is_well {
    my ($name) = @_;
    my @messages = map { $module->reply($_)->{json}[0]{message} } @sent;
    my @seqs = map { $_->{seq} } @messages;
    my @told = map { $module->told(20)->{packets}[0][1]{_id} } @sent;

    is_deeply(\@seqs, [ $seqs[0] .. $seqs[0] + $#sent ],
        "$name: each answered, in order, without gap");
    is_deeply(\@told, [ map { $_->{_id} } @messages ], "$name: told once, in order");
    is($mongo->count('messages'), $count, "$name: stored once");
    wait_until("$name: nothing to be left", 10, sub { left() == 0 });
    @sent = ();
}


# ---- fair shares ------------------------------------------------------------

wait_until('half of the slots each', 10, sub { shares() eq '8 8' });
pass('two processes have half of the slots each');


# ---- a process is killed ----------------------------------------------------

send_some(SOME);
kill 'KILL', holder();
send_some(SOME);
all_is_well('killed');
wait_until('its successor to have a share', 10, sub { shares() eq '8 8' });
pass('another has its share');


# ---- a process is frozen ----------------------------------------------------

my $frozen = holder();
send_some(SOME);
kill 'STOP', $frozen;
wait_until('another to take over', 3 * LEASE_SECONDS,
    sub { holder() && holder() != $frozen });
send_some(SOME);
all_is_well('frozen past its lease');

kill 'CONT', $frozen;
send_some(SOME);
wait_until('it to have a share again', 10, sub { shares() eq '8 8' });
send_some(SOME);
all_is_well('awake again');


# ---- another worker comes and goes ------------------------------------------

my $second = Chat::Worker->new(redis => $redis, mongo => $mongo,
    key_file => $worker->{key_file}, lanes => [ 'default 2' ])->start;
send_some(SOME);
wait_until('a quarter each', 10, sub { shares() eq '4 4 4 4' });
send_some(SOME);
all_is_well('two more processes');

send_some(SOME);
$second->stop;
send_some(SOME);
wait_until('half each', 10, sub { shares() eq '8 8' });
all_is_well('two less');


# ---- all end, and come back -------------------------------------------------

send_some(SOME);
$worker->stop;
is(scalar(grep { $redis->cmd('EXISTS', "chat:slot:default:$_") } 0 .. SLOTS - 1),
    0, 'whoever ends leaves no lease behind');
is($redis->cmd('HLEN', 'chat:workers'), 0, 'nor an announcement');

send_some(SOME);
$worker->start;
all_is_well('stopped and started');

done_testing();
