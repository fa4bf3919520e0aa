#!/usr/bin/perl

# Large conversations: one subscription and one encoding for all sockets of a
# process, from the joining event to the leaving one, in order and each once.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(fresh_id);
use Chat::Front;
use Chat::Hall;
use Chat::Process qw(wait_until);

my $front = Chat::Front->new(recovery => '2m', http => 'chat_memory 8m;')->start;
my $worker = $front->worker;
my $redis = $front->redis;
my $hall = Chat::Hall->new($front);

sub subscribers {
    my ($id) = @_;
    return $redis->cmd('PUBSUB', 'NUMSUB', "chat:conv:$id")->[1];
}


# ---- who hears what ---------------------------------------------------------

my ($id, $other) = (fresh_id(), fresh_id());
my $ann = $hall->joined('ann', $id);
my $ann2 = $hall->joined('ann', $id);
my $bob = $hall->joined('bob', $id, $other);
my $eve = $hall->joined('eve');

is(subscribers($id), 1, 'one subscription for all sockets of a process');
is(subscribers($other), 1, 'and conversation');

$hall->say("c$id", 'uann', "c$other", "c$id");
is($hall->heard($ann, $ann2, $bob, $eve), '1 2 4 | 1 2 4 | 1 3 4 | ',
    'each hears its conversations and its own channel, in order');

$hall->say(
    { to => [ "c$id" ], packets => [ [ 'n', 'x' ] ],
        headers => { exclude => $ann->sid } },
    { to => [ "c$id" ], packets => [ [ 'n', 'v' ] ], flags => 'v', logged => 0 });
is($hall->heard($ann, $ann2, $bob), 'v | x v | x v',
    'exclude and volatile as elsewhere');

is($redis->cmd('XLEN', "chat:log:conv:$id"), 4,
    'an event is logged once, behind where the log begins');
is($redis->cmd('XLEN', 'chat:log:ann'), $redis->cmd('XLEN', 'chat:log:bob') + 1,
    'and in no log of a user');

my $ghost = fresh_id();
$hall->say("c$ghost");
is($redis->cmd('EXISTS', "chat:log:conv:$ghost"), 0,
    'a conversation that nobody hears has no log');

$redis->cmd('PEXPIRE', "chat:log:conv:$id", 20_000);
wait_until('the log of a conversation to be kept', 20,
    sub { $redis->cmd('PTTL', "chat:log:conv:$id") > 60_000 });
pass('the log of a conversation lives while somebody hears it');

$hall->say({ to => [ "c$id" ], flags => 'd', conversation => $id, seq => 7,
    packets => [ [ 'new-message', {} ] ] });
is(join(' ', sort split /\n/, $worker->job_of('delivered')->{body}),
    "$id ann 7 $id bob 7", 'what is to be reported is reported for each user');


# ---- joining and leaving ----------------------------------------------------

# in one step of Redis: nobody here is subscribed when it is said
my $late = fresh_id();
$hall->say("c$late", [ 'j', 'eve', $late ], "c$late", 'ueve', "c$late");
$hall->say("c$late", 'ueve') for 1 .. 20;
is($hall->heard($eve), $hall->last(43),
    'who joins hears all from the joining event on, in order');
is(subscribers($late), 1, 'its channel is on');

$hall->say("c$late", [ 'j', 'ann', $late ], "c$late", 'uann');
my $n = $hall->n;
is($hall->heard($eve, $ann, $ann2),
    join(' | ', "@{[ $n - 2, $n - 1 ]}", ("@{[ $n - 1, $n ]}") x 2),
    'also when it is on already');

$hall->say("c$late", [ 'l', 'eve', $late ], "c$late");
is($hall->heard($eve, $ann), $hall->n - 1 . ' | ' . $hall->last(2),
    'who leaves hears no more');

$hall->say([ 'l', 'ann', $late ], "c$late");
is($hall->heard($ann), '', 'the last one left');

$hall->say([ 'j', 'eve', $late ], "c$late", [ 'l', 'eve', $late ], "c$late",
    [ 'j', 'eve', $late ], "c$late");
is($hall->heard($eve), join(' ', $hall->n - 2, $hall->n),
    'a channel that lingers is taken again; what was said in between is missed');

for my $round (1 .. 20) {
    my ($id, $from) = (fresh_id(), $hall->n + 1);

    $hall->say([ 'j', 'eve', $id ], "c$id");
    $hall->say("c$id", 'ueve', "c$id") for 0 .. rand 8;
    my @expected = ($from .. $hall->n);
    if ($round % 2) {
        $hall->say([ 'l', 'eve', $id ], "c$id", 'ueve');
        push @expected, $hall->n;
    }
    is($hall->heard($eve), "@expected", "joining under load, round $round");
}

