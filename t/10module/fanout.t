#!/usr/bin/perl

# Events from the bus to the sockets of their user: which sockets hear them, in
# which order, what is reported delivered, what presence is told; and the
# beginning of a socket as one cut.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id slot_of);
use Chat::Front;
use Chat::Process qw(wait_until);

my $front = Chat::Front->new->start;
my $worker = $front->worker;

# The session job of a new socket, and the socket.
sub asking {
    my ($uid, %claims) = @_;
    my $ws = $front->websocket;
    $ws->send_text('40{"token":"' . $front->token($uid, %claims) . '"}');
    return ($ws, $worker->job_of('session'));
}

sub joined {
    my ($uid, %claims) = @_;
    my ($ws, $job) = asking($uid, %claims);
    $worker->grant($job);
    $ws->text =~ /^40/ && $ws->text =~ /authenticated/ or die 'not joined';
    return ($ws, $job->{headers}{sid});
}

# Tells an event and returns what each socket hears of it, up to a mark that
# everybody hears.
my $mark = 0;

sub heard {
    my ($event, @sockets) = @_;
    my $last = ++$mark;

    $worker->tell($event, { to => [ 'a' ], packets => [ [ 'mark', $last ] ],
        logged => 0 });
    return join ' | ', map {
        my ($ws, @texts) = $_;
        while (defined(my $text = $ws->text(5))) {
            last if $text eq qq(42["mark",$last]);
            push @texts, $text;
        }
        join ' ', @texts;
    } @sockets;
}

sub presence {
    my $job = $worker->job_of('presence');
    return "$job->{headers}{uid} $job->{headers}{count}";
}


# ---- who hears what ---------------------------------------------------------

my ($a1, $a1_sid) = joined('alice', sid => 'phone');
is(presence(), 'alice 1', "a user's first socket is told");
my ($a2, $a2_sid) = joined('alice', sid => 'desk');
is(presence(), 'alice 2', 'the second too');
my ($bo) = joined('bob');
is(presence(), 'bob 1', 'each user for itself');

is(heard({ to => [ 'ualice' ], packets => [ [ 'x', { n => 1 } ] ] },
    $a1, $a2, $bo), '42["x",{"n":1}] | 42["x",{"n":1}] | ',
    'an event reaches all sockets of its user, and no others');
is(heard({ to => [ 'ualice', 'ubob' ], packets => [ [ 'x', 1 ], [ 'y', 2 ] ] },
    $a1, $bo), '42["x",1] 42["y",2] | 42["x",1] 42["y",2]',
    'an event of several packets for several users');
$a2->text for 1 .. 3;
is(heard({ to => [ 'ualice' ], packets => [ [ 'x', 1 ] ],
    headers => { exclude => $a1_sid } }, $a1, $a2, $bo), ' | 42["x",1] | ',
    'an excluded socket does not hear it');
is(heard({ to => [ 'unobody' ], packets => [ [ 'x', 1 ] ] }, $a1, $a2, $bo),
    ' |  | ', 'an event for somebody who is not here');
is(heard({ to => [ 'a' ], logged => 0, packets => [ [ 'x', {} ] ] },
    $a1, $a2, $bo), join(' | ', ('42["x",{}]') x 3), 'an event for everybody');
is(heard({ to => [ 'ualice' ], flags => 'v', logged => 0,
    packets => [ [ 'typing', {} ] ] }, $a1, $a2, $bo),
    '42["typing",{}] | 42["typing",{}] | ', 'a volatile event');
is(heard({ to => [ 'ualice' ], packets => [ [ 'long', 'y' x 70_000 ] ] },
    $a1, $a2, $bo), join(' | ', ('42["long","' . 'y' x 70_000 . '"]') x 2, ''),
    'a long event');

# more than is sent in one turn of the loop
my @burst = map { { to => [ 'ualice' ], packets => [ [ 'n', $_ ] ] } } 1 .. 900;
$worker->tell(splice @burst, 0, 300) while @burst;
for my $ws ($a1, $a2) {
    is(join(' ', map { $ws->text =~ /(\d+)\]$/ } 1 .. 900), join(' ', 1 .. 900),
        'a burst arrives in order');
}


# ---- delivery reports -------------------------------------------------------

my $conversation = direct_id('alice', 'bob');
my $other = direct_id('alice', 'carol');

sub message {
    my ($seq, $id, @to) = @_;
    return { to => \@to, flags => 'd', conversation => $id, seq => $seq,
        packets => [ [ 'new-message', { seq => $seq } ] ] };
}

$worker->tell(message(7, $conversation, 'ualice', 'ubob'),
    message(9, $conversation, 'ualice'), message(8, $conversation, 'ualice'));
my $job = $worker->job_of('delivered');
is($job->{lane}, 'default', 'what was delivered is told in the lane default');
is($job->{slot}, slot_of($conversation), "… in the conversation's slot");
is($job->{body}, "$conversation alice 9\n$conversation bob 7\n",
    'the highest seq of each user, once');
is($job->{from}, '-', 'no reply is wanted');

$worker->tell(message(3, $other, 'ualice'), message(10, $conversation, 'ualice'));
is(join(' ', sort { $a <=> $b } map { $worker->job_of('delivered')->{slot} } 1, 2),
    join(' ', sort { $a <=> $b } slot_of($other), slot_of($conversation)),
    'each slot has a job of its own');

