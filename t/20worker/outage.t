#!/usr/bin/perl

# MongoDB is away, comes back, stands still.  What was not done is said so at
# once; what may have been done is not said to have failed.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);

use Chat::Backend;
use Chat::Bus qw(direct_id);
use Chat::Process qw(wait_until);

use constant { SOME => 50, PATIENCE => 60_000 };

my $back = Chat::Backend->new(own_mongo => 1)->start;
my ($redis, $mongo, $module) = ($back->redis, $back->mongo, $back->module);
my ($ann, $bob) = map { $_->{id} } $back->people(qw(ann bob));
my $pair = direct_id($ann, $bob);

$module->hear("user:$bob");

sub post {
    my ($text, %o) = @_;
    return $module->event($ann, 'send-message', { to => $bob, text => $text },
        wait => 0, ttl => PATIENCE, %o);
}

sub history { $module->request('GET', "/api/messages/$bob", undef, uid => $ann) }

sub status { $module->reply($_[0])->{status} }

sub texts {
    return map { $_->{text} } $mongo->find('messages', {}, sort => { seq => 1 });
}

sub told {
    return $module->told(20, sub { $_[0]{packets}[0][0] eq 'new-message' })
        ->{packets}[0][1]{text};
}

sub all_finished {
    for my $lane (qw(default read)) {
        wait_until("lane $lane to be empty", 20, sub {
            !grep { $redis->cmd('XLEN', "chat:jobs:$lane:$_") } 0 .. 15 });
    }
}

is(status(post('one')), 201, 'before');
$module->told(20);


# ---- away -------------------------------------------------------------------

sub in_hand {
    my ($id) = @_;
    wait_until('it to be in hand', 10,
        sub { grep { $redis->in_hand($_) } 0 .. 15 });
    return $id;
}

# If the first meets a connection that breaks, it is not known before MongoDB is
# back whether it was done.
$mongo->stop;
my $first = in_hand(post('first'));
my $start = time;
my @ids = map { post("lost $_") } 1 .. SOME;
is_deeply([ map { status($_) } @ids ], [ (503) x SOME ], 'MongoDB away: 503');
is(history()->{status}, 503, 'reading: 503');
my $login = $module->request('POST', '/api/auth/login',
    { email => 'ann@example.org', password => Chat::Backend::PASSWORD });
is($login->{status}, 503, 'signing in: 503');
is($login->{headers}{'retry-after'}, 1, 'come again');
cmp_ok(time - $start, '<', 10, 'without waiting for each');

# A job without an asker is kept.
$module->delivered([ $pair, $bob, 1 ]);
like($back->worker->log, qr/MongoDB is away/, 'the log says so');

$mongo->start;
wait_until('MongoDB to be found again', 30, sub { history()->{status} == 200 });
is(status(post('two')), 201, 'back by itself');
my @done = ((status($first) == 201 ? 'first' : ()), 'two');
is_deeply([ texts() ], [ 'one', @done ], 'what was refused was not done');
is_deeply([ map { told() } @done ], \@done, 'nor told');
all_finished();


# ---- standing still ---------------------------------------------------------

# Sent, and nobody knows whether it was done: it has to be found out.
$mongo->pause;
my $unknown = in_hand(post('unknown'));

# Meanwhile others are not made to wait for it.
is(status(post('refused')), 503, 'new ones are refused');
ok(!$module->replied($unknown), 'the first is not said to have failed');

$mongo->resume;
is(status($unknown), 201, 'it was done');
is_deeply([ grep { /unknown|refused/ } texts() ], [ 'unknown' ], 'once');
is(told(), 'unknown', 'and told');
wait_until('MongoDB to be found again', 30, sub { history()->{status} == 200 });


# ---- dying in the middle of it ----------------------------------------------

@ids = map { post("hard $_") } 1 .. SOME;
$mongo->kill_hard;
$mongo->start;
my @statuses = map { status($_) } @ids;
my $done = grep { $_ == 201 } @statuses;
is($done + grep({ $_ == 503 } @statuses), SOME, 'each is done or refused');
wait_until('MongoDB to be found again', 30, sub { history()->{status} == 200 });

my @stored = grep { /hard/ } texts();
is_deeply(\@stored, [ map { 'hard ' . ($_ + 1) }
    grep { $statuses[$_] == 201 } 0 .. $#ids ],
    'what was done is stored, once; what was refused is not');

my @docs = $mongo->find('messages', {}, sort => { seq => 1 });
is_deeply([ map { 0 + $_->{seq} } @docs ], [ 1 .. @docs ], 'no gap');
all_finished();


# ---- ending while it stands still ------------------------------------------

$mongo->pause;
$unknown = in_hand(post('left behind'));
$back->worker->stop;
ok(!eval { $module->reply($unknown, 0.1) }, 'not answered');

$mongo->resume;
$back->worker->start;
is(status($unknown), 201, 'whoever holds the slot next does it');
is(scalar(grep { $_ eq 'left behind' } texts()), 1, 'once');
all_finished();

done_testing();
