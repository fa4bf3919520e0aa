#!/usr/bin/perl

# 1,000 messages each way in one conversation, sent without waiting: there is
# one order for everybody, each sender's own is kept, seq has no gap.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Load;
use Chat::Stack;

use constant MESSAGES => 1000;

my $stack = Chat::Stack->new(worker_processes => 2)->start;
my @people = $stack->people(qw(alice bob));
my $load = Chat::Load->new($stack, \@people);

$load->write_at_once(MESSAGES);
$load->finish;

is($load->answered, 2 * MESSAGES, 'every send is acknowledged');
is_deeply($load->codes, {}, 'none failed');
$load->check('two at once');

# The history, page by page backwards, is the same again.
my ($before, @pages) = ('');
while (my @page = @{$people[0]->get('/api/messages/' . $people[1]->id
    . "?limit=200$before")->{json}})
{
    unshift @pages, map { $_->{seq} } @page;
    $before = "&before=$page[0]{seq}";
}
is_deeply(\@pages, [ 1 .. 2 * MESSAGES ], 'the pages of the history join');

done_testing();
