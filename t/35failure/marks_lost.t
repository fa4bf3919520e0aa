#!/usr/bin/perl

# Redis dies together with all workers: what somebody had read is known but for
# the last half minute, what was told is known all the same.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);

use Chat::Backend;
use Chat::Bus qw(direct_id);

use constant { MESSAGES => 90, STEP => 0.5, READING_SECONDS => 42,
    OLD_SECONDS => 30, SLACK_SECONDS => 3 };

my $back = Chat::Backend->new(lanes => [ 'default 1', 'read+auth 1' ])->start;
my ($redis, $module) = ($back->redis, $back->module);
my $worker = $back->worker;
my ($ann, $bob) = map { $_->{id} } $back->people(qw(ann bob));
my $pair = direct_id($ann, $bob);

$module->event($ann, 'send-message', { to => $bob, text => "text $_" })
    for 1 .. MESSAGES;

# Bob reads one message after the other; when he had read which.
my @read_at;
my $end = time + READING_SECONDS;
for (my $seq = 1; time < $end; $seq++) {
    $module->event($bob, 'mark-as-read', { conversationId => $pair, seq => $seq });
    $read_at[$seq] = time;
    sleep STEP;
}

my @children = $worker->children;
my $died = time;
kill 'KILL', $worker->pid, @children;
$redis->kill_hard;
$worker->kill_hard;

$redis->start;
$worker->start->wait_leases;
$module = Chat::FakeModule->new(redis => $redis)->start;

my ($seen) = grep { $_->{_id} eq $pair } @{$module->request('GET',
    '/api/conversations', undef, uid => $bob)->{json}};
my $read = MESSAGES - $seen->{unreadCount};
my ($due) = grep { $read_at[$_] < $died - OLD_SECONDS - SLACK_SECONDS }
    reverse 1 .. $#read_at;

cmp_ok($due, '>', 5, 'he had read some of them more than half a minute ago');
cmp_ok($read, '>=', $due, 'these are known to be read');
cmp_ok($read, '<=', $#read_at, 'and none that he had not read');
is($seen->{lastSeq}, MESSAGES, 'all that was told is known');
is($module->event($ann, 'send-message', { to => $bob, text => 'more' })
    ->{message}{seq}, MESSAGES + 1, 'and it goes on from there');

done_testing();
