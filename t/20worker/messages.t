#!/usr/bin/perl

# Writing: the same by REST and by event; who is told what; receipts; typing.

use warnings;
use strict;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Backend;
use Chat::Bus qw(direct_id message_id slot_of);

my $back = Chat::Backend->new->start;
my $module = $back->module;
my ($ann, $bob, $carl) = map { $_->{id} } $back->people(qw(ann bob carl));
my $conversation = direct_id($ann, $bob);

$module->hear(map { "user:$_" } $ann, $bob, $carl);

sub post {
    my ($uid, $path, $data, %o) = @_;
    return $module->request('POST', $path, $data, uid => $uid, %o);
}

# The next events on these people's channels, in turn.
sub told { map { my $uid = $_;
    $module->told(20, sub { $_[0]{channel} eq "user:$uid" }) } @_ }


# ---- the first message ------------------------------------------------------

my $r = post($ann, '/api/messages', { to => $bob, text => "Grüße 👋\n\"x\"",
    metadata => { mood => [ 1, 'ok' ] }, replyTo => 'A' x 24 });
my $first = $r->{json};
my %expected = (conversationId => $conversation, seq => 1, senderId => $ann,
    receiverId => $bob, text => "Grüße 👋\n\"x\"", type => 'text',
    metadata => { mood => [ 1, 'ok' ] }, replyTo => 'a' x 24, status => 'sent',
    readBy => [ $ann ]);

is($r->{status}, 201, 'sent: 201');
is_deeply({ map { $_ => $first->{$_} } keys %expected }, \%expected,
    'the message');
is($first->{createdAt}, $first->{updatedAt}, 'new');

for my $event (told($ann, $bob)) {
    is_deeply($event->{packets}, [ [ 'new-message', $first ] ],
        "$event->{channel} hears it");
    is("$event->{flags} $event->{conversation} $event->{seq}",
        "d $conversation 1", 'its delivery is to be reported');
    like($event->{offset}, qr/\A\d+\.\d+\z/, 'it can be recovered');
}

my $doc = $back->mongo->find_one('conversations',
    { _id => $back->mongo->oid($conversation) });
is($doc->{type}, 'direct', 'the conversation was made');
is_deeply([ sort map { $_->{user}{'$oid'} } @{$doc->{members}} ],
    [ sort $ann, $bob ], 'of the two');


# ---- by event ---------------------------------------------------------------

my $answer = $module->event($bob, 'send-message',
    { conversationId => $conversation, text => 'back', clientId => 'c1' },
    sid => 'tab1');
is($answer->{message}{seq}, 2, 'an event is answered in its ack');
is($answer->{message}{_id}, message_id($bob, $conversation, 'c1'),
    'the clientId makes the id');
my ($to_ann, $to_bob) = told($ann, $bob);
is_deeply($to_ann->{packets}[0][1], $answer->{message}, 'the other hears it');
is($to_bob->{headers}{exclude}, 'tab1', 'so do the other tabs, not this one');

is(post($ann, "/api/messages/send/$bob", { text => 'x' })->{json}{seq}, 3,
    'the person in the path');
is(post($ann, "/api/conversations/$conversation/messages", { text => 'x' })
    ->{json}{seq}, 4, 'the conversation in the path');
is(post($ann, '/api/messages', { to => uc $bob, text => 'x' })->{json}{seq}, 5,
    'an id in upper case');

# A job in a slot that is not the conversation's is moved there.
my $elsewhere = sprintf '%024x', 0;
$elsewhere++ while slot_of($elsewhere) == slot_of($conversation);
is(post($ann, '/api/messages', { to => $bob, text => 'x' },
    target => $elsewhere)->{json}{seq}, 6, 'from the wrong slot');
is(post($ann, '/api/messages', { to => $bob, text => 'x' }, lane => 'upload')
    ->{json}{seq}, 7, 'from another lane');


# ---- once -------------------------------------------------------------------

