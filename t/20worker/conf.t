#!/usr/bin/perl

# What an operator sees: settings that are wrong, a Redis that cannot be used,
# and what ends, starts and is told by signals.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Mongo;
use Chat::Process qw(build_dir read_file testdir wait_until write_file);
use Chat::Redis;
use Chat::Worker;

my $binary = build_dir() . '/worker/chat-worker';
my $conf = testdir() . '/some.conf';
my $key = testdir() . '/jwt.key';

write_file($key, 'k' x 32);

sub say_of {
    my ($options, $text) = @_;
    write_file($conf, $text);
    my $said = `$binary $options -c $conf 2>&1`;
    return ($? >> 8, $said);
}


# ---- settings ---------------------------------------------------------------

my ($status, $said) = say_of('-t', "jwt_key HS256 jwt.key\n");
is($status, 0, 'right settings');
is($said, "chat-worker: $conf is fine\n", 'it says so');

($status, $said) = say_of('-t', "jwt_key HS256 jwt.key\nslot 5\n");
is($status, 1, 'wrong settings');
is($said, "chat-worker: $conf:2: slot: there is no such setting\n",
    'the line and what is wrong with it');

($status, $said) = say_of('', "jwt_key HS256 jwt.key\nslots none\n");
is($status, 1, 'nor does it start');
like($said, qr/:2: slots: "none" is no number/, 'for the same reason');

($status, $said) = say_of('', "jwt_key HS256 jwt.key\nlog /nowhere/log\n");
is($status, 1, 'a log that cannot be written');
like($said, qr{cannot open "/nowhere/log": No such file}, 'is said');

($status, $said) = say_of('', "jwt_key HS256 jwt.key\n"
    . "mongodb mongodb://a:b:c\@\@\n");
is($status, 78, 'a URI that MongoDB does not understand ends it');
like($said, qr/store: mongodb URI/, 'with its words');

like(`$binary -v`, qr/\Achat-worker \d+\.\d+\.\d+\n\z/, 'its version');
is(system("$binary -x 2>/dev/null") >> 8, 1, 'an unknown option');


# ---- a Redis that cannot be used --------------------------------------------

my $mongo = Chat::Mongo->new->start;

sub worker_for {
    my ($redis, %o) = @_;
    return Chat::Worker->new(redis => $redis, mongo => $mongo,
        key_file => $key, lanes => [ 'default 1' ], %o);
}

sub count { scalar(() = $_[0] =~ /$_[1]/g) }

# Says it, once, and works as soon as it is mended.
sub suffers {
    my ($name, $worker, $pattern, $mend) = @_;
    $worker->start;
    wait_until("$name to be said", 10, sub { $worker->log =~ $pattern });
    ok(1, "$name: said");
    $mend->();
    wait_until("$name: to go on", 20, sub { $worker->log =~ /bus: connected/ });
    is(count($worker->log, $pattern), 1, "$name: once");
    $worker->wait_leases;
    $worker->stop;
}

my $redis = Chat::Redis->new->start;
my $other = Chat::Redis->new(tcp => 1)->start;

{
    # It has the address of a Redis that is not there yet.
    my $late = Chat::Redis->new;
    suffers('no Redis', worker_for($late), qr/cannot reach Redis/,
        sub { $late->start });
    $late->stop;
}

$redis->cmd('CONFIG', 'SET', 'requirepass', 'secret');
suffers('a password', worker_for($redis), qr/refuses user or password/,
    sub { $redis->cmd('CONFIG', 'SET', 'requirepass', '') });

my $address = '127.0.0.1 ' . ($other->url =~ /:(\d+)/)[0];
$redis->cmd('REPLICAOF', split / /, $address);
suffers('a replica', worker_for($redis), qr/read-only replica/,
    sub { $redis->cmd('REPLICAOF', 'NO', 'ONE') });

my $slots = $redis->cmd('HGET', 'chat:meta', 'slots');
$redis->cmd('HSET', 'chat:meta', 'slots', 32);
suffers('other slots', worker_for($redis),
    qr/used with another version or number of slots: .* slots 32/,
    sub { $redis->cmd('HSET', 'chat:meta', 'slots', $slots) });

$redis->cmd('ACL', 'SETUSER', 'default', '-function', '-fcall');
suffers('no functions', worker_for($redis), qr/chat\.lua cannot be loaded/,
    sub { $redis->cmd('ACL', 'SETUSER', 'default', '+@all') });

$redis->cmd('ACL', 'SETUSER', 'default', '-config');
$other->cmd('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
$other->cmd('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 32mb 8mb 60');
my $worker = worker_for($other)->start->wait_leases;
like($worker->log, qr/maxmemory-policy allkeys-lru/, 'a policy that loses jobs');
like($worker->log, qr/client-output-buffer-limit pubsub/, 'a small buffer');
$worker->stop;

$worker = worker_for($redis)->start->wait_leases;
unlike($worker->log, qr/ (?:warn|error) /, 'a Redis that tells no settings');


# ---- while it runs ----------------------------------------------------------

# Somebody loads other functions, or none.
$redis->cmd('FUNCTION', 'FLUSH');
wait_until('the functions to be back', 10, sub {
    @{$redis->cmd('FUNCTION', 'LIST')} });
pass('functions that were lost are loaded again');
$worker->wait_leases;


# ---- signals ----------------------------------------------------------------

my $log = "$worker->{dir}/worker.log";
rename $log, "$log.1" or die "rename: $!";
$worker->{process}->signal('USR1');
$worker->allow(qr/died of signal 9/);
wait_until('a new log', 10, sub { -e $log });
pass('USR1: the log is opened anew');
my ($child) = $worker->children;
kill 'KILL', $child;
wait_until('another process', 10, sub {
    my ($now) = $worker->children; $now && $now != $child });
like($worker->log, qr/died of signal 9 \(Killed\)/, 'a death is said, there');

is(read_file("$worker->{dir}/worker.pid"), $worker->pid . "\n", 'the pid file');
$worker->stop;
ok(!-e "$worker->{dir}/worker.pid", 'is gone with it');

done_testing();
