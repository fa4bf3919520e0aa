#!/usr/bin/perl

# The supervisor dies, lanes lose their processes, their numbers change while
# all is running.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);

use Chat::Crowd;
use Chat::Process qw(wait_until);
use Chat::Rig;

use constant { SOME => 60, AT_ONCE => 1, IN_A_ROW => 12 };

my $rig = Chat::Rig->new(worker_processes => 2,
    lanes => [ 'default 1', 'read 1', 'auth 1' ])->start;
my $worker = $rig->worker;
my $crowd = Chat::Crowd->new($rig, people => 6);

# Status and seconds of a request.
sub timed {
    my ($request) = @_;
    my $start = time;
    my $r = $request->();
    return ($r->{status}, time - $start);
}

sub login {
    return $rig->http->post('/api/auth/login', { email => 'person0@example.org',
        password => Chat::HTTP::PASSWORD });
}

# Each process of nginx finds it out by itself: so many in a row were asked of
# both.
sub refused_at_once {
    my ($what, $request) = @_;
    my $row = 0;

    wait_until("$what: 503", 60, sub {
        $row = (timed($request))[0] == 503 ? $row + 1 : 0;
        $row == IN_A_ROW });

    my ($status, $seconds) = timed($request);
    is($status, 503, "$what: 503");
    cmp_ok($seconds, '<', AT_ONCE, "$what: at once");
}


# ---- other numbers of processes ---------------------------------------------

$crowd->some_more(SOME);
$crowd->slowest;

for my $count (4, 2, 3, 1) {
    $worker->change_lanes("default $count", 'read 1', 'auth 1');
    $crowd->run(until => sub {
        my @children = $worker->children;
        my @holding = grep { $rig->slots_of($_, 'default') } @children;
        @children == $count + 2 && @holding == $count });
    $crowd->some_more(SOME);
    cmp_ok($crowd->slowest, '<', 1, "$count processes: nothing stopped");
}
$crowd->check('other numbers');
is_deeply($crowd->codes, {}, 'nothing failed');


# ---- a lane without a process -----------------------------------------------

$worker->change_lanes('default 1', 'read 1');
refused_at_once('no process for logins', \&login);
$crowd->some_more(SOME);
pass('messages go on');

$worker->change_lanes('default 1', 'read 1', 'auth 1');
wait_until('logins', 20, sub { login()->{status} == 200 });
pass('logins are back');


# ---- no supervisor ----------------------------------------------------------

my @children = $worker->children;
kill 'KILL', $worker->pid;
wait_until('the processes to end', 20, sub { !grep { kill 0, $_ } @children });
pass('its processes end with it');

refused_at_once('no workers', \&login);
$worker->kill_hard;
$worker->start;
$crowd->some_more(SOME);
$crowd->check('another supervisor');

done_testing();
