#!/usr/bin/perl

# A client that does not know whether its message arrived sends it again, under
# the same clientId, as often as it likes: there is one message.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id message_id);
use Chat::Stack;

my $stack = Chat::Stack->new(worker_processes => 2)->start;
my ($alice, $bob, $carol) = $stack->people(qw(alice bob carol));
my @tabs = map { $stack->socket($alice) } 1 .. 3;
my $watcher = pop @tabs;
my $mongo = $stack->mongo;


# ---- five times at once, over sockets and REST ------------------------------

my $data = { to => $bob->id, text => 'once', clientId => 'the same' };
my $conversation = direct_id($alice->id, $bob->id);

my @rest = map { $alice->begin('POST', '/api/messages', $data) } 1 .. 2;
my @asked = map { [ $_, $_->emit_ack('send-message', $data) ] } @tabs, $tabs[0];
my @answers = map { $_->[0]->answer($_->[1]) } @asked;
my @responses = map { $alice->finish($_) } @rest;

is(scalar(grep { $_->{ok} } @answers), 3, 'the sockets are answered ok');
is_deeply([ grep { !/\A20[01]\z/ } map { $_->{status} } @responses ], [],
    'REST is answered 201 or 200');

my @messages = ((map { $_->{message} } @answers),
    map { $_->{json} } @responses);
is_deeply($_, $messages[0], 'with one and the same message')
    for @messages[1 .. 4];

is($messages[0]{_id}, message_id($alice->id, $conversation, 'the same'),
    'whose id follows from the clientId');
is($mongo->count('messages', {}), 1, 'which is stored once');

is($alice->post('/api/messages', $data)->{status}, 200,
    'once more, by REST: 200');
is($alice->post('/api/messages', { to => $bob->id, text => 'once' },
    headers => [ 'Idempotency-Key: the same' ])->{json}{_id}, $messages[0]{_id},
    'the header Idempotency-Key says the same');


# ---- told once --------------------------------------------------------------

my $next = $tabs[0]->call('send-message', { to => $bob->id, text => 'next' })
    ->{message};
is($next->{seq}, 2, 'repeats used no seq');

# Of five which came from three places, one was told, to whoever did not ask.
$watcher->event('new-message', 20, sub { $_[0]{_id} eq $next->{_id} });
is($watcher->count('new-message'), 1, 'the other tab heard it once');

my $late = $stack->socket($bob);
is_deeply([ map { $_->{seq} } $late->take_events('new-message', 2) ], [ 1, 2 ],
    'who comes later hears both once');


# ---- repeats in the midst of others -----------------------------------------

# Every third is sent twice, and then one of long before again.
my @keys = map { "k$_" } 1 .. 120;
my @sends = map { ($keys[$_], $_ % 3 ? () : @keys[$_, $_ / 2]) } 0 .. $#keys;

@asked = map { $tabs[0]->emit_ack('send-message',
    { to => $bob->id, text => $_, clientId => $_ }) } @sends;

my (%seq, @failed, @changed);
for my $i (0 .. $#asked) {
    my $answer = $tabs[0]->answer($asked[$i]);
    $answer->{ok} or push @failed, $sends[$i];
    my $seq = $answer->{message}{seq} // 'none';
    push @changed, $sends[$i] if ($seq{$sends[$i]} //= $seq) ne $seq;
}

is_deeply(\@failed, [], 'repeats among other messages are answered ok');
is_deeply(\@changed, [], 'each with the seq of the first');
is_deeply([ map { $seq{$_} } @keys ], [ 3 .. 2 + @keys ], 'seq has no gap');
is_deeply([ map { $_->{seq} } $mongo->find('messages',
    { conversationId => $mongo->oid($conversation) }, sort => { seq => 1 }) ],
    [ 1 .. 2 + @keys ], 'nor has MongoDB');
is_deeply([ map { $_->{seq} } $late->take_events('new-message', scalar @keys) ],
    [ 3 .. 2 + @keys ], 'and each was told once, in order');


# ---- one clientId in two conversations, of two people -----------------------

my @two = map { $tabs[0]->call('send-message',
    { to => $_->id, text => 'both', clientId => 'twice' })->{message} }
    $bob, $carol;
my $other = $late->call('send-message',
    { to => $alice->id, text => 'mine', clientId => 'twice' })->{message};

isnt($two[0]{_id}, $two[1]{_id}, 'in two conversations: two messages');
is($two[1]{seq}, 1, 'the second begins its conversation');
isnt($other->{_id}, $two[0]{_id}, "another person's is another message");

done_testing();
