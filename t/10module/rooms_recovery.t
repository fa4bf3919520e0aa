#!/usr/bin/perl

# Recovery with large conversations: a user's log and those of the conversations
# are merged, each between joining and leaving, whatever happened in between, on
# any process; and where a log lacks something the session is a fresh one.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(fresh_id);
use Chat::Front;
use Chat::Hall;
use Chat::Polling;
use Chat::Process qw(wait_until);

my $front = Chat::Front->new(recovery => '2m', worker_processes => 2,
    listen => 'reuseport')->start;
my $worker = $front->worker;
my $redis = $front->redis;
my $hall = Chat::Hall->new($front);
my @ids = map { fresh_id() } 1 .. 4;


# ---- at random --------------------------------------------------------------

my %in = map { $_ => 1 } @ids[0, 1];
my (%process, $expected);
my $ann = $hall->joined('ann', sort keys %in);
my $witness = $hall->joined('bob', @ids);      # so that all of them have logs

# Something happens; what ann is to hear of it is noted.
sub something {
    my $id = $ids[rand @ids];
    my $what = rand;

    if ($what < 0.3) {
        $hall->say('uann');
        push @$expected, $hall->n;

    } elsif ($what < 0.75) {
        $hall->say("c$id");
        push @$expected, $hall->n if $in{$id};

    } else {
        $hall->say([ $in{$id} ? 'l' : 'j', 'ann', $id ]);
        $in{$id} ? delete $in{$id} : ($in{$id} = 1);
    }
}

for my $round (1 .. 60) {
    my $sid = $ann->sid;
    my $silent = $round % 3 == 0;              # the old connection looks open

    $expected = [];
    something() for 1 .. rand 6;
    is($hall->heard($ann), "@$expected", "live, $round");

    $expected = [];
    $ann->close unless $silent;
    my $before = $ann;
    my $offset = Chat::Hall::offset_of($ann);
    something() for 1 .. rand 25;
    $ann = $hall->comes_back($before, [ sort keys %in ], offset => $offset);
    ok($ann->{recovered} && $ann->sid eq $sid, "recovered, $round");
    something() for 1 .. rand 6;
    is($hall->heard($ann), "@$expected", "all of it, once and in order, $round");
    $process{$front->nginx->process_of($ann->ws->socket)} = 1;
    $before->wait_closed if $silent;
}
is(scalar keys %process, 2, 'on either process');
$hall->heard($witness);


# ---- while it is said -------------------------------------------------------

# what comes between the claim and the worker's answer, and behind it
$hall->say([ 'l', 'ann', $ids[0] ]) if delete $in{$ids[0]};
for my $round (1 .. 10) {
    $ann->close;
    $hall->say("c$ids[0]", [ 'j', 'ann', $ids[0] ], "c$ids[0]", 'uann');
    my $from = $hall->n - 1;
    $in{$ids[0]} = 1;
    my ($client, $job) = $hall->asking('ann', pid => $ann->{pid},
        offset => Chat::Hall::offset_of($ann));
    $hall->say("c$ids[0]", 'uann') for 1 .. rand 4;
    $worker->grant($job, channels => [ sort keys %in ]);
    $hall->say("c$ids[0]", 'uann') for 1 .. rand 4;
    $client->wait_connected;
    is($hall->heard($client), join(' ', $from .. $hall->n),
        "in the middle of a claim, $round");
    $hall->say([ 'l', 'ann', $ids[0] ]);
    delete $in{$ids[0]};
    $hall->heard($client);
    $ann = $client;
}


# ---- what is lacking --------------------------------------------------------

sub is_fresh {
    my ($what, %auth) = @_;
    my $pid = $ann->{pid};
    my $new = $hall->comes_back($ann, [ sort keys %in ], %auth);
    ok(!$new->{recovered}, "$what: not recovered");
    isnt($new->{pid}, $pid, "$what: another pid");
    return $new;
}

%in = map { $_ => 1 } @ids[0, 1];
$ann->close;
$ann = $hall->joined('ann', sort keys %in);
$hall->say('uann', "c$ids[0]");
is($hall->heard($ann), $hall->last(2), 'a session');

$ann->close;
$hall->say("c$ids[0]", "c$ids[0]");
$redis->cmd('XTRIM', "chat:log:conv:$ids[0]", 'MAXLEN', 1);
$ann = is_fresh('a conversation that was trimmed');

$ann->close;
$redis->cmd('DEL', "chat:log:conv:$ids[1]");
$ann = is_fresh('a conversation whose log is gone');

$hall->say("c$ids[1]");
is($hall->heard($ann), $hall->n, 'it has begun again');
$ann->close;
my $offset = Chat::Hall::offset_of($ann);
$redis->cmd('DEL', "chat:log:conv:$ids[1]");
$worker->fcall('cut', 'eve', 180_000, "+$ids[1]");
$ann = is_fresh('a conversation whose log is younger', offset => $offset);

# one that does not concern any more, or not yet
$hall->say('uann');
$hall->heard($ann);
$ann->close;
$redis->cmd('XTRIM', "chat:log:conv:$ids[2]", 'MAXLEN', 1);
$hall->say('uann', [ 'j', 'ann', $ids[2] ], "c$ids[2]", [ 'l', 'ann', $ids[2] ]);
my $old = $ann;
$ann = $hall->comes_back($ann, [ sort keys %in ]);
ok($ann->{recovered}, 'a log that was trimmed before the joining is whole');
is($hall->heard($ann), $hall->last(2), '… and is read');


# ---- over polling -----------------------------------------------------------


for my $round (1 .. 5) {
    my $sid = $ann->sid;
    $ann->close;
    $hall->say("c$ids[0]", 'uann', "c$ids[1]");

    my $p = Chat::Polling->open(port => $front->port);
    my $post = $p->start('POST', '40{"token":"' . $front->token('ann')
        . qq(","pid":"$ann->{pid}",) . '"offset":"' . Chat::Hall::offset_of($ann)
        . '"}');
    my $job = $worker->job_of('session');
    is($job->{headers}{state}, 'resume', "polling $round: recovered");
    $worker->grant($job, channels => [ sort keys %in ]);
    $hall->say("c$ids[1]", 'uann');
    is($p->end($post)->{status}, 200, "polling $round: CONNECT was taken");

    my @packets;
    if ($round % 2) {
        $hall->say({ to => [ 'uann' ], packets => [ [ 'mark', 0 ] ] });
        push @packets, $p->get until grep { /"mark"/ } @packets;

    } else {
        # the upgrade, in the middle of it
        my $get = $p->start('GET');
        my $ws = $p->upgrade;
        push @packets, split /\x1e/, $p->end($get)->{body};
        $hall->say("c$ids[0]", { to => [ 'uann' ], packets => [ [ 'mark', 0 ] ] });
        until (grep { /"mark"/ } @packets) {
            push @packets, $ws->text // die 'closed';
        }
    }

    is(join(' ', map { /^42\["n",(\d+),/ } @packets),
        $hall->last($round % 2 ? 5 : 6), "polling $round: all of it, in order");
    my ($granted) = grep { $packets[$_] =~ /^40/ } 0 .. $#packets;
    is(scalar(grep { /^42\["n"/ } @packets[0 .. $granted]), 3,
        "polling $round: what was missed comes before CONNECT");

    # back to a client that knows what it has seen
    my ($last) = map { /,"(\d+\.\d+)"\]$/ } $packets[-1];
    $ann = $hall->comes_back($ann, [ sort keys %in ], offset => $last);
    is($ann->sid, $sid, "polling $round: the same session");
}

done_testing();
