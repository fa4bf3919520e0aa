#!/usr/bin/perl

# The link to Redis is lost and comes back in the same epoch: sockets hear from
# the logs what they missed, of their users and of large conversations, each
# event once and in order, and who is online; those that were joining join.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(fresh_id);
use Chat::Front;
use Chat::Hall;
use Chat::Process qw(wait_until);

my $front = Chat::Front->new(recovery => '2m', wire => 1)->start;
my $worker = $front->worker;
my $redis = $front->redis;
my $hall = Chat::Hall->new($front);

# What is told meanwhile is in no subscriber's buffer.
sub gap {
    my ($told) = @_;
    $front->wire->cut;
    $front->wait_metric('redis_up', 0);
    $told->();
    $front->wire->pass;
    $front->wait_healthy;
}

# Answers the jobs `again` of these users; the online-users of each.
sub again {
    my ($clients, @answers) = @_;
    my %job;
    wait_until('who is online to be asked for', 20, sub {
        my $job = $worker->job_of('again');
        $job{$job->{headers}{uid}} = $job;
        keys %job == @$clients });
    for my $client (@$clients) {
        $worker->finish($job{$client->{hall}}, packets => [ [ 'online-users',
            [ shift @answers ] ] ]);
    }
    return map { $_->event('online-users')->[0] } @$clients;
}


# ---- who had joined ---------------------------------------------------------

my ($id, $other) = (fresh_id(), fresh_id());
my $ann = $hall->joined('ann', $id);
my $ann2 = $hall->joined('ann', $id);
my $bob = $hall->joined('bob', $id, $other);
my $eve = $hall->joined('eve');

gap(sub { $hall->say("c$id", 'uann', "c$other", 'ueve', "c$id") });
is($hall->heard($ann, $ann2, $bob, $eve), '1 2 5 | 1 2 5 | 1 3 5 | 4',
    'what was missed is read, merged in order');
is(join(' ', again([ $ann, $bob, $eve ], 'x', 'y', 'z')), 'x y z',
    'who is online is said again');
is($ann2->event('online-users')->[0], 'x', '… to all sockets of a user');
is($hall->heard($ann, $ann2, $bob, $eve), ' |  |  | ', 'and nothing else');

# one asked, the other not yet answered: what is told meanwhile is newer
gap(sub { });
my $job;
wait_until('ann', 20, sub { $job = $worker->job_of('again');
    $job->{headers}{uid} eq 'ann' });
$hall->say({ to => [ 'uann' ], logged => 0, packets => [ [ 'user-online', 1 ] ] },
    'uann');
