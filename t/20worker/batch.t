#!/usr/bin/perl

# What is taken together is written together: order, seq, repeats in one batch,
# and what is found in MongoDB that was not expected there.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP qw(encode_json);
use Test::More;

use Chat::Backend;
use Chat::Bus qw(direct_id fresh_id message_id slot_of);
use Chat::Process qw(wait_until);

use constant { MANY => 300, NONSENSE => 3000, DEAD_MAX => 1000 };

my $back = Chat::Backend->new->start;
my ($redis, $mongo, $module) = ($back->redis, $back->mongo, $back->module);
my ($ann, $bob, $carl) = map { $_->{id} } $back->people(qw(ann bob carl));
my $pair = direct_id($ann, $bob);

$module->hear(map { "user:$_" } $ann, $bob, $carl);

# Jobs that are added while nobody looks are taken together.
sub together(&) {
    my ($add) = @_;
    $back->worker->pause;
    my @ids = $add->();
    $back->worker->resume;
    return map { $module->reply($_) } @ids;
}

sub by_event {
    my ($uid, $to, $text, %o) = @_;
    my $client_id = delete $o{clientId};
    return $module->event($uid, 'send-message', { to => $to, text => $text,
        $client_id ? (clientId => $client_id) : () }, wait => 0, %o);
}

sub by_rest {
    my ($uid, $to, $text, $client_id) = @_;
    return $module->request('POST', '/api/messages', { to => $to, text => $text,
        clientId => $client_id }, uid => $uid, wait => 0);
}

sub message { ref $_[0]{json} eq 'ARRAY' ? $_[0]{json}[0]{message} : $_[0]{json} }

# What was told to somebody until his own mark: the packets' first arguments.
my $marks = 0;
sub told_to {
    my ($uid, $other) = @_;
    my $text = 'mark ' . ++$marks;
    my @told;

    my $mark = message($module->reply(by_event($uid, $other, $text)));
    while (1) {
        my $event = $module->told(20, sub { $_[0]{channel} eq "user:$uid" });
        my @packets = map { $_->[1] } grep { $_->[0] eq 'new-message' }
            @{$event->{packets}};
        return @told if grep { $_->{_id} eq $mark->{_id} } @packets;
        push @told, @packets;
    }
}

# Of a conversation, in order of seq.
sub stored {
    my ($conversation) = @_;
    return $mongo->find('messages',
        { conversationId => $mongo->oid($conversation) }, sort => { seq => 1 });
}

sub seqs { map { ref $_->{seq} ? $_->{seq}{'$numberLong'} : $_->{seq} } @_ }


# ---- order ------------------------------------------------------------------

my @replies = together {
    map { my $n = $_; by_event($n % 3 ? ($ann, $bob) : ($bob, $ann), "text $n") }
        1 .. MANY;
};
my @messages = map { message($_) } @replies;

is_deeply([ map { $_->{seq} } @messages ], [ 1 .. MANY ],
    'seq is the order of the stream, without gap');
is_deeply([ map { $_->{text} } stored($pair) ],
    [ map { "text $_" } 1 .. MANY ], 'so it is stored');

my @ann_heard = told_to($ann, $bob);
is_deeply([ map { $_->{seq} } @ann_heard ], [ 1 .. MANY ], 'so it is told');
is_deeply([ map { $_->{text} } told_to($bob, $ann) ],
    [ (map { "text $_" } 1 .. MANY), 'mark 1' ], 'to both');


# ---- repeats ----------------------------------------------------------------

@replies = together {
    (map { by_event($ann, $bob, "five $_", clientId => 'five') } 1 .. 3),
    (map { by_rest($ann, $bob, "five $_", 'five') } 4 .. 5);
};
is_deeply([ map { $_->{status} } @replies ], [ 201, (200) x 4 ],
    'five at once: one is new');
is_deeply([ map { message($_) } @replies ], [ (message($replies[0])) x 5 ],
    'all hear of the same message');
