#!/usr/bin/perl

# Redis away, wrong, refusing, replaced, slow: what nginx says and does, once a
# change of state, and that it comes back by itself.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);

use Chat::Bus qw(slot_of);
use Chat::FakeWorker;
use Chat::HTTP;
use Chat::JWT qw(jwt);
use Chat::Nginx qw(port);
use Chat::Process qw(testdir wait_until write_file);
use Chat::Proxy;
use Chat::Redis;

my $key = 'k' x 32;
my $token = jwt($key, sub => 'ann');
write_file(testdir() . '/jwt.key', $key);

my $redis = Chat::Redis->new(functions => 1, tcp => 1);
my $wire = Chat::Proxy->new(server => $redis);
my $spare = Chat::Redis->new(functions => 1, tcp => 1);
my $nginx = Chat::Nginx->new;
my $worker;

# The first and the second Redis, through a wire that can be cut.
sub configuration {
    my ($addresses) = @_;
    my $dir = testdir();

    return <<"EOC";
%%TEST_GLOBALS%%
events { worker_connections 256; }
http {
    %%TEST_GLOBALS_HTTP%%
    chat_zone chat:1m;
    chat_redis $addresses;
    chat_jwt_key HS256 $dir/jwt.key;
    chat_max_pending 3;
    chat_max_queue 5;
    chat_memory 1m;
    server {
        listen 127.0.0.1:8080;
        client_max_body_size 2m;
        location /api/ { chat_api; chat_timeout 2s; }
        location = /health { chat_status; }
        location = /metrics { chat_status prometheus; }
    }
}
EOC
}

my $ann = Chat::HTTP->new(port => port(8080), token => $token);

sub health { $ann->get('/health')->{json} }

sub redis_is {
    my ($said) = @_;
    wait_until("redis to be $said", 20, sub { health()->{redis} =~ /$said/ });
    pass("health says: redis $said");
}

sub served {
    my ($name) = @_;
    my $socket = $ann->begin('GET', '/api/x');
    my $job = $worker->job;
    $worker->finish($job, status => 200, body => '"done"');
    is($ann->finish($socket)->{status}, 200, $name);
}

# 503, at once.
sub refused {
    my ($name, %o) = @_;
    my $start = time;
    my $r = $ann->request('POST', '/api/x', {}, %o);
    is($r->{status}, 503, "$name: 503");
    is($r->{json}{code}, 'unavailable', '... unavailable');
    cmp_ok($r->{headers}{'retry-after'}, '>', 0, '... come back later');
    cmp_ok(time - $start, '<', 1, '... at once');
}

# How often the log says it.
sub said {
    my ($pattern) = @_;
    return scalar(() = $nginx->read_file('error.log') =~ /$pattern/g);
}


# ---- away, not prepared, there ----------------------------------------------

$wire->start;
$nginx->run(configuration($wire->url . ' user=default password=secret'));

refused('no Redis');
redis_is('connection');
is(health()->{status}, 'unavailable', 'not fit to serve');

$redis->start;
redis_is('no worker has prepared it');
$redis->cmd('CONFIG', 'SET', 'requirepass', 'other');
redis_is('refuses the password');
refused('a wrong password');
unlike($nginx->read_file('error.log'), qr/secret|\bother\b/, 'no password is logged');

$redis->cmd('CONFIG', 'SET', 'requirepass', 'secret');
redis_is('no worker has prepared it');

