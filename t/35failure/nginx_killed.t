#!/usr/bin/perl

# A process of nginx is killed under load, again and again: its people come back
# to others and hear everything, those of the others notice nothing.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Crowd;
use Chat::Process qw(read_file wait_until);
use Chat::Rig;

use constant { SOME => 60, KILLS => 6, KILLS_INSIDE => 2, ZONE => 32 << 20 };

my $rig = Chat::Rig->new(worker_processes => 2,
    lanes => [ 'default 2', 'read+auth 1' ])->start;
my $nginx = $rig->nginx->allow(qr/exited on signal 9/,
    qr/shared memory zone "chat" was locked by/);
my $crowd = Chat::Crowd->new($rig, people => 8, window => 8, tabs => 2);

for my $kill (1 .. KILLS) {
    $crowd->some_more(SOME);
    my ($victim, $other) = $nginx->workers;
    ok(kill('KILL', $victim), "kill $kill");
    $crowd->run(until => sub {
        my @now = $nginx->workers;
        @now == 2 && !grep { $_ == $victim } @now });
    is(scalar(grep { $_ == $other } $nginx->workers), 1, 'the other lives on');
}
$crowd->some_more(SOME);
$crowd->check('after the kills');


# ---- inside the zone's lock -------------------------------------------------

# What a process leaves that is killed while it is inside: it is frozen, and the
# zone is written as if it had just gone in.
sub kill_inside {
    my ($victim) = @_;
    no warnings 'portable';                    # addresses have 64 bits
    my ($from) = read_file("/proc/$victim/maps")
        =~ m{^([0-9a-f]+)-\S+ rw-s \S+ \S+ \d+ +/dev/zero}m or die 'no zone';
    my $zone = hex $from;

    kill 'STOP', $victim;
    open my $memory, '+<:raw', "/proc/$victim/mem" or die "memory: $!";
    my $word = sub {
        my ($at, $value) = @_;
        sysseek $memory, $at, 0;
        return syswrite $memory, pack 'Q', $value if defined $value;
        sysread $memory, my $bytes, 8 or return -1;
        return unpack 'Q', $bytes;
    };

    # the header of the zone points to ours: nobody inside, and when it began
    my ($ours) = grep { $_ > $zone && $_ < $zone + ZONE && $word->($_) == 0
        && abs($word->($_ + 8) - time) < 600 }
        map { $word->($zone + 8 * $_) } 0 .. 63;
    $ours or die 'not found in the zone';
    wait_until('the lock to be free', 5, sub { $word->($zone) == 0 });

    $word->($ours, $victim);
    $word->($zone, $victim);
    kill 'KILL', $victim;
}

for my $kill (1 .. KILLS_INSIDE) {
    my ($victim) = $nginx->workers;
    kill_inside($victim);
    $crowd->run(until => sub { !grep { $_ == $victim } $nginx->workers });
    $crowd->some_more(SOME);
    $crowd->check("kill $kill inside the lock");
}
$nginx->wait_log(qr/died while it changed the zone/);

# who was online there is offline, if he does not come back
my $incarnations = sub { scalar @{$rig->redis->cmd('SMEMBERS', 'chat:nodes')} };
wait_until('the dead to be forgotten', 30, sub { $incarnations->() == 2 });
pass('dead processes are forgotten');

done_testing();
