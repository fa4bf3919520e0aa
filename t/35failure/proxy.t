#!/usr/bin/perl

# The wire that the failure tests cut: what it lets through, holds and loses.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Process qw(wait_until);
use Chat::Proxy;
use Chat::Redis;
use Chat::RESP;
use Time::HiRes qw(time);

my ($redis, $other) = map { Chat::Redis->new->start } 1, 2;
my $wire = Chat::Proxy->new(server => $redis)->start;

sub client { Chat::RESP->connect("127.0.0.1:$wire->{port}") }
sub answers { my ($c) = @_; (eval { $c->cmd('PING') } // '') eq 'PONG' }

my $client = client();
is($client->cmd('SET', 'k', 'x' x 1_000_000), 'OK', 'a long request passes');
is(length $client->cmd('GET', 'k'), 1_000_000, 'a long answer passes');
is($wire->connections, 1, 'it counts connections');

$wire->delay(100);
my $start = time;
ok(answers($client), 'slowly');
cmp_ok(time - $start, '>=', 0.2, 'as slowly as it was told to');
$wire->pass;

$wire->hold;
$client->send_command('SET', 'k', 'held');
ok(!defined eval { $client->reply(0.2) }, 'held: no answer');
is(length $redis->cmd('GET', 'k'), 1_000_000, 'held: the request is not there');
$wire->pass;
is($client->reply(5), 'OK', 'let go: nothing was lost');
is($redis->cmd('GET', 'k'), 'held', 'let go: the request is there');

$wire->hold_answers;
$client->send_command('SET', 'k', 'done');
wait_until('the answer to be held', 5, sub { $wire->held });
is($redis->cmd('GET', 'k'), 'done', 'answers held: the request was done');
$wire->break;
ok(!defined eval { $client->reply(5) }, 'and its answer is lost');

$client = client();
ok(answers($client), 'after a break connections can be had');

$wire->cut;
ok(!answers($client), 'cut: the connection ended');
ok(!answers(client()), 'cut: no other can be had');
$wire->pass;
$client = client();
ok(answers($client), 'passing again');

my $subscriber = client();
$subscriber->subscribe('channel');
$wire->cut_subscribers;
ok(answers($client), 'subscribers cut: others stay');
ok(!answers($subscriber), 'subscribers cut: their connection ended');
$subscriber = client();
ok(answers($subscriber), 'subscribers cut: another can be had');
ok(!defined eval { $subscriber->subscribe('channel'); $subscriber->cmd('PING') },
    'subscribers cut: until it subscribes');
$wire->pass;

$other->cmd('SET', 'k', 'other');
$wire->target(server => $other);
ok(!answers($client), 'another target: the connection ended');
is(client()->cmd('GET', 'k'), 'other', 'another target: another server');

$other->kill_hard;
ok(!answers(client()), 'no server, no connection');

done_testing();
