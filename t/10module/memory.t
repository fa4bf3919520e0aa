#!/usr/bin/perl

# What an idle joined socket costs in private memory of its nginx process, and
# that what a socket had is given back.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(sum);
use Test::More;

use Chat::Front;
use Chat::Process qw(read_file wait_until);

use constant { SOCKETS => 1000, BYTES_MAX => 3000 };

plan skip_all => 'a sanitized build counts otherwise'
    if `ldd @{[ Chat::Nginx::module() ]}` =~ /libasan/;

my $front = Chat::Front->new(connections => 2 * SOCKETS,
    socket => 'chat_ping_interval 10m;')->start;
$front->worker->serve;

my ($process) = $front->nginx->workers;
my @padding = ('Cookie: theme=' . 'x' x 1200, 'User-Agent: Mozilla/5.0 (X11; '
    . 'Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0');

sub private_bytes {
    my $map = read_file("/proc/$process/smaps_rollup");
    return 1024 * sum($map =~ /^Private_\w+:\s+(\d+)/mg);
}

# As many sockets, each of a user of its own, joined; none in a hurry.
sub crowd {
    my ($count) = @_;
    my @crowd = map { $front->websocket(headers => \@padding) } 1 .. $count;

    for my $i (0 .. $#crowd) {
        $crowd[$i]->send_text('40{"token":"' . $front->token(
            sprintf '%024x', $i) . '"}');
    }
    for my $ws (@crowd) {
        $ws->text =~ /^40/ && $ws->text =~ /authenticated/ or die 'not joined';
    }
    return @crowd;
}

# the first ones pay for what all share
my @first = crowd(100);
$front->wait_metric('sockets', 100);
my $before = private_bytes();

my @crowd = crowd(SOCKETS);
$front->wait_metric('sockets', 100 + SOCKETS);
my $each = (private_bytes() - $before) / SOCKETS;

cmp_ok($each, '<', BYTES_MAX, sprintf 'an idle socket costs %d bytes', $each);
note(sprintf 'private bytes of an idle joined socket: %d', $each);

for my $ws (@crowd) { $ws->send_text('42["x",{"text":"' . 'y' x 500 . '"}]') }
wait_until('all events', 20, sub {
    $front->metric('events_in_total') >= SOCKETS });
$each = (private_bytes() - $before) / SOCKETS;
cmp_ok($each, '<', BYTES_MAX, sprintf 'after an event %d bytes', $each);

$_->close for @crowd;
$front->wait_metric('sockets', 100);
@crowd = crowd(SOCKETS);
$front->wait_metric('sockets', 100 + SOCKETS);
$each = (private_bytes() - $before) / SOCKETS;
cmp_ok($each, '<', BYTES_MAX, sprintf 'after all were replaced %d bytes', $each);

done_testing();
