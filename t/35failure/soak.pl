#!/usr/bin/perl

# Fault after fault, drawn at random from all there are, while people write to
# each other; now and then, and at the end, the whole history is checked.
#
#   soak.pl [SECONDS | --faults N] [--seed N] [--only REGEX]
#
# The seed repeats the faults and their order; the moment of each is what the
# machine makes of it.  The first half runs on one mongod behind a wire, the
# second on a replica set of three.  A history that does not hold is left in
# var/log/soak.json, or where CHAT_HISTORY says; --only draws from the faults
# whose names match.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Getopt::Long;
use List::Util qw(min);
use Test::More;
use Time::HiRes qw(time);

use Chat::Crowd;
use Chat::Faults;
use Chat::MongoSet;
use Chat::Process qw(root);
use Chat::Redis;
use Chat::Rig;

use constant { AT_ONCE => 20, SOME => 20, SECONDS => 600,
    CONNECTIONS => 400, RATE => 25, LINES => 60 };

my ($count, $seed, $only) = (undef, time % 1_000_000, '.');

GetOptions('faults=i' => \$count, 'seed=i' => \$seed, 'only=s' => \$only)
    && @ARGV <= 1 && !grep { !/\A\d+\z/ } @ARGV
    or die "usage: soak.pl [SECONDS | --faults N] [--seed N] [--only REGEX]\n";
my $seconds = $ARGV[0] // SECONDS;

$ENV{CHAT_HISTORY} //= root() . '/var/log/soak.json';
note("seed $seed");

# What the servers said last goes with it.
sub failed {
    my ($rig, $name) = @_;
    fail($name);
    for ($rig->worker, $rig->nginx) {
        my @lines = split /\n/, $_->log;
        diag(join "\n", @lines > LINES ? @lines[-LINES .. -1] : @lines);
    }
}

sub half {
    my ($name, $wanted, %rig) = @_;
    my $rig = Chat::Rig->new(faults => 1, worker_processes => 2,
        connections => CONNECTIONS, redis => Chat::Redis->new(tcp => 1),
        lanes => [ 'default 2', 'read+auth 1' ], %rig)->start;
    my $crowd = Chat::Crowd->new($rig, people => 8, tabs => 2, window => 6,
        rate => RATE);
    my $faults = Chat::Faults->new($rig, $crowd, random => \&random);
    my @names = grep { /$only/ } $faults->names;
    my $end = time + $seconds / 2;
    my $done = 0;

    @names or return pass("$name: nothing to do");
    while (defined $wanted ? $done < $wanted : time < $end) {
        my @round = map { $names[random(scalar @names)] }
            1 .. min(AT_ONCE, ($wanted // $done + AT_ONCE) - $done);

        for my $fault (@round) {
            note(sprintf '%d: %s; %s', ++$done, $fault, $crowd->state);
            eval { $faults->cause($fault); $crowd->some_more(SOME); 1 }
                or return failed($rig, "$name: after $fault: $@");
        }
        $crowd->check("$name: after $done faults") or return;
    }

    is($rig->redis->cmd('XLEN', 'chat:jobs:dead'), 0, "$name: no job was given up");
    diag(sprintf '%s: %d faults, %s; %d read by having written later', $name,
        $done, $crowd->state, $crowd->history->excused);
    $rig->stop;
}

my $random = $seed;

sub random {
    $random = ($random * 1103515245 + 12345) % 2**31;
    return ($random >> 8) % $_[0];
}

my $first = defined $count ? int(($count + 1) / 2) : undef;
my $second = defined $count ? $count - $first : undef;

half('one mongod', $first, wires => [ qw(nginx worker mongo) ],
    mongod => [ '--setParameter', 'enableTestCommands=1' ]);
half('replica set', $second, wires => [ qw(nginx worker) ],
    mongo => Chat::MongoSet->new);

diag("seed $seed");
done_testing();
