#!/usr/bin/perl

# The checker of histories finds what it is there for: of a clean history it
# says nothing, and of each that was forged in one place it says what is wrong.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::History;

# Ann and Bob write to each other, Bob has two tabs.  Ann's second message gets
# no answer, she comes back on another socket and sends it again; Bob's first
# tab comes back too, and is told what he missed.
sub message {
    my ($uid, $seq) = @_;
    return { _id => "id$seq", seq => $seq, conversationId => 'c',
        senderId => $uid, clientId => "$uid$seq" };
}

sub clean {
    my ($m1, $m2, $m3, $m4, $m5, $m6) = map { message(@$_) } [ ann => 1 ],
        [ ann => 2 ], [ bob => 3 ], [ ann => 4 ], [ ann => 5 ], [ ann => 6 ];

    return (
        [ opened => 'ann-1', 'ann' ],
        [ opened => 'bob-1', 'bob' ],
        [ opened => 'bob-2', 'bob' ],
        [ sent => 'ann-1', $m1 ],
        [ told => 'bob-1', $m1 ],
        [ ok => 'ann-1', $m1 ],
        [ told => 'bob-2', $m1 ],
        [ sent => 'ann-1', $m2 ],
        [ told => 'bob-1', $m2 ],
        [ told => 'bob-2', $m2 ],
        [ closed => 'ann-1' ],
        [ sent => 'bob-1', $m3 ],
        [ told => 'bob-2', $m3 ],
        [ ok => 'bob-1', $m3 ],
        [ closed => 'bob-1' ],
        [ opened => 'ann-2', 'ann' ],
        [ told => 'ann-2', $m3 ],
        [ sent => 'ann-2', $m2 ],
        [ ok => 'ann-2', $m2 ],
        [ sent => 'ann-2', $m4 ],
        [ sent => 'ann-2', $m5 ],
        [ told => 'bob-2', $m4 ],
        [ told => 'bob-2', $m5 ],
        [ ok => 'ann-2', $m4 ],
        [ ok => 'ann-2', $m5 ],
        [ opened => 'bob-3', 'bob' ],
        [ told => 'bob-3', $m4 ],
        [ told => 'bob-3', $m5 ],
        [ sent => 'ann-2', $m6 ],
        [ ok => 'ann-2', $m6 ],
        [ told => 'bob-3', $m6 ],
        [ told => 'bob-2', $m6 ],
        map { [ stored => $_ ] } $m1, $m2, $m3, $m4, $m5, $m6,
    );
}

