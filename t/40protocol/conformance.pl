#!/usr/bin/perl

# Runs conf/conformance.conf, and all that it needs, until it is told to stop;
# nothing of it is left.
#
#   conformance.pl [--port N] [--reuseport]
#
# Says "ready URL URL": the server with short pings and the calm one, on free
# ports, or on N and the next.  Ends with status 1 when a server died, or logged
# what it must not.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";

use File::Path qw(make_path);
use Getopt::Long;

use Chat::Conformance;
use Chat::Process qw(root all_alive);
use Chat::Redis;

my %o;
GetOptions(\%o, 'port=i', 'reuseport') && !@ARGV
    or die "usage: conformance.pl [--port N] [--reuseport]\n";

# the path may be too long for a Unix socket
$ENV{TMPDIR} = root() . '/var/tmp';
make_path($ENV{TMPDIR});

my $asked = 0;
my $system = Chat::Conformance->new(reuseport => $o{reuseport},
    redis => Chat::Redis->new(tcp => 1),
    ports => $o{port} ? [ $o{port}, $o{port} + 1 ] : []);

local @SIG{qw(INT TERM HUP)} = (sub { $asked = 1 }) x 3;
$system->start;

local $| = 1;
printf "ready %s\n", join ' ', map { "http://127.0.0.1:$_/" }
    map { $system->port($_) } 0, 1;

sleep 1 while !$asked && all_alive();
exit($asked ? 0 : 1);
