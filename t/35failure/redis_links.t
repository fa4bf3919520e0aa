#!/usr/bin/perl

# The wires between nginx and Redis, or between the workers and Redis, are cut,
# go silent, lose answers: people come back by themselves and hear everything.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Crowd;
use Chat::Faults;
use Chat::Process qw(wait_until);
use Chat::Rig;

use constant SOME => 60;

my $rig = Chat::Rig->new(wires => [ 'nginx', 'worker' ], worker_processes => 2,
    lanes => [ 'default 2', 'read+auth 1' ])->start;
my $redis = $rig->redis;
my $crowd = Chat::Crowd->new($rig, people => 8, window => 8);
my $faults = Chat::Faults->new($rig, $crowd);

for my $name (grep { /^redis: .*(?:cut|lost|silent)/ } $faults->names) {
    $crowd->some_more(SOME);
    $faults->cause($name);
    $crowd->some_more(SOME);
    $crowd->check($name);
}

is($redis->cmd('XLEN', 'chat:jobs:dead'), 0, 'no job was given up');


# ---- a logout of all devices while nobody listens ---------------------------

my $eve = $rig->people('eve');
my @sockets = map { $rig->socket($eve) } 1 .. 4;
my $request = $rig->http->login('eve');

for (1 .. 20) {
    $redis->cmd('CLIENT', 'KILL', 'TYPE', 'pubsub');
    wait_until('the logout', 10, sub { $request->post('/api/auth/logout',
        { all => JSON::PP::true })->{status} < 300 }) if $_ == 10;
    $crowd->run(seconds => 0.1);
}

ok(eval { $_->wait_closed(10) for @sockets; 1 }, 'all sockets were closed')
    or diag($@);
$crowd->check('subscribers lost');

done_testing();
