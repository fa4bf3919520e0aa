package Chat::History;

# The whole account of a run: what was sent, answered, told and stored, in the
# order in which it was seen; and what must hold of it however many servers
# died meanwhile.  It knows no server: t/35failure/history.t forges histories.
#
#   my $history = Chat::History->new;
#   $history->members($conversation, $alice, $bob);
#   $history->opened($socket, $alice);
#   my $attempt = $history->sent($socket, $alice, $conversation, $client_id);
#   $history->answered($attempt, $answer);
#   $history->told($socket, $message);
#   $history->closed($socket);
#   $history->stored(@documents);
#   is_deeply([ $history->problems ], []);
#
# A socket is any name; a socket that comes back has another one.  A message
# is known by its sender, conversation and clientId.

use warnings;
use strict;

use JSON::PP ();
use Test::More ();

use constant REPLAYED => 200;          # what a session's beginning tells at most
use constant SHOWN => 10;              # problems in a failed check

sub new {
    return bless { clock => 0, joined => {}, sessions => {}, order => [],
        attempts => [], messages => {}, stored => [], epochs => [],
        excused => 0 }, $_[0];
}


# ---- recording --------------------------------------------------------------

sub members {
    my ($self, $conversation, @uids) = @_;
    $self->{joined}{$_}{$conversation} = 1 for @uids;
}

# CONNECT was granted.
sub opened {
    my ($self, $socket, $uid) = @_;
    $self->{sessions}{$socket} = { name => $socket, uid => $uid, told => {},
        known => { %{$self->{known}{$uid} || {}} }, opened => ++$self->{clock} };
    push @{$self->{order}}, $socket;
}

sub closed {
    my ($self, $socket) = @_;
    my $session = $self->{sessions}{$socket} or return;
    $session->{closed} //= ++$self->{clock};
}

# Returns what answered() wants.
sub sent {
    my ($self, $socket, $uid, $conversation, $client_id) = @_;
    my $key = "$uid $conversation $client_id";
    my $message = $self->{messages}{$key} ||= { key => $key, uid => $uid,
        conversation => $conversation, attempts => [] };
    my $attempt = { message => $message, socket => $socket,
        at => ++$self->{clock} };

    push @{$message->{attempts}}, $attempt;
    push @{$self->{attempts}}, $attempt;
    return $attempt;
}

# { ok => 1, message => {...} }, or { error => { code } }.
sub answered {
    my ($self, $attempt, $answer) = @_;
    $attempt->{answers}++;
    $attempt->{answer} = $answer;
}

