#!/usr/bin/perl

# Large conversations: one subscription and one encoding for all sockets of a
# process, from the joining event to the leaving one, in order and each once,
# whatever happens to channel and link meanwhile.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(fresh_id);
use Chat::Front;
use Chat::Process qw(wait_until);

my $front = Chat::Front->new(recovery => '2m')->start;
my $worker = $front->worker;
my $redis = $front->redis;
my $n = 0;

# The session job of a new socket, and the socket.
sub asking {
    my ($uid, $auth) = @_;
    my $client = $front->client($uid, wait => 0, keep_packets => 1,
        auth => { token => $front->token($uid), %{$auth || {}} });
    wait_until('a session job', 20, sub {
        Chat::SocketIO::serve(0.01);
        $worker->waiting('session') });
    return ($client, $worker->job_of('session'));
}

sub joined {
    my ($uid, @channels) = @_;
    my ($client, $job) = asking($uid);
    $worker->channels($uid, @channels);
    $worker->grant($job);
    $client->wait_connected;
    return $client;
}

# Numbered events of conversations (c…), users (u…).
sub said { return map { { to => [ $_ ], packets => [ [ 'n', ++$n ] ] } } @_ }

sub moved {
    my ($flag, $uid, $id) = @_;
    return { to => [ "u$uid" ], flags => $flag, conversation => $id,
        packets => [ [ 'moved', {} ] ] };
}

sub numbers { join ' ', map { $_->[1] } grep { $_->[0] eq 'n' } @_ }

# The numbers that a client hears up to a mark that everybody hears.
my $mark = 0;

sub heard {
    my (@clients) = @_;
    my $last = ++$mark;
    my %users = map { ("u$_->{uid}" => 1) } @clients;

    $worker->tell({ to => [ keys %users ], packets => [ [ 'mark', $last ] ] });
    for my $client (@clients) {
        $client->event('mark', 20, sub { $_[0] == $last });
    }
    return map { numbers($_->take_all) } @clients;
}

sub client_of { my ($uid, @c) = @_; my $c = joined($uid, @c); $c->{uid} = $uid; $c }

sub subscribers {
    my ($id) = @_;
    return $redis->cmd('PUBSUB', 'NUMSUB', "chat:conv:$id")->[1];
}


# ---- who hears what ---------------------------------------------------------

my ($hall, $other) = (fresh_id(), fresh_id());
my $ann = client_of('ann', $hall);
my $ann2 = client_of('ann', $hall);
my $bob = client_of('bob', $hall, $other);
my $eve = client_of('eve');

is(subscribers($hall), 1, 'one subscription for all sockets of a process');
is(subscribers($other), 1, 'and conversation');

$worker->tell(said("c$hall", 'uann', "c$other", "c$hall"));
is(join(' | ', heard($ann, $ann2, $bob, $eve)), '1 2 4 | 1 2 4 | 1 3 4 | ',
    'each hears its conversations and its own channel, in order');

$worker->tell({ %{(said("c$hall"))[0]}, headers => { exclude => $ann->sid } },
    { %{(said("c$hall"))[0]}, flags => 'v', logged => 0 });
is(join(' | ', heard($ann, $ann2, $bob)), '6 | 5 6 | 5 6',
    'exclude and volatile as elsewhere');

my $log = $redis->cmd('XRANGE', "chat:log:conv:$hall", '-', '+');
is(scalar @$log, 4, 'an event is logged once, behind where the log begins');
is($redis->cmd('XLEN', 'chat:log:ann'), $redis->cmd('XLEN', 'chat:log:bob') + 1,
    'and in no log of a user');

my $ghost = fresh_id();
$worker->tell(said("c$ghost"));
is($redis->cmd('EXISTS', "chat:log:conv:$ghost"), 0,
    'a conversation that nobody hears has no log');
--$n;

$redis->cmd('PEXPIRE', "chat:log:conv:$hall", 20_000);
wait_until('the log of a conversation to be kept', 20,
    sub { $redis->cmd('PTTL', "chat:log:conv:$hall") > 60_000 });
pass('the log of a conversation lives while somebody hears it');

($worker->tell({ to => [ "c$hall" ], flags => 'd', conversation => $hall,
    seq => 7, packets => [ [ 'new-message', {} ] ] }));
my $report = $worker->job_of('delivered')->{body};
is(join(' ', sort split /\n/, $report), "$hall ann 7 $hall bob 7",
    'what is to be reported is reported for each user');