$r = post($bob, '/api/messages', { to => $ann, text => 'other text' },
    headers => { 'idempotency-key' => 'c1' });
is($r->{status}, 200, 'a repeat: 200');
is($r->{json}{text}, 'back', 'with what is stored');
is(post($bob, '/api/messages', { to => $carl, text => 'x', clientId => 'c1' })
    ->{status}, 201, 'in another conversation it is another message');


# ---- refused ----------------------------------------------------------------

my %ok = (to => $bob, text => 'x');
for my $case (
    [ { %ok, to => $ann }, 400, 'to', 'to oneself' ],
    [ { text => 'x' }, 400, 'to', 'to nobody' ],
    [ { %ok, to => undef }, 400, 'to', 'to null' ],
    [ { %ok, to => [ $bob ] }, 400, 'to', 'to a list' ],
    [ { %ok, conversationId => 5 }, 400, 'conversationId', 'into a number' ],
    [ { %ok, text => " \n" }, 400, 'text', 'white space' ],
    [ { %ok, text => "a\0b" }, 400, undef, 'U+0000' ],
    [ { %ok, text => '€' x 10_001 }, 400, 'text', '10,001 characters' ],
    [ { %ok, text => '€' x 10_000 }, 201, undef, '10,000 characters' ],
    [ { %ok, clientId => '' }, 400, 'clientId', 'an empty clientId' ],
    [ { %ok, clientId => 'é' x 64 }, 201, undef, 'a clientId of 128 bytes' ],
    [ { %ok, clientId => 'é' x 65 }, 400, 'clientId', 'of 130' ],
    [ { %ok, metadata => [ 1 ] }, 400, 'metadata', 'a list for metadata' ],
    [ { %ok, metadata => { k => 'x' x 2040 } }, 201, undef, '2,048 bytes' ],
    [ { %ok, metadata => { k => 'x' x 2041 } }, 400, 'metadata', '2,049' ],
    [ { %ok, replyTo => 'x' }, 400, 'replyTo', 'a reply to no id' ],
    [ { %ok, attachments => [ {} ] }, 400, 'attachments', 'an attachment' ],
    [ { %ok, unknown => { '$x' => 1 } }, 201, undef, 'unknown fields' ],
    [ { %ok, to => 'f' x 24 }, 404, undef, 'to who is not' ],
    [ { conversationId => 'f' x 24, text => 'x' }, 404, undef, 'into nothing' ],
    [ { conversationId => 'x', text => 'x' }, 404, undef, 'into no id' ],
    [ { conversationId => direct_id($bob, $carl), text => 'x' }, 403, undef,
        "into others' conversation" ])
{
    my ($data, $status, $field, $name) = @$case;
    my $rest = post($ann, '/api/messages', $data);
    my $event = $module->event($ann, 'send-message',
        { %$data, exists $data->{clientId} ? () : (clientId => "e$name") });

    is($rest->{status}, $status, "$name: $status");
    is($event->{ok} ? 1 : 0, $status == 201 ? 1 : 0, '  the same by event');
    next if $status == 201;
    is($event->{error}{code}, $rest->{json}{code}, '  with the same code');
    ok($rest->{json}{fields}{$field} && $event->{error}{fields}{$field},
        "  about $field") if $field;
}

is(post($ann, '/api/messages', undef, body => $_->[0],
    headers => { type => $_->[1] })->{status}, $_->[2], "a body: $_->[0]")
    for [ '[]', 'application/json', 400 ], [ '{', 'application/json', 400 ],
        [ '<x/>', 'text/xml', 415 ],
        [ "to=$bob&text=hi", 'application/x-www-form-urlencoded', 415 ],
        [ "{\"to\":\"$bob\",\"text\":\"x\"}", 'Application/JSON; charset=utf-8',
          201 ];

