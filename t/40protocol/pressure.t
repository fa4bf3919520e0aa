#!/usr/bin/perl

# Readers that are too slow: volatile messages are dropped first, then the
# session is closed; a byte now and then does not count as reading; nobody else
# notices, and memory does not grow.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use List::Util qw(sum);
use Socket qw(SOL_SOCKET SO_RCVBUF);
use Test::More;
use Time::HiRes qw(time);

use Chat::Front;
use Chat::Polling;
use Chat::Process qw(read_file wait_until);

use constant { PIECE => 20_000, MEGABYTE => 1024 * 1024 };

my $front = Chat::Front->new(server => <<'EOC')->start;
location = /trickle/ { chat_socket; chat_send_queue 64m; send_timeout 2s; }
location = /patient/ { chat_socket; chat_send_queue 64m; }
location = /small/ { chat_socket; chat_send_queue 256k; }
EOC
my $worker = $front->worker;
my ($process) = $front->nginx->workers;

# A joined socket that takes little before it is read.
sub joined {
    my ($uid, $where) = @_;
    my $socket = IO::Socket::INET->new(Proto => 'tcp') or die;
    $socket->setsockopt(SOL_SOCKET, SO_RCVBUF, 4096);
    $socket->connect(Socket::pack_sockaddr_in($front->port,
        Socket::inet_aton('127.0.0.1'))) or die "connect: $!";

    my $ws = $front->websocket(socket => $socket,
        path => "/$where/?EIO=4&transport=websocket");
    $ws->send_text('40{"token":"' . $front->token($uid) . '"}');
    $worker->grant($worker->job_of('session'));
    $ws->text =~ /^40/ && $ws->text =~ /authenticated/ or die 'not joined';
    return $ws;
}

# Tells so many events of 20 kB, numbered from 0.
sub told {
    my ($uid, $count, %o) = @_;
    my @events = map { { to => [ "u$uid" ], %o,
        packets => [ [ $o{flags} ? 'v' : 'x', $_, 'y' x PIECE ] ] } }
        0 .. $count - 1;
    $worker->tell(splice @events, 0, 50) while @events;
}

# What was told before was written or queued: a later event has been heard.
my $witness = joined('witness', 'patient');
my $nth = 0;

sub caught_up {
    $worker->tell({ to => [ 'uwitness' ], packets => [ [ 'w', ++$nth ] ] });
    return $witness->text eq "42[\"w\",$nth]";
}

sub slow_closed { $front->metric('slow_closed_total') }

sub private_bytes {
    return 1024 * sum(read_file("/proc/$process/smaps_rollup")
        =~ /^Private_\w+:\s+(\d+)/mg);
}


# ---- a byte now and then ----------------------------------------------------

my $ws = joined('anna', 'trickle');
my $start = time;
told('anna', 400);
ok(caught_up(), 'another socket hears what it is told');
is(slow_closed(), 0, 'what is queued is within the limit');

my $bytes = 0;
wait_until('the reader of single bytes to be closed', 30, sub {
    $bytes += sysread($ws->socket, my $byte, 1) || 0;
    select undef, undef, undef, 0.1;
    return slow_closed() == 1;
});
my $took = time - $start;
cmp_ok($bytes, '>=', 5, "it read to the end, $bytes bytes");
cmp_ok($took, '>=', 1.9, '… was given send_timeout');
cmp_ok($took, '<', 25, '… and not more with each byte');
$front->wait_metric('sessions', 1);
$ws->close;

# the same without a hurry: all of it arrives
$ws = joined('bert', 'patient');
told('bert', 400);
is(join(' ', map { $ws->text =~ /^42\["x",(\d+),/ } 1 .. 400),
    join(' ', 0 .. 399), 'who reads gets everything, in order');
$ws->close;


# ---- volatile first ---------------------------------------------------------

$ws = joined('carl', 'patient');
told('carl', 300);                             # more than kernels keep
caught_up();
told('carl', 200, flags => 'v', logged => 0);
told('carl', 1);
ok(caught_up(), 'a jam, then volatile events, then one more');

my @heard = map { $ws->text =~ /^42\["(\w)",(\d+),/ ? "$1$2" : '?' } 1 .. 301;
is(join(' ', @heard), join(' ', (map { "x$_" } 0 .. 299), 'x0'),
    'during a jam the volatile ones are dropped, and only these');
told('carl', 1, flags => 'v', logged => 0);
like($ws->text, qr/^42\["v",0,/, 'afterwards they come again');
is(slow_closed(), 1, 'and nobody was closed for them');
$ws->close;

my $polls = Chat::Polling->open(port => $front->port, path => '/small/');
my $post = $polls->start('POST', '40{"token":"' . $front->token('dora') . '"}');
$worker->grant($worker->job_of('session'));
$polls->end($post);
my @packets;
push @packets, $polls->get until grep { /authenticated/ } @packets;
told('dora', 50, flags => 'v', logged => 0);
told('dora', 5);
caught_up();
@packets = ();
push @packets, $polls->get while @packets < 5;
is(join(' ', map { /^42\["(\w)",(\d+),/ ? "$1$2" : $_ } @packets),
    'x0 x1 x2 x3 x4', 'between two polls volatile events are dropped');


# ---- queues that grow -------------------------------------------------------

# bursts apart: what comes in one turn of the loop is one burst
sub flood {
    my ($uid) = @_;
    my $slow = slow_closed();
    for (1 .. 200) {
        told($uid, 10);
        caught_up();
        return 1 if slow_closed() > $slow;
    }
    return 0;
}

ok(flood('dora'), 'who does not poll is closed');
is($polls->request('GET')->{status}, 400, '… and unknown afterwards');

flood(do { $ws = joined('emil', 'small'); 'emil' });
my $before = private_bytes();
for my $turn (1 .. 5) {
    $ws = joined("f$turn", 'small');
    ok(flood("f$turn"), "slow reader $turn is closed");
}
my $grown = private_bytes() - $before;

SKIP: {
    skip 'a sanitized build keeps what is freed', 1
        if `ldd @{[ Chat::Nginx::module() ]}` =~ /libasan/;
    cmp_ok($grown, '<', MEGABYTE, "memory has grown by $grown bytes");
}
ok(caught_up(), 'who reads did not notice');

done_testing();
