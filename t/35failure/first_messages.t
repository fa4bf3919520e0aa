#!/usr/bin/perl

# A first message comes from somebody new while its recipient opens a tab, behind
# the reading of his conversations and before the cut: the tab hears it, once.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Process qw(wait_until);
use Chat::Rig;

my $rig = Chat::Rig->new(faults => 1,
    lanes => [ 'default 1', 'read 1', 'auth 1' ])->start;
my ($listener, @strangers) = $rig->people(qw(listener one two three));

my @sockets = map { $rig->socket($_) } @strangers;

for my $i (0 .. $#strangers) {
    $rig->fault('cutting stop once');
    my $tab = $rig->socket($listener, wait => 0);
    wait_until('the cut', 20, sub {
        Chat::SocketIO::serve(0.01); $rig->fault_happened });
    my $reader = $rig->wait_stopped_child;

    my $message = $sockets[$i]->call('send-message',
        { to => $listener->id, text => 'hi' })->{message};
    kill 'CONT', $reader;
    $tab->wait_connected;

    my $heard = eval { $tab->event('new-message', 5,
        sub { $_[0]{_id} eq $message->{_id} }) };
    ok($heard, "stranger $i was heard");
    is($tab->count('new-message'), 0, 'once');
    $listener->post('/api/messages/' . $strangers[$i]->id . '/read', {});
}

done_testing();
