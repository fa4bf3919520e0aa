#!/usr/bin/perl

# A worker process may die at any instruction.  Killed under load, again and
# again: every send is answered, what was acknowledged is stored once and told
# once, in order, and seq has no gap.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id slot_of);
use Chat::Load;
use Chat::Stack;

use constant { KILLS => 4, BURST => 100 };

my $stack = Chat::Stack->new(lanes => [ 'default 2', 'read+auth 1' ],
    worker_processes => 2)->start;
my @people = $stack->people(qw(alice bob carol dave erin frank));
my $load = Chat::Load->new($stack,
    [ @people[0, 1] ], [ @people[2, 3] ], [ @people[4, 5] ]);

# Stops the process that holds the slot, if it has jobs of it at work.
sub catch {
    my ($slot) = @_;
    my $redis = $stack->redis;
    my $holder = $redis->cmd('GET', "chat:slot:default:$slot") // '';
    my ($pid) = grep { $holder =~ /\b$_\b/ } $stack->worker->children;

    return unless $pid;
    kill 'STOP', $pid;
    return $pid if $redis->in_hand($slot);
    kill 'CONT', $pid;
    return;
}

for my $kill (1 .. KILLS) {
    my $pair = $kill % 3;
    my $slot = slot_of(direct_id(map { $_->id } @people[2 * $pair, 2 * $pair + 1]));
    my $enough = $load->answered + BURST;
    my $pid;

    $load->write_at_once(BURST);
    $load->write_while(sub { !($pid = catch($slot)) });
    ok(kill('KILL', $pid), "kill $kill: a process with jobs at work");
    $load->write_while(sub { $load->answered < $enough });
}

$load->finish;

cmp_ok($load->answered, '>=', KILLS * BURST, 'the load went on');
is_deeply([ grep { !/\A(?:unavailable|timeout)\z/ } keys %{$load->codes} ], [],
    'what failed says that trying again may help');
$load->check('after the kills');

$load->repeat_failed;
$load->check('after what failed was sent again');
is($stack->redis->cmd('XLEN', 'chat:jobs:dead'), 0, 'no job was given up');

done_testing();