# not behind the client's back: an event that it emits waits, and is passed on
$late = fresh_id();
$hall->say([ 'j', 'eve', $late ], "c$late");
my $asked = $eve->emit_ack('hello');
$worker->finish($worker->job_of('hello'), json => [ 'there' ]);
is($eve->answer($asked), 'there', 'who is joining may speak');
is($hall->heard($eve), $hall->n, '… and hears');


# ---- a session's beginning --------------------------------------------------

for my $round (1 .. 10) {
    my ($id, $uid) = (fresh_id(), "fred$round");
    my ($fred, $job) = $hall->asking($uid);
    my $cut = $worker->fcall('cut', $uid, 180_000, "+$id");
    my $from = $hall->n + 1;

    $hall->say("c$id", "u$uid", "c$id");
    $hall->say("c$id") for 1 .. rand 5;
    $worker->finish($job, headers => { offset => $cut->[0], channels => $id });
    $hall->say("c$id", "u$uid") for 1 .. rand 5;
    $fred->wait_connected;
    is($hall->heard($fred), join(' ', $from .. $hall->n),
        "the beginning is one cut with a large conversation, $round");

    # another tab, while the first one hears
    (my $tab, $job) = $hall->asking($uid);
    $cut = $worker->fcall('cut', $uid, 180_000, "+$id");
    $from = $hall->n + 1;
    $hall->say("c$id", "u$uid");
    $worker->finish($job, headers => { offset => $cut->[0], channels => $id });
    $tab->wait_connected;
    is($hall->heard($fred, $tab), join(' | ', (join ' ', $from .. $hall->n) x 2),
        '… for a second socket too, and the first goes on');
    $_->close for $fred, $tab;
}

# joining a conversation before the session's beginning is heard of
{
    my ($gil, $job) = $hall->asking('gil');
    my $cut = $worker->fcall('cut', 'gil', 180_000);
    my $id = fresh_id();
    $hall->say("c$id", [ 'j', 'gil', $id ]);
    my $from = $hall->n + 1;
    $hall->say("c$id", 'ugil') for 1 .. 10;
    $worker->finish($job, headers => { offset => $cut->[0] });
    $hall->say("c$id", 'ugil') for 1 .. 10;
    $gil->wait_connected;
    is($hall->heard($gil), join(' ', $from .. $hall->n),
        'who joins one meanwhile hears it from there on');
}

# more than can wait
{
    my ($id, $from) = (fresh_id(), $hall->n + 1);
    my ($hal, $job) = $hall->asking('hal');
    my $cut = $worker->fcall('cut', 'hal', 180_000, "+$id");
    $hall->say(("c$id", 'uhal') x 100) for 1 .. 2;
    $worker->finish($job, headers => { offset => $cut->[0], channels => $id });
    $hal->wait_connected;
    is($hall->heard($hal), join(' ', $from .. $hall->n),
        'much that was said while joining');
}


# ---- many -------------------------------------------------------------------

$_->close for $ann, $ann2, $bob, $eve;
$front->wait_metric('sockets', 0);
is(subscribers($id), 1, 'a channel lingers, for people come back');

# that many copies of the event would be seven times what chat_memory allows
my @crowd = map { my $ws = $front->websocket;
    $ws->send_text('40{"token":"' . $front->token("u$_") . '"}'); $ws } 1 .. 1000;
$worker->channels("u$_", $id) for 1 .. 1000;
for (@crowd) { $worker->grant($worker->job_of('session')) }
$_->text =~ /^40/ && $_->text =~ /authenticated/ or die 'not joined' for @crowd;
is(subscribers($id), 1, 'a thousand users in one conversation');

my $text = 'y' x 60_000;
$hall->say({ to => [ "c$id" ], packets => [ [ 'x', $text ] ] });
is(scalar(grep { ($_->text // '') =~ /^42\["x","y{60000}","[\d.]+"\]$/ } @crowd),
    1000, 'an event is encoded once for all of them');
$hall->say(map { "c$id" } 1 .. 5);
my $expected = $hall->last(5);
is(scalar(grep { my $ws = $_;
    join(' ', map { $ws->text =~ /^42\["n",(\d+),/ } 1 .. 5) eq $expected }
    @crowd), 1000, 'several reach each of them in order');

done_testing();
