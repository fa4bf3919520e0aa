#!/usr/bin/perl

# Who is online: one knows it of those one shares a conversation with, over all
# their tabs and nginx processes, and who is back within the grace never left.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Process qw(wait_until);
use Chat::Stack;

my $stack = Chat::Stack->new(worker_processes => 4,
    worker => "presence_grace 2s\n")->start;
my ($alice, $bob, $carol, $dave) = $stack->people(qw(alice bob carol dave));

# Alice knows Bob and Carol; nobody knows Dave.
$alice->post('/api/messages', { to => $_->id, text => 'hello' }) for $bob, $carol;

my $watcher = $stack->socket($alice);
my $stranger = $stack->socket($dave);
is_deeply($watcher->event('online-users'), [], 'at first nobody is there');

sub online_by_rest {
    my ($person) = @_;
    my ($line) = grep { $_->{_id} eq $person->id }
        @{$carol->get('/api/users')->{json}};
    return $line->{online} ? 1 : 0;
}

# A coming is counted a moment after the connection.
wait_until('Alice to be online', 20, sub { online_by_rest($alice) });


# ---- coming -----------------------------------------------------------------

my @tabs = $stack->sockets_apart($bob, $bob);
is($watcher->event('user-online')->{userId}, $bob->id, 'Bob came');
is_deeply($tabs[0]->event('online-users'), [ $alice->id ],
    'and hears whom of those he knows he finds');
is(online_by_rest($bob), 1, 'REST says so');

my $third = $stack->socket($carol);
is($watcher->event('user-online')->{userId}, $carol->id,
    'a second tab is no second coming: Carol is next');
is_deeply([ sort @{$stack->socket($alice)->event('online-users')} ],
    [ sort $bob->id, $carol->id ], 'who comes later hears of both');


# ---- going ------------------------------------------------------------------

# Bob closes one tab, Carol her only one, which ends later: had Bob been taken
# for gone, that would have been told first.
$tabs[0]->close;
$third->close;
my $told = $watcher->event('user-offline');
is($told->{userId}, $carol->id, 'Carol went, Bob has a tab left');
like($told->{lastSeen}, qr/\A\d{4}-\d\d-\d\dT/, 'it says when');
is(online_by_rest($carol), 0, 'REST says that she is away');
is(online_by_rest($bob), 1, 'and that he is there');

# Back within the grace: only Carol's coming and going is told.
$third = $stack->socket($carol);
is($watcher->event('user-online')->{userId}, $carol->id, 'Carol is back');
$tabs[1]->close;
my $back = $stack->socket($bob);
$third->close;
is($watcher->event('user-offline')->{userId}, $carol->id, 'Carol went again');
is($watcher->count('user-offline') + $watcher->count('user-online'), 0,
    'Bob, back within the grace, never left');

$back->close;
is($watcher->event('user-offline')->{userId}, $bob->id, 'in the end he goes');
is_deeply([ grep { /\Auser-o/ } $stranger->waiting ], [],
    'a stranger was told nothing of this');

done_testing();
