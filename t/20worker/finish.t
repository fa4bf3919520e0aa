#!/usr/bin/perl

# A job is finished by who holds its slot, and once; taken, and taken again, by
# him alone; who came and went is told by who holds that slot.  Real calls of `finish` and `tell` are overheard and
# made again in another Redis, where this can be arranged.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Backend;
use Chat::Bus qw(direct_id slot_of);
use Chat::Redis;

use constant LEASE_MS => 60_000;

my $back = Chat::Backend->new->start;
my ($ann, $bob) = map { $_->{id} } $back->people(qw(ann bob));
my $pair = direct_id($ann, $bob);
my $stream = 'chat:jobs:default:' . slot_of($pair);
my $lease = 'chat:slot:default:' . slot_of($pair);


# ---- overheard --------------------------------------------------------------

my %escaped = (n => "\n", r => "\r", t => "\t", a => "\a", b => "\b");

sub words {
    my ($line) = @_;
    return map { s/\\(?:x([0-9a-f]{2})|(.))/defined $1 ? chr hex $1
        : $escaped{$2} \/\/ $2/ger } $line =~ /"((?:[^"\\]|\\.)*)"/g;
}

my $monitor = $back->redis->client;
$monitor->cmd('MONITOR');
ok($back->module->event($ann, 'send-message', { to => $bob, text => 'hi' })
    ->{ok}, 'a message is sent');

# The next call of that function, in which some word matches.
sub overhear {
    my ($function, $pattern) = @_;
    while (1) {
        my @call = words($monitor->reply(10));
        return @call if @call > 2 && $call[1] eq "chat_v1_$function"
            && grep { $_ =~ $pattern } @call;
    }
}

my @call = overhear('finish', qr/new-message/);
my $owner = $call[4];
my ($entry) = grep { /^\d+-\d+$/ } @call;

$back->module->presence($ann, 1);
overhear('tell', qr/$ann/);
$back->module->presence($bob, 1);
my @tell = overhear('tell', qr/user-online.*$bob/);


# ---- made again -------------------------------------------------------------

my $redis = Chat::Redis->new(functions => 1)->start;
my $listener = $redis->client;
$listener->subscribe("chat:user:$bob");

sub finish { $redis->cmd(@call)->[0] }
sub told   { eval { ($listener->message(0.2))[1] } // '' }
sub marks  { $redis->hash("chat:marks:$pair") }

$redis->cmd('XADD', $stream, $entry, 'j', 'the job');

for (undef, 'another') {
    my $holder = $_ // 'nobody';
    $redis->cmd('SET', $lease, $_, 'PX', LEASE_MS) if $_;
    is(finish(), -1, "held by $holder: the lease is lost");
    is(told(), '', "held by $holder: nothing is told");
    is_deeply(marks(), {}, "held by $holder: no mark moves");
    is($redis->cmd('XLEN', $stream), 1, "held by $holder: the job stays");
}

$redis->cmd('SET', $lease, $owner, 'PX', LEASE_MS);
is(finish(), 1, 'its holder finishes it');
like(told(), qr/new-message/, 'it is told');
is(marks()->{seq}, 1, 'the mark moves');
is($redis->cmd('XLEN', $stream), 0, 'the job is gone');

my $marks = marks();
is(finish(), 0, 'once more: it was finished before');
is(told(), '', 'it is not told again');
is_deeply(marks(), $marks, 'no mark moves');


# ---- taken, and taken again -------------------------------------------------

my $suffix = 'default:' . slot_of($pair);

sub take   { $redis->cmd('FCALL', 'chat_v1_take', 0, 'chat:', $_[0], $suffix, $_[1]) }
sub retake { $redis->cmd('FCALL', 'chat_v1_retake', 0, 'chat:', $_[0], $suffix,
    @_[1, 2]) }

$redis->cmd('DEL', $stream);
$redis->cmd('XADD', $stream, "$_-0", 'j', "job $_") for 2001, 2002, 2003;

is(take('another', '2002-0'), 0, 'who does not hold the slot takes nothing');
is($redis->cmd('GET', "chat:taken:$suffix"), undef, 'nor says he did');
is(take($owner, '2002-0'), 1, 'its holder does');
is($redis->cmd('GET', "chat:taken:$suffix"), '2002-0', 'up to there');

is(retake('another', '0', '2002-0'), -1, 'nor takes anything again');
is_deeply([ @{retake($owner, '0', '2002-0')}[0, 2, 3] ], [ '2001-0', 2, 'job 2001' ],
    'the first that is left, for the second time');
is(retake($owner, '0', '2002-0')->[2], 3, 'for the third');
$redis->cmd('HSET', "chat:tries:$suffix", '2001-0', 0);
is(retake($owner, '0', '2002-0')->[2], 2, 'those before are forgiven');
is(retake($owner, '2001-0', '2002-0')->[0], '2002-0', 'the next');
is_deeply(retake($owner, '2002-0', '2002-0'), [], 'what was not taken is new');
is($redis->cmd('EXISTS', "chat:tries:$suffix"), 0, 'and nothing is counted');


# ---- who came and went ------------------------------------------------------

$listener->subscribe("chat:user:$ann");

is($redis->cmd(@tell), -1, 'held by nobody: the lease is lost');
$redis->cmd('SET', "chat:slot:$tell[5]", 'another', 'PX', LEASE_MS);
is($redis->cmd(@tell), -1, 'held by another: the lease is lost');
is(told(), '', 'nothing is told');
$redis->cmd('SET', "chat:slot:$tell[5]", $tell[4], 'PX', LEASE_MS);
is($redis->cmd(@tell), 1, 'its holder tells');
like(told(), qr/user-online.*$bob/, 'it is told');

done_testing();
