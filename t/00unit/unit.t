#!/usr/bin/perl

# Builds the unit tests, *_test.c beside this file, and runs each as a subtest
# under ASan and UBSan.

use warnings;
use strict;

use FindBin;
use Test::More;

my $build = "$FindBin::Bin/../../var/build/t";
my @make = ('make', '-s', '-k', '-j2', '-C', "$FindBin::Bin/..", "BUILD=$build", 'units');

my $said = qx{@make 2>&1};
is($?, 0, 'all are built') or diag($said);

for my $source (sort glob "$FindBin::Bin/*_test.c") {
    my ($name) = $source =~ m{([^/]+)\.c$};

    subtest $name => sub {
        -x "$build/00unit/$name" or return fail('it is built');

        local $ENV{UBSAN_OPTIONS} = 'print_stacktrace=1';
        my @lines = split /\n/, `$build/00unit/$name 2>&1`;
        my $status = $?;

        for (@lines) {
            if (my ($not, $number, $what) = /^(not )?ok (\d+)(?: - (.*))?$/) {
                ok(!$not, ($what // '') =~ /[^\d\s]/ ? $what : "case $number");
            } elsif (!/^1\.\.\d+$/) {
                diag($_);
            }
        }

        is($status, 0, 'no report and no failure at the end');
    };
}

done_testing();
