#!/usr/bin/perl

# Released clients, unmodified, with four nginx processes, and no request of a
# session meant for any one of them: every minor version of engine.io-client and
# of socket.io-client, and Debian's python3-socketio.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Conformance;
use Chat::Node qw(run_node run_python);

my $system = Chat::Conformance->new(reuseport => 1, patient => 1)->start;
my $url = 'http://127.0.0.1:' . $system->port;

run_node("$FindBin::Bin/client/engine.mjs", 90, $url);
run_node("$FindBin::Bin/client/socket.mjs", 90, $url);
run_node("$FindBin::Bin/client/asks.mjs", 90, $url);
run_python("$FindBin::Bin/client/python.py", 90, $url);

done_testing();
