#!/usr/bin/perl

# Four hundred people come at once, each with 200 unread messages: all of it
# reaches them, and costs no process its subscription, though Redis allows one
# far less than what is sent.  Large replies go by keys of their own.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(max);
use Test::More;
use Time::HiRes qw(time);

use Chat::Fill;
use Chat::Process qw(wait_until);
use Chat::Stack;

use constant { PEOPLE => 400, UNREAD => 200 };

my $stack = Chat::Stack->new(worker_processes => 2);
$stack->redis->{conf} = "client-output-buffer-limit pubsub 4mb 2mb 1\n";
$stack->start;

my $fill = Chat::Fill->new($stack->mongo);
$fill->users(PEOPLE + 1);
$fill->conversations(UNREAD, map { [ $_, PEOPLE ] } 0 .. PEOPLE - 1);
$stack->mongo->update('conversations', {}, { '$set' => {
    'members.$[].readSeq' => { '$numberLong' => '0' } } });

sub come {
    return map { Chat::SocketIO->connect(port => $stack->port, wait => 0,
        keep_packets => 1, token => $stack->token(sub => Chat::Fill::id($_), role => 'member',
            iat => int time)) } 0 .. PEOPLE - 1;
}

# What waits in Redis for its subscribers.
sub waiting {
    return max 0, $stack->redis->cmd('CLIENT', 'LIST', 'TYPE', 'pubsub')
        =~ /\bomem=(\d+)/g;
}

sub seqs {
    my ($client) = @_;
    return join ' ', map { /\A2\["new-message",.*"seq":(\d+)/ }
        @{$client->{packets}};
}

my $start = time;
my $most = 0;
my @people = come();

# as clients do, who is sent away comes back
wait_until('all messages', 120, sub {
    my $end = time + 0.2;
    Chat::SocketIO::serve(0.05) while time < $end;
    $most = max $most, waiting();
    return PEOPLE == grep { $_->count('new-message') >= UNREAD } @people;
});
my $seconds = time - $start;

is(scalar(grep { $_->closed } @people), 0, 'nobody was sent away');
my $all = join ' ', 1 .. UNREAD;
is(scalar(grep { $all eq seqs($_) } @people), PEOPLE,
    'each has his unread messages, in order and once');

my ($lost) = Chat::Nginx::http_get('/metrics') =~ /^chat_redis_lost_total (\d+)/m;
is($lost, 0, 'no process lost its link');
cmp_ok($most, '<', 2 * 1024 * 1024, 'little waits in Redis for a subscriber');
note(sprintf '%d sessions with %d unread messages each: %.1f s, at most %d'
    . ' bytes waited for a subscriber', PEOPLE, UNREAD, $seconds, $most);

done_testing();
