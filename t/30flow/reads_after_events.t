#!/usr/bin/perl

# What was told is what is read afterwards: whoever asks REST, or opens a tab,
# at once after an event, sees at least what the event said.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id);
use Chat::Stack;

use constant ROUNDS => 30;

my $stack = Chat::Stack->new(worker_processes => 2)->start;
my ($alice, $bob) = $stack->people(qw(alice bob));
my ($sender, $receiver) = map { $stack->socket($_) } $alice, $bob;
my $conversation = direct_id($alice->id, $bob->id);

sub unread_by_rest {
    my ($line) = grep { $_->{_id} eq $alice->id }
        @{$bob->get('/api/messages/users')->{json}};
    return $line->{unreadCount};
}

sub unread_in_new_tab {
    my $tab = $stack->socket($bob);
    my $unread = $tab->event('authenticated')->{unread}{$conversation} // 0;
    $tab->close;
    return $unread;
}

# The status of the newest message, as the sender's history has it.
sub status_by_rest {
    return $alice->get('/api/messages/' . $bob->id . '?limit=1')
        ->{json}[0]{status};
}

my $expected = [ 1 .. ROUNDS ];
my (@rest, @tab);
for my $n (1 .. ROUNDS) {
    $sender->emit('send-message', { to => $bob->id, text => "unread $n" });
    $receiver->event('new-message', 20, sub { $_[0]{seq} == $n });
    push @{$n % 2 ? \@rest : \@tab},
        $n % 2 ? unread_by_rest() : unread_in_new_tab();
}
is_deeply(\@rest, [ grep { $_ % 2 } @$expected ],
    'after new-message the list of people counts it');
is_deeply(\@tab, [ grep { $_ % 2 == 0 } @$expected ],
    'and a new tab hears of it');

# What follows: read up to n, told to the sender and to the reader's other tab.
my $other = $stack->socket($bob);
my (@status, @unread);
for my $n (ROUNDS + 1 .. 2 * ROUNDS) {
    $sender->emit('send-message', { to => $bob->id, text => "read $n" });
    $receiver->event('new-message', 20, sub { $_[0]{seq} == $n });
    $receiver->emit('mark-as-read', { conversationId => $conversation, seq => $n });

    my ($who, $asks, $list) = $n % 2
        ? ($sender, \&status_by_rest, \@status)
        : ($other, $n % 4 ? \&unread_in_new_tab : \&unread_by_rest, \@unread);
    $who->event('message-status', 20,
        sub { $_[0]{status} eq 'read' && $_[0]{upToSeq} >= $n });
    push @$list, $asks->();
}
is_deeply(\@status, [ ('read') x @status ],
    'after message-status the history says read');
is_deeply(\@unread, [ (0) x @unread ],
    "after the reader's other tab was told, nothing is unread");

# Delivered, the same.
my $receipts = 0;
for my $n (2 * ROUNDS + 1 .. 2 * ROUNDS + 10) {
    $sender->emit('send-message', { to => $bob->id, text => "tick $n" });
    $sender->event('message-status', 20,
        sub { $_[0]{status} eq 'delivered' && $_[0]{upToSeq} >= $n });
    $receipts++ if status_by_rest() eq 'delivered';
}
is($receipts, 10, 'after delivered was told the history says delivered');

# What was acknowledged is in the sender's own history at once.
my $missing = 0;
for my $n (1 .. 10) {
    my $message = $sender->call('send-message',
        { to => $bob->id, text => "mine $n" })->{message};
    my $newest = $alice->get('/api/messages/' . $bob->id . '?limit=1')->{json}[0];
    $missing++ if $newest->{_id} ne $message->{_id};
}
is($missing, 0, 'what was acknowledged is in the history');

done_testing();