is(scalar(grep { $_->{text} =~ /^five/ } stored($pair)), 1, 'stored once');
is(scalar(grep { $_->{text} =~ /^five/ } told_to($bob, $ann)), 1, 'told once');

@replies = together {
    by_event($ann, $bob, 'before'),
    by_event($ann, $bob, 'again', clientId => 'five'),
    by_event($bob, $ann, 'between'),
    by_event($ann, $bob, 'again', clientId => 'five'),
    by_event($ann, $bob, 'after');
};
is_deeply([ map { $_->{status} } @replies ], [ 201, 200, 201, 200, 201 ],
    'a repeat in the midst of others');
is(message($replies[1])->{text}, 'five 1', 'is answered with what is stored');
my @new = map { message($replies[$_])->{seq} } 0, 2, 4;
is_deeply(\@new, [ $new[0] .. $new[0] + 2 ], 'and leaves no gap');
is_deeply([ map { $_->{text} } told_to($bob, $ann) ],
    [ qw(before between after) ], 'nor is it told');

@replies = together {
    by_event($ann, $bob, 'to bob', clientId => 'same'),
    by_event($ann, $carl, 'to carl', clientId => 'same');
};
is_deeply([ map { $_->{status} } @replies ], [ 201, 201 ],
    'one clientId in two conversations: two messages');
isnt(message($replies[0])->{_id}, message($replies[1])->{_id}, 'of two ids');
is(message($replies[1])->{seq}, 1, 'each counted in its own');

@replies = together {
    map { by_event($carl, $bob, "new $_", clientId => 'new') } 1 .. 2;
};
is_deeply([ map { $_->{status} } @replies ], [ 201, 200 ],
    'two at once that make the conversation');


# ---- what MongoDB has already ----------------------------------------------

# As a run that ended between insert and finish left it, or another holder.
sub leave {
    my ($id, $job, %fields) = @_;
    my ($seq) = (reverse seqs(stored($pair)))[0];
    $mongo->insert('messages', { _id => $mongo->oid($id), job => $mongo->oid($job),
        conversationId => $mongo->oid($pair), seq => $seq + 1,
        senderId => $mongo->oid($ann), receiverId => $mongo->oid($bob),
        type => 'text', createdAt => $mongo->date(time),
        updatedAt => $mongo->date(time), %fields });
    return $seq + 1;
}

told_to($bob, $ann);
my $job = fresh_id();
my $seq = leave($job, $job, text => 'left');
by_event($ann, $bob, 'left', id => $job);
my $reply = $module->reply($job);
is($reply->{status}, 201, 'stored by an earlier run of this job: 201');
is(message($reply)->{seq}, $seq, 'with the seq of then');
is_deeply([ map { $_->{text} } told_to($bob, $ann) ], [ 'left' ],
    'now it is told');

my $other = message_id($ann, $pair, 'other');
leave($other, fresh_id(), text => 'of another job');
$reply = $module->reply(by_event($ann, $bob, 'mine', clientId => 'other'));
is(message($reply)->{text}, 'of another job',
    'stored by another job, which Redis lost: answered with what is stored');
is_deeply([ map { $_->{text} } told_to($bob, $ann) ], [ 'of another job' ],
    'nobody had told it: it is told');
$reply = $module->reply(by_event($ann, $bob, 'mine', clientId => 'other'));
is($reply->{status}, 200, 'once more: 200');
is_deeply([ map { $_->{text} } told_to($bob, $ann) ], [], 'not told again');

$seq = leave(fresh_id(), fresh_id(), text => 'of another holder');
@replies = together { map { by_event($ann, $bob, "behind $_") } 1 .. 3 };
is_deeply([ map { message($_)->{seq} } @replies ], [ $seq + 1 .. $seq + 3 ],
    'a seq that is taken: counted again, in order');
like($back->worker->log, qr/seq $seq of $pair is taken/, 'the log says so');
is_deeply([ seqs(told_to($bob, $ann)) ], [ $seq .. $seq + 3 ],
    'told by nobody: told before the next, in order');
