#!/usr/bin/perl

# MongoDB goes away under load, in an orderly way and by a blow, and comes back:
# meanwhile sends fail and say so, afterwards all is well by itself; nothing
# that was acknowledged is lost, and no job is given up.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Load;
use Chat::Process qw(wait_until);
use Chat::Stack;

use constant SOME => 100;

my $stack = Chat::Stack->new(own_mongo => 1)->start;
my @people = $stack->people(qw(alice bob carol dave));
my $load = Chat::Load->new($stack, [ @people[0, 1] ], [ @people[2, 3] ]);
my $mongo = $stack->mongo;

for my $how (qw(stop kill_hard)) {
    my ($answered, $failed) = ($load->answered, $load->failed);

    $load->write_at_once(SOME);
    $load->write_while(sub { $load->answered == $answered });
    $mongo->$how;
    $load->write_while(sub { $load->failed < $failed + 20 });
    cmp_ok($load->failed, '>', $failed, "$how: sends fail while it is away");

    my $r = wait_until("$how: 503", 30, sub {
        my $r = $people[0]->post('/api/messages',
            { to => $people[2]->id, text => 'refused' });
        $r->{status} == 503 && $r });
    is($r->{json}{code}, 'unavailable', "$how: REST says 503 with a code");
    ok($r->{headers}{'retry-after'}, "$how: and when to try again");

    $mongo->start;
    my $before = $load->answered;
    $load->write_while(sub { $load->answered < $before + SOME });
    pass("$how: it is back by itself");
}

$load->finish;
is_deeply([ grep { !/\A(?:unavailable|timeout)\z/ } keys %{$load->codes} ], [],
    'what failed says that trying again may help');
$load->check('after both');

$load->repeat_failed;
$load->check('after what failed was sent again');

$stack->wait_healthy;
is($stack->redis->cmd('XLEN', 'chat:jobs:dead'), 0, 'no job was given up');

done_testing();
