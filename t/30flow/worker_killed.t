#!/usr/bin/perl

# A worker process may die at any instruction.  Killed under load, again and
# again: every send is answered, what was acknowledged is stored once and told
# once, in order, and seq has no gap.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Load;
use Chat::Process qw(wait_until);
use Chat::Stack;

use constant { KILLS => 4, BETWEEN => 200 };

my $stack = Chat::Stack->new(lanes => [ 'default 2', 'read+auth 1' ],
    worker_processes => 2)->start;
my @people = $stack->people(qw(alice bob carol dave erin frank));
my $load = Chat::Load->new($stack,
    [ @people[0, 1] ], [ @people[2, 3] ], [ @people[4, 5] ]);

# Who holds a conversation's slot is at work on it.
sub holder_of_a_busy_slot {
    my $redis = $stack->redis;
    my ($busy) = sort { $redis->cmd('XLEN', "chat:jobs:default:$b")
        <=> $redis->cmd('XLEN', "chat:jobs:default:$a") } 0 .. 15;
    return $redis->cmd('GET', "chat:slot:default:$busy");
}

for my $kill (1 .. KILLS) {
    my $enough = $load->answered + BETWEEN;
    $load->write_while(sub { $load->answered < $enough });

    my %child = map { $_ => 1 } $stack->worker->children;
    my $holder = wait_until('a holder', 20, \&holder_of_a_busy_slot);
    my ($pid) = grep { $child{$_} } $holder =~ /(\d+)/g;
    ok($pid && kill('KILL', $pid), "kill $kill: a process that holds slots");
}

my $enough = $load->answered + BETWEEN;
$load->write_while(sub { $load->answered < $enough });
$load->finish;

cmp_ok($load->answered, '>=', (KILLS + 1) * BETWEEN, 'the load went on');
is_deeply([ grep { !/\A(?:unavailable|timeout)\z/ } keys %{$load->codes} ], [],
    'what failed says that trying again may help');
$load->check('after the kills');

$load->repeat_failed;
$load->check('after what failed was sent again');
is($stack->redis->cmd('XLEN', 'chat:jobs:dead'), 0, 'no job was given up');

done_testing();