sub looks { ($redis->cmd('INFO', 'commandstats')
    =~ /cmdstat_role:calls=(\d+)/)[0] // 0 }

my $now = looks();
wait_until('three more looks', 20, sub { looks() >= $now + 3 });
is(said(qr/no worker has prepared it/), 2,
    'what is wrong is said once, however often it is looked');

$redis->cmd('CONFIG', 'SET', 'requirepass', '');
$worker = Chat::FakeWorker->new(redis => $redis)->start;
redis_is('up');
served('a worker came: served');
is(health()->{status}, 'ok', 'and fit to serve');
is(said(qr/: ready, epoch/), 1, 'which is said');


# ---- what it says of itself -------------------------------------------------

# The judgement is asked for each second while the link is up, too.
sub disagrees {
    my ($name, $pattern, @commands) = @_;
    my $before = said($pattern);

    $redis->cmd(@$_) for @commands;
    wait_until("$name to be noticed", 20, sub { said($pattern) > $before });
    refused($name);
    is(said($pattern), $before + 1, '... said once');
}

sub agrees_again {
    my (@commands) = @_;
    $redis->cmd(@$_) for @commands;
    redis_is('up');
    served('served again');
}

my $meta = $redis->hash('chat:meta');

disagrees('workers of another version', qr/another version of the bus/,
    [ 'HSET', 'chat:meta', 'version', 2 ]);
agrees_again([ 'HSET', 'chat:meta', 'version', 1 ]);

disagrees('slots beyond measure', qr/cannot be understood/,
    [ 'HSET', 'chat:meta', 'slots', 5000 ]);
agrees_again([ 'HSET', 'chat:meta', 'slots', 16 ]);

disagrees('an epoch that is no number', qr/cannot be understood/,
    [ 'HSET', 'chat:meta', 'epoch', 'x' ]);
agrees_again([ 'HSET', 'chat:meta', 'epoch', $meta->{epoch} ]);

disagrees('a key of another kind', qr/answers with an error: WRONGTYPE/,
    [ 'DEL', 'chat:meta' ], [ 'SET', 'chat:meta', 'x' ]);
agrees_again([ 'DEL', 'chat:meta' ], [ 'HSET', 'chat:meta', %$meta ]);

disagrees('everything lost', qr/no worker has prepared it/,
    [ 'DEL', 'chat:meta' ]);
agrees_again([ 'HSET', 'chat:meta', %$meta, epoch => $meta->{epoch} + 1 ]);
like($nginx->read_file('error.log'), qr/ready, epoch @{[ $meta->{epoch} + 1 ]},/,
    'a new epoch is noticed');

disagrees('a replica', qr/is a replica/,
    [ 'CONFIG', 'SET', 'replica-read-only', 'no' ],     # the faked worker's sake
    [ 'REPLICAOF', '127.0.0.1', 1 ]);
agrees_again([ 'REPLICAOF', 'NO', 'ONE' ]);

disagrees('a user that may not subscribe', qr/refuses a subscription/,
    [ 'ACL', 'SETUSER', 'default', 'resetchannels' ],
    [ 'CLIENT', 'KILL', 'TYPE', 'pubsub' ]);
$now = looks();
wait_until('three more looks', 20, sub { looks() >= $now + 3 });
is(said(qr/refuses a subscription/), 1, '... however often it is tried');
agrees_again([ 'ACL', 'SETUSER', 'default', 'allchannels' ]);

disagrees('a user that may do little', qr/may not do what we need/,
    [ 'ACL', 'SETUSER', 'default', '-hmget' ]);
agrees_again([ 'ACL', 'SETUSER', 'default', '+hmget' ]);


# ---- workers away, or behind ------------------------------------------------

$worker->stop;
wait_until('the leases to be missed', 20,
    sub { said(qr/lane default: no worker holds 16 of 16 slots/) });
refused('no worker holds a slot');
is(health()->{workers}, 0, 'health counts none');
is($ann->get('/health')->{status}, 503, 'and is not well');

$redis->cmd('FUNCTION', 'FLUSH');
wait_until('missing functions to be noticed', 20,
    sub { said(qr/cannot say that it lives.*start chat-worker anew/) });
wait_until('two more tries', 20, sub {
    ($redis->cmd('INFO', 'errorstats') =~ /errorstat_ERR:count=(\d+)/)[0] >= 3 });
is(said(qr/cannot say that it lives/), 1, 'missing functions are said once');

$worker->start;
wait_until('the leases to be seen', 20,
    sub { said(qr/lane default: all slots are held again/) });
served('workers are back: served');

my $stream = 'chat:jobs:default:' . slot_of('ann');
my @entries = map { $redis->cmd('XADD', $stream, '*', 'x', 1) } 1 .. 6;
wait_until('the queue to be seen', 20, sub {
    my $socket = $ann->begin('POST', '/api/x', {});
    $ann->finish($socket)->{status} == 503;
});
refused('more waits in the slot than chat_max_queue');
$redis->cmd('DEL', $stream);
$worker->start;
while (!$worker->idle) { $worker->job }

wait_until('the slot to be open again', 20, sub {
    my $socket = $ann->begin('POST', '/api/x', {});
    my $job = eval { $worker->job(0.2) };
    $worker->finish($job) if $job;
    $ann->finish($socket)->{status} == 200;
});
pass('an empty slot takes jobs again');

my @waiting = map { $ann->begin('GET', "/api/$_") } 1 .. 3;
my @jobs = map { $worker->job } 1 .. 3;
refused('more wait for answers than chat_max_pending');
$worker->finish($_) for @jobs;
is($ann->finish($_)->{status}, 200, 'those before are answered') for @waiting;
served('then there is room again');

refused('more than chat_memory', body => '"' . 'x' x 1_100_000 . '"');

$redis->cmd('CONFIG', 'SET', 'maxmemory', 1);
refused('a Redis that is full');
refused('... however often');
is(said(qr/redis refuses jobs: OOM/), 1, 'is said once');
$redis->cmd('CONFIG', 'SET', 'maxmemory', '512mb');
served('one with room again');


# ---- a link that breaks -----------------------------------------------------

my $lost = sub { ($ann->get('/metrics')->{body}
    =~ /^chat_redis_lost_total (\d+)/m)[0] };
my $before = $lost->();

my $socket = $ann->begin('GET', '/api/x');
my $job = $worker->job;
$wire->break;
wait_until('the link to be lost', 20, sub { $lost->() == $before + 1 });
redis_is('up');
$worker->finish($job, status => 200, body => '"after"');
is($ann->finish($socket)->{body}, '"after"',
    'a job outlives the link: its answer comes over the next one');

# the XADD is done, its answer never comes
$wire->hold_answers;
$socket = $ann->begin('GET', '/api/x');
$job = $worker->job;
$wire->break;
redis_is('up');
$worker->finish($job, status => 200, body => '"once"');
is($ann->finish($socket)->{body}, '"once"', 'a lost answer to XADD is awaited');
ok($worker->idle, '... and the job is not sent again');

# nobody says that the wire is dead
$wire->hold;
$socket = $ann->begin('GET', '/api/x');
is($ann->finish($socket)->{status}, 504, 'sent, and nothing heard: 504');
wait_until('the silence to be noticed', 20, sub { health()->{redis} ne 'up' });
refused('a silent Redis');
$wire->pass;
redis_is('up');
$worker->finish($worker->job) until $worker->idle;
served('served when it speaks again');

$wire->cut;
wait_until('the cut to be noticed', 20, sub { health()->{redis} ne 'up' });
refused('a Redis that is cut off');
$wire->pass;
redis_is('up');
served('served when it is back');


# ---- a Redis that restarts --------------------------------------------------

$worker->stop;
$redis->restart;
redis_is('no worker has prepared it');
$worker = Chat::FakeWorker->new(redis => $redis)->start;
redis_is('up');
served('a restarted Redis that workers have prepared');

$nginx->stop;


# ---- names, passwords, databases, several addresses -------------------------

$before = said(qr/is a replica/);
$spare->start;
$spare->cmd('REPLICAOF', '127.0.0.1', 1);
$nginx->run(configuration($spare->url . ' ' . $redis->url));
redis_is('up');
served('of two addresses the one that is master');
is(said(qr/is a replica/), $before + 1, 'the other is named once');
$nginx->stop;

my $other = Chat::Redis->new(functions => 1, tcp => 1)->start;
my ($run_id) = $other->cmd('INFO', 'server') =~ /^run_id:(\w+)/m;
$other->cmd('ACL', 'SETUSER', 'u', 'on', '>p:w', 'allkeys', 'allchannels', 'allcommands');
$other->cmd('SELECT', 3);
$other->cmd('HSET', 'mine:meta', 'run_id', $run_id, 'version', 1, 'slots', 4,
    'epoch', 77);

for ("redis://u:p:w\@127.0.0.1:$other->{port}/3",
    "redis://localhost:$other->{port}/3 user=u password=p:w")
{
    $nginx->run(configuration("$_ prefix=mine:"));
    redis_is('up');
    $nginx->stop;
}

like($nginx->read_file('error.log'), qr/ready, epoch 77, 4 slots/,
    'a user, a password, a database, a prefix');

done_testing();
