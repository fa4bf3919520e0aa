#!/usr/bin/perl

# Every decoder of bytes from outside, fed by libFuzzer: a target is a *.c beside
# this file, its seeds are in corpus/.  Each runs for CHAT_FUZZ_SECONDS (60).
# What was found on the way stays in var/fuzz/, for the next run; an input that
# fails, too, as failed-*.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX ();
use Test::More;

use Chat::Process qw(root read_file);

use constant AT_ONCE => 4;

my $seconds = $ENV{CHAT_FUZZ_SECONDS} || 60;
my $build = root() . '/var/build/t';
my $found = root() . '/var/fuzz';

my $said = qx{make -s -j2 -C $FindBin::Bin/.. BUILD=$build fuzzers 2>&1};
is($?, 0, 'all are built') or diag($said);

# Other tests run beside these, and have to be in time: hence nice.
sub start {
    my ($target) = @_;
    system('mkdir', '-p', "$found/$target") and die "mkdir $found/$target\n";

    defined(my $pid = fork) or die "fork: $!";
    return $pid if $pid;

    Chat::Process::die_with_parent('TERM');
    open STDOUT, '>', "$found/$target.log" or POSIX::_exit(126);
    open STDERR, '>&', \*STDOUT;
    exec 'nice', '-n', 19, "$build/50fuzz/$target", '-timeout=60', '-max_len=4096',
        "-max_total_time=$seconds", '-print_final_stats=1', '-verbosity=0',
        "-artifact_prefix=$found/$target/failed-", "$found/$target",
        "$FindBin::Bin/corpus/$target" or POSIX::_exit(127);
}

my @targets = map { m{([^/]+)\.c$} } sort glob "$FindBin::Bin/*.c";
my %running;

while (@targets || %running) {
    while (@targets && keys %running < AT_ONCE) {
        my $target = shift @targets;
        $running{start($target)} = $target;
    }

    my $target = delete $running{my $pid = wait};
    my $log = read_file("$found/$target.log");
    my ($runs) = $log =~ /^stat::number_of_executed_units: (\d+)/m;

    is($?, 0, "$target, " . ($runs // 'no') . ' inputs') or diag($log);
}

done_testing();