# A new-message.
sub told {
    my ($self, $socket, $message) = @_;
    my $session = $self->{sessions}{$socket};
    my $conversation = $message->{conversationId};
    my $known = \$self->{known}{$session->{uid}}{$conversation};

    push @{$session->{told}{$conversation}}, { at => ++$self->{clock},
        map { $_ => $message->{$_} }
        qw(_id seq conversationId senderId clientId) };
    $$known = $message->{seq} if $message->{seq} > ($$known // 0);
}

# Redis came back as another: what was told may be told again.
sub epoch { push @{$_[0]{epochs}}, ++$_[0]{clock} }

# All documents in MongoDB, when all is over; ids as they are in JSON.
sub stored {
    my ($self, @documents) = @_;
    $self->{stored} = \@documents;
    $self->_index;
}

# How often an open session has not been told the last message of others, though
# it may be due.
sub behind {
    my ($self) = @_;
    my $behind = 0;

    for my $session (grep { !$_->{closed} } values %{$self->{sessions}}) {
        for my $conversation (keys %{$self->{joined}{$session->{uid}}}) {
            my ($last) = map { $_->{seq} }
                grep { $_->{senderId} ne $session->{uid} }
                reverse @{$self->{by_seq}{$conversation} || []};
            my $told = $session->{told}{$conversation};
            $behind++ if ($last // 0) > ($told ? $told->[-1]{seq}
                : $session->{known}{$conversation} // 0);
        }
    }
    return $behind;
}

sub messages { values %{$_[0]{messages}} }

# True if it was answered with ok, whichever time it was sent.
sub acknowledged {
    my ($self, $message) = @_;
    return grep { ($_->{answer} || {})->{ok} } @{$message->{attempts}};
}

# Codes of the answers that were not ok, with how often each came.
sub codes {
    my ($self) = @_;
    my %codes;
    $codes{$_->{answer}{error}{code} // 'none'}++
        for grep { $_->{answer} && !$_->{answer}{ok} } @{$self->{attempts}};
    return \%codes;
}

# Messages that a member never heard because he had written a later one
# himself while he was away, which counts as having read.
sub excused { $_[0]{excused} }


# ---- what must hold ---------------------------------------------------------

sub problems {
    my ($self) = @_;
    local $self->{found} = [];

    $self->{excused} = 0;
    $self->_check_stored;
    $self->_check_answers;
    $self->_check_senders;
    $self->_check_sessions;
    return @{$self->{found}};
}

# As one check of a test: of what was not said in an earlier one.
sub check {
    my ($self, $name) = @_;
    my @problems = grep { !$self->{said}{$_}++ } $self->problems;

    Test::More::ok(!@problems, $name) and return 1;
    Test::More::diag(scalar @problems . ' problems');
    Test::More::diag($_) for splice @problems, 0, SHOWN;
    $self->dump($ENV{CHAT_HISTORY}) if $ENV{CHAT_HISTORY};
    return 0;
}

# All that is known, as JSON, for whoever has to understand a problem.
sub dump {
    my ($self, $path) = @_;
    open my $fh, '>', $path or die "$path: $!";
    print $fh JSON::PP->new->canonical->encode({
        stored => $self->{stored}, epochs => $self->{epochs},
        sessions => $self->{sessions}, attempts => [ map { { %$_,
            message => $_->{message}{key} } } @{$self->{attempts}} ] });
    close $fh or die "$path: $!";
}

sub _problem {
    my ($self, $format, @args) = @_;
    push @{$self->{found}}, sprintf $format, @args;
}

sub _key { "$_[0]{senderId} $_[0]{conversationId} " . ($_[0]{clientId} // '') }

sub _index {
    my ($self) = @_;
    $self->{by_id} = { map { $_->{_id} => $_ } @{$self->{stored}} };
    $self->{by_key} = {};
    $self->{by_seq} = {};

    for my $document (@{$self->{stored}}) {
        push @{$self->{by_key}{_key($document)}}, $document;
        push @{$self->{by_seq}{$document->{conversationId}}}, $document;
    }

    for my $list (values %{$self->{by_seq}}) {
        @$list = sort { $a->{seq} <=> $b->{seq} } @$list;
    }
}

# Each once, nothing strange, seq from 1 without gap.
sub _check_stored {
    my ($self) = @_;

    for my $key (sort keys %{$self->{by_key}}) {
        my $count = @{$self->{by_key}{$key}};
        $self->_problem('stored %d times: %s', $count, $key) if $count > 1;
        $self->_problem('stored and never sent: %s', $key)
            unless $self->{messages}{$key};
    }

    for my $conversation (sort keys %{$self->{by_seq}}) {
        my $expected = 0;
        for my $document (@{$self->{by_seq}{$conversation}}) {
            my $seq = $document->{seq};
            $self->_problem('seq of %s: %d after %d', $conversation, $seq,
                $expected) if $seq != $expected + 1;
            $expected = $seq;
        }
    }
}

# Acknowledged is stored, as it was said.
sub _check_answers {
    my ($self) = @_;

    for my $attempt (@{$self->{attempts}}) {
        my $message = $attempt->{message};
        my $answer = $attempt->{answer} or next;

        $self->_problem('answered %d times: %s', $attempt->{answers},
            $message->{key}) if $attempt->{answers} > 1;
        next unless $answer->{ok};

        my $said = $answer->{message};
        my $document = $self->{by_id}{$said->{_id}};
        if (!$document) {
            $self->_problem('acknowledged and not stored: %s as %s',
                $message->{key}, $said->{_id});

        } elsif (_key($document) ne $message->{key}) {
            $self->_problem('acknowledged as another: %s as %s',
                $message->{key}, _key($document));

        } elsif ($document->{seq} != $said->{seq}) {
            $self->_problem('acknowledged with seq %d, stored with %d: %s',
                $said->{seq}, $document->{seq}, $message->{key});
        }
    }
}

# What one socket sent once, and was stored, keeps the order of sending.
sub _check_senders {
    my ($self) = @_;
    my %last;

    for my $attempt (@{$self->{attempts}}) {
        my $message = $attempt->{message};
        next if @{$message->{attempts}} > 1;
        my ($document) = @{$self->{by_key}{$message->{key}} || []} or next;

        my $before = \$last{"$attempt->{socket} $message->{conversation}"};
        $self->_problem('sent later, stored earlier: %s has seq %d after %d',
            $message->{key}, $document->{seq}, $$before)
            if $$before && $document->{seq} < $$before;
        $$before = $document->{seq};
    }
}

sub _check_sessions {
    my ($self) = @_;

    for my $session (map { $self->{sessions}{$_} } @{$self->{order}}) {
        for my $conversation (sort keys %{$self->{joined}{$session->{uid}}}) {
            $self->_check_told($session, $conversation);
            $self->_check_complete($session, $conversation);
        }
        $self->_problem('%s was told of %s, which is not its own',
            $session->{name}, $_)
            for grep { !$self->{joined}{$session->{uid}}{$_} }
                sort keys %{$session->{told}};
    }
}

# What was told is what is stored, in order, each once.
sub _check_told {
    my ($self, $session, $conversation) = @_;
    my $last = { seq => 0, at => 0 };
    my %told;

    for my $told (@{$session->{told}{$conversation} || []}) {
        my $document = $self->{by_id}{$told->{_id}};
        my $what = "$session->{name} was told $conversation $told->{seq}";

        if (!$document) {
            $self->_problem('%s, not stored: %s', $what, $told->{_id});

        } elsif ($document->{seq} != $told->{seq}
                 || _key($document) ne _key($told))
        {
            $self->_problem('%s, stored otherwise: %d %s', $what,
                $document->{seq}, _key($document));
        }

        if ($told{$told->{_id}}) {
            $self->_problem('%s twice', $what)
                unless $self->_epoch_between($told{$told->{_id}}, $told->{at});
            next;
        }

        $self->_problem('%s after %d', $what, $last->{seq})
            if $told->{seq} < $last->{seq}
               && !$self->_epoch_between($last->{at}, $told->{at});
        $self->_problem('%s, which it had sent itself', $what)
            if $self->_only_sent_by($document, $session);

        $told{$told->{_id}} = $told->{at};
        $last = $told;
    }
}

sub _epoch_between {
    my ($self, $from, $to) = @_;
    return grep { $_ > $from && $_ < $to } @{$self->{epochs}};
}

sub _attempts {
    my ($self, $document) = @_;
    my $message = $document && $self->{messages}{_key($document)};
    return $message ? @{$message->{attempts}} : ();
}

sub _only_sent_by {
    my ($self, $document, $session) = @_;
    my @attempts = $self->_attempts($document);
    return @attempts && !grep { $_->{socket} ne $session->{name} } @attempts;
}

# A session begins where the member had got to, or before, and misses nothing
# from there to the last it was told; if it is open at the end, to the end.
sub _check_complete {
    my ($self, $session, $conversation) = @_;
    my $stored = $self->{by_seq}{$conversation} || [];
    my @told = @{$session->{told}{$conversation} || []};
    my %heard = map { $_->{_id} => 1 } @told;
    my ($first, $last) = (sort { $a <=> $b } map { $_->{seq} } @told)[0, -1];
    my $from = ($session->{known}{$conversation} // 0) + 1;
    my $to = $session->{closed} ? $last // 0 : @$stored;

    $first //= @$stored + 1;
    $from = $first if $first < $from;

    for my $document (@$stored[$from - 1 .. $to - 1]) {
        next if !$document || $heard{$document->{_id}}
            || $self->_may_miss_own($session, $document);

        my $seq = $document->{seq};
        if ($seq < $first) {
            next if @told >= REPLAYED;
            next if $seq < $self->_own_before($session, $conversation)
                && ++$self->{excused};
        }

        $self->_problem('%s was not told %s %d', $session->{name},
            $conversation, $seq);
    }
}

# The highest seq of what he had sent himself before: it counts as read.
sub _own_before {
    my ($self, $session, $conversation) = @_;
    return $session->{own}{$conversation} //= (map { $_->{seq} }
        grep { $_->{senderId} eq $session->{uid}
            && ($self->_attempts($_))[0]
            && ($self->_attempts($_))[0]{at} < $session->{opened} }
        reverse @{$self->{by_seq}{$conversation}})[0] // 0;
}

# One's own message is not told to the socket it came from, and before the
# session it may have been told to nobody.
sub _may_miss_own {
    my ($self, $session, $document) = @_;
    return $document->{senderId} eq $session->{uid} && grep { $_->{socket} eq $session->{name}
        || $_->{at} < $session->{opened} } $self->_attempts($document);
}

1;
