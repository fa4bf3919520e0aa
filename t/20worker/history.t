#!/usr/bin/perl

# Reading: histories in pages, conversations, the sidebar.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Backend;
use Chat::Bus qw(direct_id);

my $back = Chat::Backend->new->start;
my $module = $back->module;
my ($ann, $bob, $carl, $dora) = map { $_->{id} }
    $back->people(qw(ann bob carl dora));
my $conversation = direct_id($ann, $bob);

sub get {
    my ($path, $uid) = @_;
    return $module->request('GET', $path, undef, uid => $uid // $ann);
}

sub send_to {
    my ($from, $to, $text) = @_;
    return $module->request('POST', '/api/messages', { to => $to, text => $text },
        uid => $from)->{json};
}

sub seqs { join ' ', map { $_->{seq} } @{$_[0]{json}} }

my @sent = map { send_to($_ % 2 ? $ann : $bob, $_ % 2 ? $bob : $ann, "text $_") }
    1 .. 12;


# ---- histories --------------------------------------------------------------

my $by_person = "/api/messages/$bob";
my $by_id = "/api/conversations/$conversation/messages";

for my $path ($by_person, $by_id) {
    is(seqs(get($path)), join(' ', 1 .. 12), "$path: oldest first");
    is(seqs(get("$path?limit=3")), '10 11 12', 'the newest of them');
    is(seqs(get("$path?limit=3&before=10")), '7 8 9', 'those before');
    is(seqs(get("$path?limit=3&after=4")), '5 6 7', 'those after');
    is(seqs(get("$path?limit=3&after=0")), '1 2 3', 'the oldest');
    is(seqs(get("$path?after=4&before=7")), '5 6', 'those between');
    is(seqs(get("$path?before=1")), '', 'before the first is nothing');
    is(seqs(get("$path?after=12")), '', 'nor after the last');
    is(seqs(get("$path?before=99&limit=1000")), join(' ', 1 .. 12), 'all');
    is(get("$path?$_")->{status}, 400, $_)
        for 'limit=0', 'limit=-1', 'limit=', 'before=x', 'after=1.5';
}

# Asked for at once they are read at once, each for who asked for it.
{
    my @asked = map { my ($limit, $before) = ($_ % 4 + 1, $_);
        my $path = $_ % 2 ? $by_person : $by_id;
        [ join(' ', grep { $_ > 0 && $_ >= $before - $limit } 1 .. $before - 1),
            $module->request('GET', "$path?limit=$limit&before=$before", undef,
                uid => $ann, wait => 0) ]
    } map { ($_) x 3 } 2 .. 12;
    my $strange = $module->request('GET', $by_id, undef, uid => $carl,
        wait => 0);

    is(seqs($module->reply($_->[1])), $_->[0], "one of many: $_->[0]")
        for @asked;
    is($module->reply($strange)->{status}, 403, 'among them, who may not');
}

# The links lead through all of it, both ways.
for my $way ([ "$by_person?limit=5", 'prev', '8 9 10 11 12|3 4 5 6 7|1 2' ],
    [ "$by_id?limit=5&after=0&x=%20y", 'next', '1 2 3 4 5|6 7 8 9 10|11 12' ])
{
    my ($path, $rel, $expected) = @$way;
    my @pages;

    while ($path && @pages < 5) {
        my $r = get($path);
        push @pages, seqs($r);
        ($path) = ($r->{headers}{link} // '') =~ /<([^>]+)>; rel="$rel"/;
    }
    is(join('|', @pages), $expected, "pages by rel=\"$rel\"");
}

my $last = get("$by_person?limit=1")->{json}[0];
is($last->{status}, 'sent', 'nobody was told to have got it');
is_deeply([ map { $_->{status} } @{get($by_person)->{json}}[0, 1] ],
    [ 'read', 'read' ], 'who writes has read what was before');
is_deeply([ sort @{get("$by_person?limit=2")->{json}[0]{readBy}} ],
    [ sort $ann, $bob ], 'readers are listed');

# A page is as long as it is asked for, also where another program has taken
# something away.
$back->mongo->command(delete => 'messages', deletes => [ { limit => 1,
    q => { _id => Chat::Mongo->oid($sent[5]{_id}) } } ]);
is(seqs(get("$by_id?limit=3&before=8")), '4 5 7', 'over a gap, backwards');
is(seqs(get("$by_id?limit=3&after=4")), '5 7 8', 'and forwards');
is(seqs(get("$by_id?after=5&before=7")), '', 'nothing but a gap');

is(get("/api/messages/$carl")->{body}, '[]', 'nothing was written yet');
is(get("/api/messages/$_")->{status}, 404, "no such person: $_")
    for 'f' x 24, 'x%00', $ann;
is(get($by_id, $carl)->{status}, 403, "others' history");
is(get('/api/conversations/' . 'f' x 24 . '/messages')->{status}, 404, 'no such');
is(get('/api/conversations/x/messages')->{status}, 404, 'no id');


# ---- stored and not told ----------------------------------------------------

# As a worker leaves it that died between writing and telling.
$back->mongo->command(insert => 'messages', documents => [ {
    _id => $back->mongo->oid('e' x 24), seq => 13, text => 'not told yet',
    conversationId => $back->mongo->oid($conversation),
    senderId => $back->mongo->oid($ann), type => 'text',
    createdAt => { '$date' => '2026-01-01T00:00:00Z' } } ]);
is(seqs(get("$by_person?limit=2")), '11 12', 'is not shown');
is(get("/api/conversations/$conversation")->{json}{lastSeq}, 12, 'nor counted');


# ---- conversations ----------------------------------------------------------

send_to($carl, $ann, 'unread 1');
my $unread = send_to($carl, $ann, 'unread 2');

my $list = get('/api/conversations')->{json};
is_deeply([ map { $_->{_id} } @$list ], [ direct_id($ann, $carl), $conversation ],
    'conversations, most recent first');
is($list->[0]{unreadCount}, 2, 'what is unread is counted');
is($list->[0]{lastMessage}{_id}, $unread->{_id}, 'with the last message');
is($list->[1]{unreadCount}, 1, 'and in the other');
is_deeply({ map { $_->{user} => $_->{readSeq} } @{$list->[1]{members}} },
    { $ann => 11, $bob => 12 }, 'members, and how far they have read');

my $page = get('/api/conversations?limit=1');
like($page->{headers}{link}, qr/rel="next"/, 'in pages');
my ($next) = $page->{headers}{link} =~ /<([^>]+)>/;
is(get($next)->{json}[0]{_id}, $conversation, 'one behind the other');
is_deeply(get("/api/conversations/$conversation")->{json}, $list->[1], 'one of them');
is(get("/api/conversations/$conversation", $dora)->{status}, 403, 'not others');
is(get('/api/conversations', $dora)->{body}, '[]', 'who has none');


# ---- the sidebar ------------------------------------------------------------

my $people = get('/api/messages/users')->{json};
is_deeply([ map { $_->{_id} } @$people ], [ $carl, $bob, $dora ],
    'people: most recent conversation first, then by name, without me');
is_deeply([ map { $_->{unreadCount} } @$people ], [ 2, 1, 0 ], 'unread');
is_deeply([ map { $_->{lastMessage} && $_->{lastMessage}{seq} } @$people ],
    [ 2, 12, undef ], 'the last message');
is_deeply([ map { $_->{conversationId} } @$people ],
    [ direct_id($ann, $carl), $conversation, undef ], 'the conversation');
is_deeply([ grep { exists $_->{email} } @$people ], [], 'no addresses');
is(@{get('/api/messages/users?limit=2')->{json}}, 2, 'a part of them');

done_testing();
