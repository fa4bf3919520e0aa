#!/usr/bin/perl

# Redis holds nothing that must last: it goes away, comes back empty, and
# everybody comes back, finds the history, the unread and the marks as they
# were, and goes on writing.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id);
use Chat::Process qw(wait_until);
use Chat::Stack;

use constant EACH => 20;

my $stack = Chat::Stack->new(worker_processes => 2)->start;
my ($alice, $bob) = $stack->people(qw(alice bob));
my $conversation = direct_id($alice->id, $bob->id);
my ($read, $last) = (0, 0);

sub history { $_[0]->get('/api/messages/' . $bob->id . '?limit=200')->{json} }

# As clients do: a session that cannot begin yet is closed, not refused.
sub come_back {
    my ($person) = @_;
    return wait_until('a socket to come back', 20, sub {
        eval { $stack->socket($person) } });
}

for my $how (qw(stop kill_hard)) {
    my ($writer, $reader) = map { $stack->socket($_) } $alice, $bob;

    ok($writer->call('send-message', { to => $bob->id, text => "$how $_" })
        ->{ok}, "$how: sent") for 1 .. EACH;
    $last += EACH;
    $read = $last - 5;
    ok($reader->call('mark-as-read',
        { conversationId => $conversation, seq => $read })->{ok},
        "$how: all but five are read");

    $stack->redis->$how;
    my $r = wait_until("$how: 503", 20, sub {
        my $r = $alice->post('/api/messages', { to => $bob->id, text => 'no' });
        $r->{status} == 503 && $r });
    ok($r->{headers}{'retry-after'}, "$how: without Redis 503 and when to try again");
    is($alice->get('/api/health')->{status}, 503, "$how: health says so");

    $stack->redis->start;
    $stack->wait_healthy;
    $_->wait_closed(30) for $writer, $reader;
    pass("$how: the sockets were closed, to come back");

    my ($again, $also) = map { come_back($_) } $alice, $bob;
    my $hello = $also->event('authenticated');
    ok(!$hello->{recovered}, "$how: a fresh session");
    is_deeply($hello->{unread}, { $conversation => 5 },
        "$how: what was unread is unread");
    is_deeply([ map { $_->{seq} } $also->take_events('new-message', 5) ],
        [ $read + 1 .. $last ], "$how: and is sent");

    my $history = history($alice);
    is_deeply([ map { $_->{seq} } @$history ], [ 1 .. $last ],
        "$how: the history is whole");
    is(scalar(grep { $_->{status} eq 'read' } @$history), $read,
        "$how: and its ticks");

    my $message = $again->call('send-message',
        { to => $bob->id, text => 'after' })->{message};
    is($message->{seq}, ++$last, "$how: writing goes on where it was");
    is($also->event('new-message')->{_id}, $message->{_id}, "$how: and is heard");
    $also->call('mark-as-read', { conversationId => $conversation });
    $_->close for $again, $also;
}

done_testing();
