#!/usr/bin/perl

# Recovery with the published client, cut at random, with one process and four.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Node qw(run_node);
use Chat::Stack;

use constant CUTS => 120;

my $stack = Chat::Stack->new->start;

for my $processes (1, 4) {
    $stack->start_processes($processes) if $processes > 1;
    run_node("$FindBin::Bin/recovery_real.mjs", 120,
        'http://127.0.0.1:' . $stack->port, CUTS, "processes$processes");
}

done_testing();
