#!/usr/bin/perl

# One story in Chromium: two people register through the page, one writes, the
# other sees it live; badge, online dot, ticks, typing; a reload keeps the login.
# Pictures of it are left in var/screenshots/.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Node qw(run_node);
use Chat::Process qw(root testdir);
use Chat::Stack;

my $stack = Chat::Stack->new(worker_processes => 2)->start;
my $pictures = root() . '/var/screenshots';

system('mkdir', '-p', $pictures) and die "mkdir $pictures\n";
unlink glob "$pictures/*.png";
run_node("$FindBin::Bin/story.mjs", 120, 'http://127.0.0.1:' . $stack->port,
    testdir() . '/chromium', $pictures);

done_testing();
