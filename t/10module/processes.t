#!/usr/bin/perl

# Several processes: each has its own answers, a reload loses none, and what a
# process that was killed leaves behind is cleared.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use Test::More;

use Chat::Front;
use Chat::HTTP;
use Chat::Process qw(wait_until);

my $front = Chat::Front->new(worker_processes => 4, connections => 512,
    server => 'location /api/ { chat_api; }', listen => 'reuseport')->start;
my $worker = $front->worker;
my $nginx = $front->nginx;
my $ann = Chat::HTTP->new(port => $front->port, token => $front->token('ann'));

sub ask_many {
    my ($n) = @_;
    return map { $ann->begin('GET', "/api/$_") } 1 .. $n;
}

sub alive { kill 0, $_[0] }


# ---- answers ----------------------------------------------------------------

my @sockets = ask_many(60);
my @jobs = map { $worker->job } @sockets;
my %from = map { $_->{from} => 1 } @jobs;
cmp_ok(scalar keys %from, '>', 1, 'several processes ask');

$worker->finish($_, body => qq("$_->{headers}{path}")) for reverse @jobs;
is_deeply([ map { $ann->finish($_)->{body} } @sockets ],
    [ map { qq("/api/$_") } 1 .. 60 ], 'and each hears its own answers');


# ---- reload -----------------------------------------------------------------

my $before = $front->metric('requests_total');
my @old = $nginx->workers;

@sockets = ask_many(10);
@jobs = map { $worker->job } @sockets;
$nginx->reload;

$worker->finish($_, body => '"late"') for @jobs;
is_deeply([ map { $ann->finish($_)->{body} } @sockets ], [ ('"late"') x 10 ],
    'what was asked before a reload is answered after it');

wait_until('the old processes to leave', 20, sub { !grep { alive($_) } @old });
pass('then the old processes leave');

$front->wait_healthy;
is($front->metric('requests_total'), $before + 10, 'what they counted stays');

for (1 .. 3) {
    $nginx->reload;
}
$front->wait_healthy;
my $socket = $ann->begin('GET', '/api/x');
$worker->finish($worker->job);
is($ann->finish($socket)->{status}, 200, 'reloads one after another');


# ---- stops ------------------------------------------------------------------

$socket = $ann->begin('GET', '/api/x');
my $job = $worker->job;
$nginx->{process}->signal('QUIT');
wait_until('nginx to take nobody new', 20, sub {
    !IO::Socket::INET->new(PeerAddr => '127.0.0.1:' . $front->port) });
$worker->finish($job, body => '"last"');
is($ann->finish($socket)->{body}, '"last"', 'a graceful stop answers who waits');
wait_until('nginx to end', 20, sub { !$nginx->{process}->alive });
is($nginx->{process}{status}, 0, 'and ends by itself');
$nginx->{process}{may_end} = 1;
$nginx->stop;

$nginx->run($front->configuration);
$front->wait_healthy;
$socket = $ann->begin('GET', '/api/x');
$worker->job;
$nginx->stop('TERM');
eval { $ann->finish($socket) };
like($@, qr/no answer/, 'a fast stop does not wait');

$nginx->run($front->configuration);
$front->wait_healthy;


# ---- a process that is killed -----------------------------------------------

$nginx->allow(qr/exited on signal 9/);
$worker->serve;

my @clients = map { $front->joined("user$_") } 1 .. 8;
is($front->metric('sessions'), 8, 'eight sessions in four processes');

my @processes = $nginx->workers;
kill 'KILL', @processes;
wait_until('others to come', 20, sub {
    my @now = $nginx->workers;
    @now == 4 && !grep { my $pid = $_; grep { $_ == $pid } @processes } @now;
});
$front->wait_healthy;
is($front->metric('sessions'), 0, 'nothing is left of the sessions of the dead');

is($ann->get('/api/x')->{status}, 200, 'and others serve in their place');

done_testing();
