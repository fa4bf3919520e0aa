#!/usr/bin/perl

# The unmodified socket.io-client: two people, one message, the ticks; with one
# nginx process and with four.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Node qw(run_node);
use Chat::Stack;

my $stack = Chat::Stack->new->start;

for my $processes (1, 4) {
    $stack->start_processes($processes) if $processes > 1;
    run_node("$FindBin::Bin/client/two_people.mjs", 50,
        'http://127.0.0.1:' . $stack->port, "processes$processes");
}

done_testing();
