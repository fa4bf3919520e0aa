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
use Chat::Process qw(wait_until);
use Chat::Stack;

use constant { KILLS => 4, BURST => 100 };

my $stack = Chat::Stack->new(lanes => [ 'default 2', 'read+auth 1' ],
    worker_processes => 2)->start;
my @people = $stack->people(qw(alice bob carol dave erin frank));
my $load = Chat::Load->new($stack,
    [ @people[0, 1] ], [ @people[2, 3] ], [ @people[4, 5] ]);

# The process that holds the slot of one of the conversations.
sub holder {
    my ($slot) = @_;
    my $holder = $stack->redis->cmd('GET', "chat:slot:default:$slot") // '';
    return (grep { $holder =~ /\b$_\b/ } $stack->worker->children)[0];
}

for my $kill (1 .. KILLS) {
    my $pair = $kill % 3;
    my $slot = slot_of(direct_id(map { $_->id } @people[2 * $pair, 2 * $pair + 1]));
    my $pid = wait_until('a holder', 20, sub { holder($slot) });

    # One answer has come: the other jobs of the burst are at work.
    my $answered = $load->answered;
    $load->write_at_once(BURST);
    $load->write_while(sub { $load->answered == $answered });
    ok(kill('KILL', $pid), "kill $kill: a process at work");
    $load->write_while(sub { $load->answered < $answered + BURST });
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