is($hall->heard($ann), $hall->n, 'messages do not wait for who is online');
$worker->finish($job, packets => [ [ 'online-users', [] ] ]);
$ann->event('user-online');
is(join(' ', grep { /online/ } map { /^2\["([a-z-]+)"/ } @{$ann->{packets}}[-3..-1]),
    'online-users user-online', 'what is told meanwhile comes behind the answer');

# no worker: it is asked again
gap(sub { });
wait_until('bob', 20, sub { $job = $worker->job_of('again');
    $job->{headers}{uid} eq 'bob' });
$worker->finish($job, status => 503);
wait_until('bob again', 20, sub { $job = $worker->job_of('again');
    $job->{headers}{uid} eq 'bob' });
$worker->finish($job, packets => [ [ 'online-users', [ 'late' ] ] ]);
is($bob->event('online-users', 20, sub { "@{$_[0]}" eq 'late' })->[0], 'late',
    'a refusal is asked again');
$_->take_all for $ann, $ann2, $bob, $eve;

# joining and leaving while nobody hears of it
my ($new, $brief) = (fresh_id(), fresh_id());
gap(sub {
    $hall->say("c$new", [ 'j', 'eve', $new ], "c$new", [ 'l', 'bob', $other ],
        "c$other", 'ubob', [ 'j', 'ann', $brief ], "c$brief",
        [ 'l', 'ann', $brief ], "c$brief", "c$id") });
my $n = $hall->n;
is($hall->heard($eve, $bob, $ann),
    join(' | ', $n - 5, "@{[ $n - 3, $n ]}", "@{[ $n - 2, $n ]}"),
    'each conversation from the joining to the leaving');
$hall->say("c$new", "c$other", "c$brief");
is($hall->heard($eve, $bob, $ann), $hall->n - 2 . ' |  | ', '… and so it goes on');

# again and again
for my $round (1 .. 6) {
    my (@expected, %in);
    gap(sub {
        for (1 .. 1 + rand 40) {
            my $to = (qw(eve bob))[rand 2];
            my $what = rand;
            if ($what < 0.4) {
                $hall->say("u$to");
                push @expected, $hall->n if $to eq 'eve';
            } elsif ($what < 0.7) {
                $hall->say("c$new");
                push @expected, $hall->n unless $in{left};
            } else {
                $hall->say([ $in{left} ? 'j' : 'l', 'eve', $new ]);
                $in{left} = !$in{left};
            }
        }
    });
    $hall->say([ 'j', 'eve', $new ]) if $in{left};
    is($hall->heard($eve), "@expected", "a gap at random, $round");
}

# more than once while it is read
$front->wire->cut;
$front->wait_metric('redis_up', 0);
$hall->say("c$id", 'uann');
$front->wire->pass;
for (1 .. 3) {
    $front->wait_healthy;
    $hall->say("c$id");
    $front->wire->break;
    $hall->say("c$id", 'uann');
}
$front->wait_healthy;
is($hall->heard($ann), $hall->last(11), 'one gap after the other');


# ---- a log that lacks something ---------------------------------------------

gap(sub {
    $hall->say("c$other", "c$id");
    $redis->cmd('XTRIM', "chat:log:conv:$id", 'MAXLEN', 1);
    $hall->say("c$id") });
$ann->wait_closed;
$ann2->wait_closed;
unlike($ann->closed, qr/disconnected by the server/,
    'where a conversation was trimmed the client is to come back');
is($hall->heard($eve), '', 'who does not hear it stays');
my $back = $hall->comes_back($ann, [ $id ]);
ok(!$back->{recovered}, 'and does not recover');
$hall->say("c$id");
is($hall->heard($back), $hall->n, 'but hears what is live');


# ---- who was joining --------------------------------------------------------

(my $fay, $job) = $hall->asking('fay');
my $first = $job;
gap(sub { $hall->say('ufay') });
$job = $hall->session_job;
is($job->{headers}{uid}, 'fay', 'a session job is asked anew');
isnt($job->{id}, $first->{id}, '… under another id');
isnt($job->{headers}{sid}, $first->{headers}{sid}, '… for another sid');
$worker->finish($first, packets => [ [ 'stale', {} ] ]);
$worker->grant($job);
$fay->wait_connected;
$hall->say('ufay');
is($hall->heard($fay), $hall->n, 'it joins');
is($fay->count('stale'), 0, 'the answer to the first is nobody\'s');

# in the middle of a claim
$hall->say('ufay');
is($hall->heard($fay), $hall->n, 'heard');
my ($pid, $sid) = ($fay->{pid}, $fay->sid);
my $offset = Chat::Hall::offset_of($fay);
$fay->close;
$hall->say('ufay', 'ufay');
($fay, $job) = $hall->asking('fay', pid => $pid, offset => $offset);
is($job->{headers}{state}, 'resume', 'a claim');
gap(sub { $hall->say('ufay') });
$worker->finish($job, headers => { offset => '1.1' });
$job = $hall->session_job;
is($job->{headers}{state}, 'resume', 'a claim whose answer was lost is made again');
$worker->grant($job);
$fay->wait_connected;
is($fay->sid, $sid, '… for the same session');
is($hall->heard($fay), $hall->last(3), '… which has missed nothing');

done_testing();