$worker->tell({ %{message(11, $conversation, 'ubob')},
    headers => { exclude => 'x' x 20 } }, message(12, $conversation, 'unobody'));
is($worker->job_of('delivered')->{body}, "$conversation bob 11\n",
    'what reached nobody is not reported');
$_->text for ($bo) x 2;


# ---- closing ----------------------------------------------------------------

sub farewell {
    my ($ws) = @_;
    my @texts;
    while (defined(my $text = $ws->text(10))) { push @texts, $text }
    return join ' ', (grep { !/mark|new-message/ } @texts),
        $ws->eof ? 'closed' : 'open';
}

$worker->tell({ to => [ 'ualice' ], flags => 'c', packets => [ [ 'error', {
    code => 'kicked' } ] ], headers => { 'token-session' => 'phone',
    reason => 'signed out' } });
is(farewell($a1), '42["error",{"code":"kicked"}] 41 closed',
    "a close by the token's session: its packets, 41, the end");
is(presence(), 'alice 1', 'one socket less is told');
is(heard({ to => [ 'ualice' ], packets => [ [ 'x', 1 ] ] }, $bo), '',
    'the other stays');

my ($a3, $a3_sid) = joined('alice');
is(presence(), 'alice 2', 'another');
$worker->tell({ to => [ 'ualice' ], flags => 'c', headers => { sid => $a3_sid } });
is(farewell($a3), '41 closed', 'a close by the sid');
$worker->tell({ to => [ 'ualice' ], flags => 'c' });
like(farewell($a2), qr/41 closed$/, 'a close of all');
wait_until('alice to be gone', 20, sub { presence() eq 'alice 0' });

my ($ws);
($ws, $job) = asking('alice');
$worker->tell({ to => [ 'ualice' ], flags => 'c' });
is(farewell($ws), 'closed', 'who is just joining is closed too');
$worker->grant($job);


# ---- the beginning is one cut -----------------------------------------------

($ws, $job) = asking('dora');

sub tell_dora { $worker->tell({ to => [ 'udora' ],
    packets => [ [ 'n', { n => $_[0] } ] ], %{$_[1] || {}} }) }

tell_dora(1);
tell_dora(2, { logged => 0, flags => 'v' });
tell_dora(3, { logged => 0 });
my $cut = $worker->fcall('cut', 'dora', 180_000);
tell_dora(4);
tell_dora(5, { flags => 'd', conversation => $other, seq => 77 });

# asked of Redis, not of time: what was published is ahead of this reply
$worker->finish($job, headers => { offset => $cut->[0],
    deliver => "$conversation:5,$other:6" },
    packets => [ [ 'new-message', { n => 1 } ] ]);
tell_dora(6);

is(join(' ', map { $ws->text =~ /^(40|42.*)/ } 1 .. 6),
    '40 42["new-message",{"n":1}] 42["n",{"n":3}] 42["n",{"n":4}] '
    . '42["n",{"n":5}] 42["n",{"n":6}]',
    'what the reply covers is dropped, the rest follows, then all is live');

my %delivered = map { split / dora / } map { split /\n/, $worker->job_of(
    'delivered')->{body} } 1, 2;
is_deeply(\%delivered, { $conversation => 5, $other => 77 },
    'what came with the reply, and what had waited, is reported delivered');

($ws, $job) = asking('emil');
$cut = $worker->fcall('cut', 'emil', 180_000);
$worker->tell({ to => [ 'uemil' ], logged => 0, packets => [ [ 'here' ] ] });
$worker->tell(map { { to => [ 'uemil' ], packets => [ [ 'n', $_ ] ] } } 1 .. 300);
$worker->finish($job, headers => { offset => $cut->[0] });
$worker->tell({ to => [ 'uemil' ], packets => [ [ 'n', 301 ] ] });
like($ws->text, qr/^40/, 'who is told more while joining than can wait …');
is($ws->text, '42["here"]', '… keeps what no log has');
is(join(' ', map { $ws->text =~ /^42\["n",(\d+)\]$/ } 1 .. 301),
    join(' ', 1 .. 301), '… and reads the others from there');

($ws, $job) = asking('emil');
$worker->tell(map { { to => [ 'uemil' ], logged => 0, packets => [ [ 'n' ] ] } }
    1 .. 300);
is($ws->closed(10), 0, 'too much of that: the client is to come back');
$worker->grant($job);


# ---- many at once -----------------------------------------------------------

my @crowd = map { my $ws = $front->websocket;
    $ws->send_text('40{"token":"' . $front->token("u$_") . '"}'); $ws } 1 .. 250;
wait_until('all to be subscribed', 20, sub {
    250 == @{$front->redis->cmd('PUBSUB', 'CHANNELS', 'chat:user:u*')} });
$bo->send_text('42["behind them"]');
$worker->job_of('behind them');
is($worker->waiting('session'), 200, '200 session jobs are asked at once');

my @jobs = map { $worker->job_of('session') } 1 .. 200;
$worker->grant(shift @jobs) for 1 .. 60;
push @jobs, $worker->job_of('session') for 1 .. 50;
is(scalar @jobs, 190, 'the others follow when some are answered');
$worker->grant($_) for @jobs;
is(scalar(grep { $_->text =~ /^40/ } @crowd), 250, 'all are granted');

done_testing();