my $frank = $back->people('frank')->{id};
$back->mongo->command(update => 'users', updates => [ {
    q => { _id => $back->mongo->oid($frank) },
    u => { '$set' => { isActive => JSON::PP::false } } } ]);
is(post($ann, '/api/messages', { to => $frank, text => 'x' })->{json}{code},
    'user_inactive', 'to who is not active');
is($module->event($ann, 'no-such-event', {})->{error}{code}, 'not_found',
    'an unknown event');


# ---- receipts ---------------------------------------------------------------

my $dora = $back->people('dora')->{id};
my $eve = $back->people('eve')->{id};
my $pair = direct_id($dora, $eve);
$module->hear("user:$dora", "user:$eve");
post($dora, '/api/messages', { to => $eve, text => "text $_" }) for 1 .. 4;
told($dora, $eve) for 1 .. 4;

# What was delivered is told to the other; what tells nothing new to nobody.
$module->delivered([ $pair, $eve, 2 ], [ $pair, $dora, 4 ], [ $pair, $carl, 4 ],
    [ 'f' x 24, $eve, 1 ]);
my ($event) = told($dora);
my ($name, $status) = @{$event->{packets}[0]};
is($name, 'message-status', 'delivered');
like(delete $status->{at}, qr/\A\d{4}-/, 'at a time');
is_deeply($status, { conversationId => $pair, status => 'delivered',
    userId => $eve, upToSeq => 2 }, 'up to there');

$module->delivered([ $pair, $eve, 2 ]);
$module->delivered([ $pair, $eve, 1 ]);
$module->delivered([ $pair, $eve, 99 ]);
is((told($dora))[0]{packets}[0][1]{upToSeq}, 4, 'told once, never beyond the end');

is_deeply($module->event($eve, 'mark-as-read', { userId => $dora, seq => 3 },
    sid => 'tab1')->{read},
    { conversationId => $pair, readSeq => 3, unreadCount => 1 }, 'read up to 3');
for my $heard (told($dora, $eve)) {
    is("@{$heard->{packets}[0][1]}{qw(status userId upToSeq)}", "read $eve 3",
        "$heard->{channel} hears it");
    is($heard->{headers}{exclude}, 'tab1', 'but the tab that asked');
}

is(post($eve, "/api/conversations/$pair/read", { seq => 1 })->{json}{readSeq}, 3,
    'never back');
is(post($eve, "/api/messages/$dora/read", { seq => 99 })->{json}{readSeq}, 4,
    'never beyond');
is((told($dora))[0]{packets}[0][1]{upToSeq}, 4, 'the going back was not told');
is(post($eve, "/api/messages/$dora/read")->{json}{unreadCount}, 0,
    'without seq: all');
is(post($eve, "/api/messages/$bob/read")->{json}{readSeq}, 0,
    'where nothing was written nothing is unread');
is(post($eve, "/api/messages/$_/read")->{status}, 404, "with nobody: $_")
    for 'f' x 24, 'x!';
is(post($eve, "/api/conversations/$conversation/read")->{status}, 403,
    "in others' conversation");
is(post($eve, '/api/conversations/' . 'f' x 24 . '/read')->{status}, 404,
    'in none');


# ---- typing -----------------------------------------------------------------

my %notice = (conversationId => $pair, userId => $dora);
for my $typing ('typing', 'stop-typing') {
    ok($module->event($dora, $typing, { to => $eve })->{ok}, $typing);
    $event = $module->told(20, sub { $_[0]{packets}[0][0] eq $typing });
    is_deeply($event->{packets}, [ [ $typing, \%notice ] ], 'is told');
    is("$event->{channel} $event->{flags} $event->{offset}", "user:$eve v -",
        'to the other, and kept nowhere');
}

ok($module->event($dora, 'typing', { to => $bob })->{ok},
    'before the first message nobody is told');
is($module->event($dora, 'typing', { conversationId => $conversation })
    ->{error}{code}, 'forbidden', "not in others' conversation");

done_testing();