sub replay {
    my (@events) = @_;
    my $history = Chat::History->new;
    my (%attempts, @stored);

    $history->members('c', 'ann', 'bob');

    for (@events) {
        my ($what, $socket, $m) = @$_;

        if ($what eq 'sent') {
            $attempts{"$socket $m->{clientId}"} = $history->sent($socket,
                $m->{senderId}, $m->{conversationId}, $m->{clientId});

        } elsif ($what eq 'ok') {
            $history->answered($attempts{"$socket $m->{clientId}"},
                { ok => 1, message => $m });

        } elsif ($what eq 'failed') {
            $history->answered($attempts{"$socket $m->{clientId}"},
                { error => { code => 'unavailable' } });

        } elsif ($what eq 'stored') {
            push @stored, $_->[-1];

        } else {
            $history->$what(@$_[1 .. $#$_]);
        }
    }
    $history->stored(@stored);
    return $history;
}

# Events that match: what, socket (or stored), seq.
sub at {
    my ($events, $what, $socket, $seq) = @_;
    my @found = grep {
        my $e = $events->[$_];
        my $m = $e->[-1];
        $e->[0] eq $what && ($what eq 'stored' || $e->[1] eq $socket)
            && (!$seq || ref $m && $m->{seq} == $seq)
    } 0 .. $#$events;
    @found == 1 or die "$what $socket: @found";
    return $found[0];
}

sub without {
    my (@path) = @_;
    return sub { splice @{$_[0]}, at($_[0], @path), 1 };
}

sub twice {
    my (@path) = @_;
    return sub { my $i = at($_[0], @path);
        splice @{$_[0]}, $i, 0, $_[0][$i] };
}

sub changed {
    my ($path, %change) = @_;
    return sub { my $e = $_[0][at($_[0], @$path)];
        $e->[-1] = { %{$e->[-1]}, %change } };
}

sub swapped {
    my ($one, $other) = @_;
    return sub { my ($i, $j) = map { at($_[0], @$_) } $one, $other;
        @{$_[0]}[$i, $j] = @{$_[0]}[$j, $i] };
}

sub added {
    my ($path, @events) = @_;
    return sub { splice @{$_[0]}, 1 + at($_[0], @$path), 0, @events };
}

# Two stored messages change places, and all who were told know no other order.
sub reordered {
    my ($events) = @_;
    my ($four, $five) = (message(ann => 4), message(ann => 5));
    my %other = (id4 => { %$five, _id => 'id5', seq => 4 },
        id5 => { %$four, _id => 'id4', seq => 5 });

    for my $e (@$events) {
        $e->[-1] = $other{$e->[-1]{_id}}
            if $e->[0] =~ /told|stored/ && $other{$e->[-1]{_id}};
        $e->[-1] = $other{$e->[-1]{_id} eq 'id4' ? 'id5' : 'id4'}
            if $e->[0] eq 'ok' && $other{$e->[-1]{_id}};
    }
}

my @wrong = (
    [ 'a loss', without(stored => '', 6),
        qr/acknowledged and not stored: ann c ann6/ ],
    [ 'a loss of what nobody acknowledged, but was told', sub {
        without(stored => '', 6)->(@_); without(ok => 'ann-2', 6)->(@_) },
        qr/bob-2 was told c 6, not stored/ ],
    [ 'a double', added([ stored => '', 6 ],
        [ stored => { %{message(ann => 7)}, clientId => 'ann2' } ]),
        qr/stored 2 times: ann c ann2/ ],
    [ 'a message of nobody', added([ stored => '', 6 ],
        [ stored => message(ann => 7) ]), qr/stored and never sent: ann c ann7/ ],
    [ 'a gap', changed([ stored => '', 6 ], seq => 7),
        qr/seq of c: 7 after 5/ ],
    [ 'a seq twice', changed([ stored => '', 6 ], seq => 5),
        qr/seq of c: 5 after 5/ ],
    [ 'a start from 2', without(stored => '', 1), qr/seq of c: 2 after 0/ ],
    [ 'an answer with another seq', changed([ ok => 'ann-2', 6 ], seq => 5),
        qr/acknowledged with seq 5, stored with 6: ann c ann6/ ],
    [ 'an answer with another id', changed([ ok => 'ann-2', 6 ], _id => 'id5'),
        qr/acknowledged as another: ann c ann6 as ann c ann5/ ],
    [ 'two answers', twice(ok => 'ann-2', 6), qr/answered 2 times: ann c ann6/ ],
    [ 'a sender whose messages changed places', \&reordered,
        qr/sent later, stored earlier: ann c ann5 has seq 4 after 5/ ],
    [ 'a telling twice', twice(told => 'bob-2', 4),
        qr/bob-2 was told c 4 twice/ ],
    [ 'a swap', swapped([ told => 'bob-2', 4 ], [ told => 'bob-2', 5 ]),
        qr/bob-2 was told c 4 after 5/ ],
    [ 'a telling with another seq', changed([ told => 'bob-2', 4 ], seq => 3),
        qr/bob-2 was told c 3, stored otherwise: 4/ ],
    [ 'a telling with another sender',
        changed([ told => 'bob-2', 4 ], senderId => 'bob'),
        qr/bob-2 was told c 4, stored otherwise/ ],
    [ 'a telling left out', without(told => 'bob-2', 4),
        qr/bob-2 was not told c 4/ ],
    [ 'a telling left out in a tab that was closed', without(told => 'bob-1', 1),
        qr/bob-1 was not told c 1/ ],
    [ 'the last telling left out', without(told => 'bob-2', 6),
        qr/bob-2 was not told c 6/ ],
    [ 'a first telling left out', sub {
        without(told => 'bob-1', 1)->(@_); without(told => 'bob-2', 1)->(@_) },
        qr/bob-1 was not told c 1/ ],
    [ 'the unread left out', without(told => 'ann-2', 3),
        qr/ann-2 was not told c 3/ ],
    [ "one's own message told to the socket it came from",
        added([ ok => 'ann-2', 6 ], [ told => 'ann-2', message(ann => 6) ]),
        qr/ann-2 was told c 6, which it had sent itself/ ],
    [ "one's own message not told to the other tab", without(told => 'bob-2', 3),
        qr/bob-2 was not told c 3/ ],
    [ 'a message for others', added([ told => 'bob-2', 6 ],
        [ told => 'bob-2', { %{message(ann => 1)}, conversationId => 'd' } ]),
        qr/bob-2 was told of d/ ],
);

my @right = (
    [ 'nothing wrong', sub { } ],
    [ 'an answer lost', without(ok => 'ann-2', 6) ],
    [ 'a session that begins before what was known',
        added([ opened => 'bob-3', ], map { [ told => 'bob-3', message(@$_) ] }
            [ ann => 1 ], [ ann => 2 ], [ bob => 3 ]) ],
    [ 'a session that begins behind what was known', sub {
        without(told => 'bob-3', 4)->(@_); without(told => 'bob-3', 5)->(@_) } ],
    [ 'a telling twice in two epochs', sub {
        twice(told => 'bob-2', 4)->(@_);
        splice @{$_[0]}, 1 + (grep { my $e = $_[0][$_];
            $e->[0] eq 'told' && $e->[1] eq 'bob-2' && $e->[2]{seq} == 4 }
            0 .. $#{$_[0]})[0], 0, [ 'epoch' ] } ],
    [ 'a tab that was closed before the last was told', sub {
        without(told => 'bob-2', 6)->(@_);
        added([ told => 'bob-3', 6 ], [ closed => 'bob-2' ])->(@_) } ],
);

sub problems {
    my ($forge) = @_;
    my @events = map { [ @$_ ] } clean();
    $forge->(\@events);
    return replay(@events)->problems;
}

for (@right) {
    my ($name, $forge) = @$_;
    is(join("\n", problems($forge)), '', "passes: $name");
}

for (@wrong) {
    my ($name, $forge, $expected) = @$_;
    like(join("\n", problems($forge)), $expected, "finds $name");
}

# What somebody missed before he himself wrote is not told to him again.
my @events = clean();
splice @events, at(\@events, told => 'ann-2', 3), 1;
splice @events, at(\@events, sent => 'ann-1', 2), 0,
    [ sent => 'ann-1', message(ann => 4) ];
my $history = replay(@events);
is(join("\n", $history->problems), '', 'passes: read by having written later');
is($history->excused, 1, 'and counts it');

# Whom the last message has not reached yet.
is(replay(clean())->behind, 0, 'all have heard the last');
@events = clean();
without(told => 'bob-2', 6)->(\@events);
is(replay(@events)->behind, 1, 'one has not');

# Codes of failed answers.
my $m = message(ann => 9);
is_deeply(replay(clean(), [ sent => 'ann-2', $m ], [ failed => 'ann-2', $m ])
    ->codes, { unavailable => 1 }, 'counts what failed');

done_testing();
