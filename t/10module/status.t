#!/usr/bin/perl

# Health for load balancers, numbers for Prometheus.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::FakeWorker;
use Chat::Front;
use Chat::HTTP;
use Chat::Process qw(wait_until);

my $front = Chat::Front->new(worker_processes => 2,
    server => 'location /api/ { chat_api; }')->start;
my $http = Chat::HTTP->new(port => $front->port);
my $r;

sub health { $http->get('/health') }

# The first answer, of either process, that the condition likes.
sub health_when {
    my ($what, $condition) = @_;
    return wait_until($what, 20, sub {
        my $r = health();
        local $_ = $r->{json};
        return $condition->($r) ? $r : undef;
    });
}


# ---- health -----------------------------------------------------------------

$r = health();
is($r->{status}, 200, 'all is well: 200');
is($r->{headers}{'cache-control'}, 'no-store', 'which nobody keeps');
is_deeply([ sort keys %{$r->{json}} ],
    [ sort qw(status version uptime redis mongodb workers) ], 'what it says');
is_deeply({ map { $_ => $r->{json}{$_} } qw(status redis mongodb workers) },
    { status => 'ok', redis => 'up', mongodb => 'up', workers => 1 }, 'of each');
like($r->{json}{version}, qr/^\d+\.\d+\.\d+$/, 'a version');
cmp_ok($r->{json}{uptime}, '<', 60, 'an uptime in seconds');

is($http->request('HEAD', '/health')->{status}, 200, 'HEAD asks, too');
is($http->post('/health', {})->{status}, 405, 'POST does not');

$front->redis->cmd('DEL', 'chat:slot:default:7');
$r = health_when('a slot to be missed', sub { $_->{status} ne 'ok' });
is($r->{status}, 503, 'a slot that nobody holds: not well');
is($r->{json}{workers}, 1, '... though the worker is there');
$front->worker->start;
health_when('all slots to be held', sub { $_->{status} eq 'ok' });
pass('held again: well');

my $second = Chat::FakeWorker->new(redis => $front->redis, lanes => [ 'read' ],
    mongo_state => 'down')->start;
$r = health_when('the second worker', sub { $_->{workers} == 2 });
is($r->{status}, 200, 'one worker without MongoDB among two is well');

$front->worker->stop;
$r = health_when('the first to go', sub { $_->{workers} == 1 });
is($r->{status}, 503, 'no worker with MongoDB is not');
is($r->{json}{status}, 'unavailable', '... it says');
is($r->{json}{mongodb}, 'down', '... and why');

# A worker that was killed takes nothing back: its word gets old.
$second->_end_children;
$r = health_when('its word to get old', sub { $_->{workers} == 0 });
is($r->{json}{mongodb}, 'unknown', 'without workers nobody knows MongoDB');

$front->worker->start;
$front->wait_healthy;
$front->redis->stop;
$r = health_when('Redis to be missed', sub { $_->{redis} ne 'up' });
is($r->{status}, 503, 'without Redis nothing is well');

$front->redis->start;
my $worker = Chat::FakeWorker->new(redis => $front->redis)->start;
$front->wait_healthy;


# ---- numbers ----------------------------------------------------------------

$r = $http->get('/metrics');
is($r->{status}, 200, 'numbers');
like($r->{headers}{'content-type'}, qr{^text/plain; version=0\.0\.4}, 'as text');

my @lines = split /\n/, $r->{body};
my (%type, %value, @bad);

for (@lines) {
    if (/^# HELP (chat_[a-z_]+) [A-Z]/) { next }
    if (/^# TYPE (chat_[a-z_]+) (counter|gauge)$/) { $type{$1} = $2; next }
    if (/^(chat_[a-z_]+) (\d+)$/) { $value{$1} = $2; next }
    push @bad, $_;
}

is_deeply(\@bad, [], 'in the format of Prometheus');
is_deeply([ sort keys %value ], [ sort keys %type ], 'each with its type');
is_deeply([ grep { /_total$/ xor $type{$_} eq 'counter' } sort keys %type ], [],
    'counters, and no others, are totals');
is($value{chat_redis_up}, 1, 'Redis is up');
is($value{chat_workers}, 1, 'one worker');

# Counted by whichever process, seen by all.
my $before = $front->metric('requests_total');
$http->get('/api/x') for 1 .. 20;
my %seen = map { $front->metric('requests_total') => 1 } 1 .. 20;
is_deeply(\%seen, { $before + 20 => 1 }, 'all processes count together');

done_testing();
