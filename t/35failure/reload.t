#!/usr/bin/perl

# nginx is reloaded under load, runs short of connections, takes 200 sessions
# while messages flow to them: each hears each message once, none is missing.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Crowd;
use Chat::Process qw(wait_until);
use Chat::Rig;

use constant { SOME => 60, RELOADS => 3, TABS => 200, CONNECTIONS => 400 };

my $rig = Chat::Rig->new(worker_processes => 2, connections => CONNECTIONS,
    lanes => [ 'default 2', 'read+auth 1' ])->start;
my $nginx = $rig->nginx->allow(qr/worker_connections are not enough/);
my $crowd = Chat::Crowd->new($rig, people => 8, window => 8, tabs => 2);


# ---- reload -----------------------------------------------------------------

for my $reload (1 .. RELOADS) {
    $crowd->some_more(SOME);
    my @old = $nginx->workers;
    $nginx->{process}->signal('HUP');
    $crowd->run(until => sub { !grep { kill 0, $_ } @old });
    pass("reload $reload: the old processes have left");
}
$crowd->some_more(SOME);
$crowd->check('after the reloads');


# ---- hardly a connection left -----------------------------------------------

my @idle;
for (1 .. 2 * CONNECTIONS) {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1:' . $rig->port)
        or last;
    push @idle, $socket;
}
$crowd->some_more(SOME);
pass('who is connected goes on');
@idle = ();
$crowd->check('connections were short');


# ---- 200 sessions -----------------------------------------------------------

my @tabs;
while (@tabs < TABS) {
    push @tabs, $crowd->add_tab for 1 .. 10;
    $crowd->some_more(5);
}
$crowd->run(until => sub { !grep { !$_->{open} } @tabs });
$crowd->some_more(SOME);
$crowd->check('200 sessions');

done_testing();
