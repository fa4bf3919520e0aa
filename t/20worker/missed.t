#!/usr/bin/perl

# A message that is stored and was told by nobody is told before the next one,
# however long that takes: when it cannot be read, the next one waits.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Backend;
use Chat::Bus qw(direct_id fresh_id slot_of);
use Chat::Process qw(wait_until);

use constant { MANY => 1010, TOLD_MAX => 1000 };

my $back = Chat::Backend->new(own_mongo => 1);
my ($redis, $mongo) = ($back->redis, $back->mongo);
$mongo->{arguments} = [ '--setParameter', 'enableTestCommands=1' ];
$back->start;
my $module = $back->module;
my ($ann, $bob, $carl) = map { $_->{id} } $back->people(qw(ann bob carl));
my $pair = direct_id($ann, $bob);

$module->hear(map { "user:$_" } $bob);

sub send_text {
    my ($text, %o) = @_;
    return $module->event($ann, 'send-message', { to => $bob, text => $text }, %o);
}

# As somebody left them who could not tell them any more.
sub leave {
    my ($seq, @texts) = @_;
    $mongo->insert('messages', map { { _id => $mongo->oid(fresh_id()),
        job => $mongo->oid(fresh_id()), conversationId => $mongo->oid($pair),
        seq => $seq++, senderId => $mongo->oid($bob),
        receiverId => $mongo->oid($ann), type => 'text', text => $_,
        createdAt => $mongo->date(time), updatedAt => $mongo->date(time) } }
        @texts);
}

sub told {
    my ($count) = @_;
    return map { $module->told_packet('new-message', 20) } 1 .. $count;
}

sub marks {
    my %marks = @{$redis->cmd('HGETALL', "chat:marks:$pair")};
    return \%marks;
}

is(send_text('one')->{message}{seq}, 1, 'the first');
told(1);


# ---- it cannot be read ------------------------------------------------------

leave(2, 'two');
$mongo->command(configureFailPoint => 'failCommand', '$db' => 'admin',
    mode => 'alwaysOn', data => { failCommands => [ 'find' ],
        namespace => 'chat.messages', errorCode => 11600 });
my @jobs = map { send_text($_, wait => 0) } 'three', 'four';

wait_until('the first of them to come by again', 20, sub {
    $redis->cmd('EXISTS', 'chat:tries:default:' . slot_of($pair)) });
is($mongo->count('messages', { text => 'three' }), 1, 'the next is stored');
ok(!$module->replied($_), 'and not answered') for @jobs;
is(marks()->{seq}, 1, 'nor told');

$mongo->command(configureFailPoint => 'failCommand', '$db' => 'admin',
    mode => 'off');
is_deeply([ map { $module->reply($_)->{json}[0]{message}{seq} } @jobs ], [ 3, 4 ],
    'when it can be read, the answers come');
is_deeply([ map { "$_->{seq} $_->{text}" } told(3) ],
    [ '2 two', '3 three', '4 four' ], 'it was told, then they, each once');
is_deeply({ map { $_ => marks()->{$_} } 'seq', "r:$ann", "r:$bob" },
    { seq => 4, "r:$ann" => 4, "r:$bob" => 2 }, 'who wrote it has read so far');


# ---- more than anybody leaves -----------------------------------------------

leave(5, map { "many $_" } 5 .. MANY + 4);
is(send_text('last')->{message}{seq}, MANY + 5, 'behind very many');
is_deeply([ map { $_->{seq} } told(TOLD_MAX + 1) ],
    [ MANY + 5 - TOLD_MAX .. MANY + 5 ], 'the newest of them are told, in order');

my $page = $module->request('GET',
    "/api/conversations/$pair/messages?before=10&limit=5", undef, uid => $bob);
is_deeply([ map { $_->{seq} } @{$page->{json}} ],
    [ 5 .. 9 ], 'the others are in the history');

done_testing();
