#!/usr/bin/perl

# People are served by whatever nginx process the kernel gave them: messages,
# ticks and badges find every tab of everybody, and wait for who is away.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id);
use Chat::Stack;

my $stack = Chat::Stack->new(worker_processes => 4)->start;
my ($alice, $bob, $carol) = $stack->people(qw(alice bob carol));

# Four sockets in four processes: two people, two tabs each.
my ($writes, $also_writes, $hears, $also_hears)
    = $stack->sockets_apart($alice, $alice, $bob, $bob);
my $conversation = direct_id($alice->id, $bob->id);


# ---- two tabs each, in four processes ---------------------------------------

my $message = $writes->call('send-message',
    { to => $bob->id, text => 'to all tabs' })->{message};

is($_->[0]->event('new-message')->{_id}, $message->{_id}, "it is in $_->[1]")
    for [ $hears, "the recipient's tab" ], [ $also_hears, 'the other tab too' ],
        [ $also_writes, "the sender's other tab" ];

for my $tab ([ $writes, 'the sender' ], [ $also_writes, 'the other tab' ]) {
    my $told = $tab->[0]->event('message-status');
    is("$told->{status} $told->{upToSeq}", 'delivered 1',
        "$tab->[1] sees it delivered");
}

ok($hears->call('mark-as-read', { conversationId => $conversation, seq => 1 })
    ->{ok}, 'one tab reads it');

for my $tab ([ $writes, 'the sender' ], [ $also_writes, 'the other tab' ],
    [ $also_hears, "the reader's other tab" ])
{
    my $told = $tab->[0]->event('message-status', 20,
        sub { $_[0]{status} eq 'read' });
    is("$told->{userId} $told->{upToSeq}", $bob->id . ' 1',
        "$tab->[1] is told");
}

$hears->call('send-message', { to => $alice->id, text => 'and back' });
is($_->event('new-message')->{text}, 'and back', 'the way back')
    for $writes, $also_writes, $also_hears;

is($writes->count('new-message'), 0, 'a tab does not hear what it sent itself');


# ---- a recipient who is away ------------------------------------------------

my @sent = map { $writes->call('send-message',
    { to => $carol->id, text => "while away $_" })->{message} } 1 .. 5;
my $away = direct_id($alice->id, $carol->id);

is_deeply([ map { $_->{status} } @{$alice->get('/api/messages/' . $carol->id)
    ->{json}} ], [ ('sent') x 5 ], 'to somebody who is away: sent, no more');

my $tab = $stack->socket($carol);
is_deeply($tab->event('authenticated')->{unread}, { $away => 5 },
    'who comes hears how many are unread');
is_deeply([ map { $_->{text} } $tab->take_events('new-message', 5) ],
    [ map { $_->{text} } @sent ], 'and hears them, in order');

my $told = $writes->event('message-status', 20,
    sub { $_[0]{conversationId} eq $away && $_[0]{upToSeq} == 5 });
is($told->{status}, 'delivered', 'and the sender sees them delivered');

sub sidebar {
    my ($person, $other) = @_;
    my ($line) = grep { $_->{_id} eq $other->id }
        @{$person->get('/api/messages/users')->{json}};
    return $line;
}

my $line = sidebar($carol, $alice);
is($line->{unreadCount}, 5, 'the list of people counts them');
is($line->{lastMessage}{text}, 'while away 5', 'and shows the last');

$tab->call('mark-as-read', { userId => $alice->id });
is(sidebar($carol, $alice)->{unreadCount}, 0, 'read: none is unread');

my $later = $stack->socket($carol);
is_deeply($later->event('authenticated')->{unread}, {},
    'who comes later has nothing unread');
$later->event('online-users');
is($later->count('new-message'), 0, 'and is sent nothing again');

done_testing();