# ---- joining and leaving ----------------------------------------------------

my $late = fresh_id();

# in one step of Redis: nobody here is subscribed when it is said
$worker->tell(said("c$late"), moved('j', 'eve', $late),
    said("c$late", 'ueve', "c$late"));
my $first = $n - 2;
$worker->tell(said("c$late", 'ueve')) for 1 .. 20;
is((heard($eve))[0], join(' ', $first .. $n),
    'who joins hears all from the joining event on, in order');
is(subscribers($late), 1, 'its channel is on');

# somebody else joins what is on
$worker->tell(said("c$late"), moved('j', 'ann', $late), said("c$late", 'uann'));
is(join(' | ', heard($eve, $ann, $ann2)),
    join(' | ', join(' ', $n - 2, $n - 1), ("@{[ $n - 1 ]} $n") x 2),
    'also when it is on already');

$worker->tell(said("c$late"), moved('l', 'eve', $late), said("c$late"));
is(join(' | ', heard($eve, $ann)),
    join(' | ', $n - 1, join(' ', $n - 1, $n)), 'who leaves hears no more');

$worker->tell(moved('l', 'ann', $late));
heard($ann);
$worker->tell(said("c$late"));
is((heard($ann))[0], '', 'the last one left');
$worker->tell(moved('j', 'eve', $late), said("c$late"),
    moved('l', 'eve', $late), said("c$late"), moved('j', 'eve', $late),
    said("c$late"));
is((heard($eve))[0], join(' ', $n - 2, $n),
    'a channel that lingers is taken again; who left in between missed that');

# again and again, while much is said
for my $round (1 .. 20) {
    my $id = fresh_id();
    my ($from, @expected);

    $worker->tell(moved('j', 'eve', $id), said("c$id"));
    $from = $n;
    for (1 .. 1 + rand 8) { $worker->tell(said("c$id", 'ueve', "c$id")) }
    @expected = ($from .. $n);
    if ($round % 2) {
        $worker->tell(moved('l', 'eve', $id), said("c$id", 'ueve'));
        push @expected, $n;
    }
    my ($got) = heard($eve);
    is($got, "@expected", "joining under load, round $round");
}


# ---- a session's beginning --------------------------------------------------

for my $round (1 .. 10) {
    my $id = fresh_id();
    my ($fred, $job) = asking('fred' . $round);

    $worker->channels("fred$round", $id);
    my $cut = $worker->fcall('cut', "fred$round", 180_000, "+$id");
    $worker->tell(said("c$id", "ufred$round", "c$id"));
    my $from = $n - 2;
    $worker->tell(said("c$id")) for 1 .. rand 5;
    $worker->finish($job, headers => { offset => $cut->[0], channels => $id });
    $worker->tell(said("c$id", "ufred$round")) for 1 .. rand 5;
    $fred->wait_connected;
    $fred->{uid} = "fred$round";
    is((heard($fred))[0], join(' ', $from .. $n),
        "the beginning is one cut with a large conversation, $round");

    # another tab, while the first one hears
    my ($tab, $next) = asking("fred$round");
    $cut = $worker->fcall('cut', "fred$round", 180_000, "+$id");
    $worker->tell(said("c$id", "ufred$round"));
    $from = $n - 1;
    $worker->finish($next, headers => { offset => $cut->[0], channels => $id });
    $tab->wait_connected;
    $tab->{uid} = "fred$round";
    is(join('|', heard($fred, $tab)), join('|', (join ' ', $from .. $n) x 2),
        '… for a second socket too, and the first goes on');
    $_->close for $fred, $tab;
}

# more than can wait, before it joined
{
    my $id = fresh_id();
    my ($gil, $job) = asking('gil');
    my $cut = $worker->fcall('cut', 'gil', 180_000, "+$id");
    my $from = $n + 1;
    $worker->tell(said(("c$id", 'ugil') x 100)) for 1 .. 2;
    $worker->finish($job, headers => { offset => $cut->[0], channels => $id });
    $gil->wait_connected;
    $gil->{uid} = 'gil';
    is((heard($gil))[0], join(' ', $from .. $n),
        'much that was said while joining');
}


# ---- gone ------------------------------------------------------------------

$_->close for $ann, $ann2, $bob, $eve;
$front->wait_metric('sockets', 0);
is(subscribers($hall), 1, 'a channel lingers, for people come back');

done_testing();