is_deeply([ grep { /holder|behind/ } map { $_->{text} } told_to($ann, $bob) ],
    [ 'of another holder', 'behind 1', 'behind 2', 'behind 3' ],
    'also to who wrote it');

# The batch counts again in its midst: what it told before is not told again.
told_to($bob, $ann);
$job = fresh_id();
@replies = together {
    by_event($ann, $bob, 'first', clientId => 'first'),
    by_event($ann, $bob, 'left too', id => $job),
    by_event($ann, $bob, 'first again', clientId => 'first'),
    do {
        leave(fresh_id(), fresh_id(), text => 'of nobody');
        leave($job, $job, text => 'left too');
        by_event($bob, $ann, 'last') };
};
is_deeply([ map { $_->{status} } @replies ], [ 201, 200, 200, 201 ],
    'found in the midst of a batch: each has its answer');
my @told = told_to($bob, $ann);
is_deeply([ map { $_->{text} } @told ],
    [ 'of nobody', 'left too', 'first', 'last' ], 'each is told once, in order');
is_deeply([ seqs(@told) ], [ $told[0]{seq} .. $told[0]{seq} + 3 ],
    'in the order of seq');

my @seqs = seqs(stored($pair));
is_deeply(\@seqs, [ 1 .. @seqs ], 'no gap anywhere');


# ---- not run ----------------------------------------------------------------

sub now_ms { my $t = $redis->cmd('TIME'); $t->[0] * 1000 + int($t->[1] / 1000) }

$back->worker->pause;
$job = by_event($ann, $bob, 'too late', ttl => 5);
my $added = now_ms();
wait_until('its time to be over', 5, sub { now_ms() > $added + 5 });
$back->worker->resume;
is($module->reply($job)->{status}, 504, 'older than its asker waits: 504');
is(scalar(grep { $_->{text} eq 'too late' } stored($pair)), 0, 'not done');

$redis->cmd('XADD', 'chat:jobs:default:3', '*', 'j', 'nonsense');
wait_until('a dead letter', 5, sub { $redis->cmd('XLEN', 'chat:jobs:dead') });
is($redis->cmd('XRANGE', 'chat:jobs:dead', '-', '+')->[0][1][1], 'nonsense',
    'what is no job goes to the dead letters');

my $client = $redis->client;
$client->send_command('XADD', 'chat:jobs:default:3', '*', 'j', "nonsense $_")
    for 1 .. NONSENSE;
$client->reply(10) for 1 .. NONSENSE;
wait_until('the last of them', 20, sub {
    $redis->cmd('XREVRANGE', 'chat:jobs:dead', '+', '-', 'COUNT', 1)->[0][1][1]
        eq 'nonsense ' . NONSENSE });
cmp_ok($redis->cmd('XLEN', 'chat:jobs:dead'), '<', DEAD_MAX + 200,
    'the newest of them are kept');


# ---- large bodies -----------------------------------------------------------

my $blob = fresh_id();
$redis->cmd('SET', "chat:blob:$blob", encode_json({ to => $bob,
    text => 'large', unknown => 'x' x 300_000 }));
$job = $module->add(kind => 'http', lane => 'default', target => $pair,
    headers => { uid => $ann, method => 'POST', path => '/api/messages',
        type => 'application/json', blob => $blob });
is($module->reply($job)->{status}, 201, 'a body that came as a key');

$job = $module->add(kind => 'http', lane => 'default', target => $pair,
    headers => { uid => $ann, method => 'POST', path => '/api/messages',
        type => 'application/json', blob => fresh_id() });
is($module->reply($job)->{status}, 504, 'the key is gone: 504');


# ---- nothing is left --------------------------------------------------------

for my $lane (qw(default read auth upload)) {
    my @left = grep { $redis->cmd('XLEN', "chat:jobs:$lane:$_") } 0 .. 15;
    is("@left", '', "no job is left in lane $lane");
}

done_testing();
