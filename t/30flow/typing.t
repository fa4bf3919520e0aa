#!/usr/bin/perl

# Typing is told to the others of the conversation, now or never.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id);
use Chat::Stack;

my $stack = Chat::Stack->new(worker_processes => 4)->start;
my ($alice, $bob, $carol) = $stack->people(qw(alice bob carol));
my ($writer, $also_writes, $reader, $also_reads)
    = $stack->sockets_apart($alice, $alice, $bob, $bob);
my $stranger = $stack->socket($carol);
my $conversation = direct_id($alice->id, $bob->id);
my $notice = { conversationId => $conversation, userId => $alice->id };

# The conversation begins with a message: typing makes none.
$writer->call('send-message', { to => $bob->id, text => 'first' });

for my $case (
    [ 'typing', { to => $bob->id } ],
    [ 'stop-typing', { to => $bob->id } ],
    [ 'typing', { conversationId => $conversation } ],
    [ 'stop-typing', { conversationId => $conversation } ])
{
    my ($event, $data) = @$case;
    my ($by) = keys %$data;

    $writer->emit($event, $data);
    is_deeply($_->[0]->event($event), $notice, "$event, $by: $_->[1]")
        for [ $reader, 'the other is told' ], [ $also_reads, 'in both tabs' ];
}

# Each is told in the order of what the writer does.
$writer->emit('typing', { to => $bob->id });
$writer->emit('send-message', { to => $bob->id, text => 'done' });
$reader->event('typing');
is($reader->event('new-message', 20, sub { $_[0]{seq} == 2 })->{text}, 'done',
    'typing comes before the message it announces');

for my $who ([ $stranger, 'a stranger' ], [ $writer, 'the writer' ],
    [ $also_writes, "the writer's other tab" ])
{
    is_deeply([ grep { /typing/ } $who->[0]->waiting ], [],
        "$who->[1] is told nothing");
}

my $answer = $stranger->call('typing', { conversationId => $conversation });
ok(!$answer->{ok}, 'a stranger cannot type into the conversation');
like($answer->{error}{code}, qr/\A(?:forbidden|not_found)\z/, 'and hears why');

# A session that begins later is not told what is over.
$writer->emit('typing', { to => $bob->id });
$reader->event('typing');
my $later = $stack->socket($bob);
$later->event('online-users');
is_deeply([ grep { /typing/ } $later->waiting ], [], 'typing is not kept');

done_testing();
