#!/usr/bin/perl

# One message, all the way: two people register and log in, one writes, the
# other sees it at once, MongoDB has it, the history shows it, and the sender
# sees it sent, delivered, read.

use warnings;
use strict;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id);
use Chat::Process qw(wait_until);
use Chat::Stack;

use constant TEXT => "\"Hello\" <b>Bob</b> \\ café 👋\nsecond line";

my $stack = Chat::Stack->new->start;

$stack->people(qw(alice bob));
my ($alice, $bob) = map { $stack->http->login($_) } qw(alice bob);
my ($sender, $receiver) = map { $stack->socket($_) } $alice, $bob;
my $conversation = direct_id($alice->id, $bob->id);


# ---- connecting -------------------------------------------------------------

my $hello = $sender->event('authenticated');
is($hello->{user}{_id}, $alice->id, 'authenticated names the user');
ok(!$hello->{recovered}, 'a first connection is no recovered one');
is_deeply($hello->{unread}, {}, 'nothing is unread');
like($hello->{expiresAt}, qr/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z/,
    'it says when the token expires');
is_deeply($sender->event('online-users'), [], 'nobody known is online');


# ---- sending ----------------------------------------------------------------

my $answer = $sender->call('send-message',
    { to => $bob->id, text => TEXT, clientId => 'first' });
my $message = $answer->{message};
my %expected = (conversationId => $conversation, seq => 1,
    senderId => $alice->id, receiverId => $bob->id, text => TEXT,
    type => 'text', clientId => 'first', status => 'sent');

ok($answer->{ok}, 'the send is acknowledged');
is_deeply({ map { $_ => $message->{$_} } keys %expected }, \%expected,
    'with the whole message');
like($message->{_id}, qr/\A[0-9a-f]{24}\z/, 'its id is 24 hex digits');
is_deeply($receiver->event('new-message'), $message,
    'the other sees the very same');


# ---- kept -------------------------------------------------------------------

my $stored = $stack->mongo->find_one('messages',
    { _id => $stack->mongo->oid($message->{_id}) });

is($stored->{text}, TEXT, 'MongoDB has it');
is($stored->{seq}, 1, 'with its seq');
is($stored->{conversationId}{'$oid'}, $conversation, 'in its conversation');


# ---- sent, delivered, read --------------------------------------------------

for my $step (
    [ delivered => sub { } ],
    [ read => sub { $receiver->call('mark-as-read',
        { conversationId => $conversation, seq => 1 }) } ])
{
    my ($status, $action) = @$step;

    $action->();
    my $told = $sender->event('message-status');
    is_deeply({ map { $_ => $told->{$_} } qw(conversationId status userId upToSeq) },
        { conversationId => $conversation, status => $status,
          userId => $bob->id, upToSeq => 1 }, "the sender sees it $status");

    for ([ $alice, $bob ], [ $bob, $alice ]) {
        my ($reader, $other) = @$_;
        my $history = $reader->get('/api/messages/' . $other->id)->{json};
        is(scalar @$history, 1, 'the history has one message');
        is($history->[0]{text}, TEXT, 'this one');
        is($history->[0]{status}, $status, "as $status");
    }
}

# Written behind: those of a quiet conversation at once, later ones every 30 s.
my $marks = wait_until('the marks in MongoDB', 45, sub {
    my $doc = $stack->mongo->find_one('conversations',
        { _id => $stack->mongo->oid($conversation) });
    my ($member) = grep { $_->{user}{'$oid'} eq $bob->id } @{$doc->{members}};
    return $doc->{lastSeq} && $member->{readSeq} && $doc;
});

is($marks->{lastSeq}, 1, 'MongoDB has a copy of the marks');

done_testing();
