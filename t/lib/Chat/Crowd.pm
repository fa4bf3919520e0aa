package Chat::Crowd;

# People who write and listen through every fault, as browsers do: a socket that
# was closed comes back, what was not acknowledged is sent again under its
# clientId.  All of it goes into a Chat::History.
#
#   my $crowd = Chat::Crowd->new($stack, people => 8);
#   $crowd->run(until => sub { $crowd->acknowledged > 500 });
#   $worker->kill_hard;
#   $crowd->run(seconds => 2);
#   $crowd->check('after the kill');
#
# Odd people listen only: what they miss cannot be taken for read.  The others
# write to them and to each other.

use warnings;
use strict;

use List::Util qw(max);
use Test::More ();
use Time::HiRes qw(time);

use Chat::Bus qw(direct_id);
use Chat::History;
use Chat::Mongo;
use Chat::SocketIO;

use constant {
    SECONDS_TO_CONNECT => 10,
    SECONDS_TO_ANSWER  => 30,            # an open socket answers, well or ill
    SECONDS_TO_SETTLE  => 60,
    SECONDS_TO_HEAR    => 20,
    REST_SECONDS       => 0.1,           # after a send that failed
    DAY                => 86_400,
};

# people (6), window (4): unanswered sends of each; tabs (1) of each; rate (50):
# sends of each tab in a second, in bursts of a window; seed.
sub new {
    my ($class, $stack, %o) = @_;
    my $self = bless { people => 6, window => 4, tabs => 1, rate => 50,
        seed => 1, %o,
        stack => $stack, history => Chat::History->new, acknowledged => 0,
        failed => 0, wrong => [], tabs_made => 0 }, $class;

    $self->{random} = $self->{seed};
    $self->_gather($self->{people});
    $self->run(until => sub { !grep { !$_->{open} } @{$self->{all}} },
        seconds => SECONDS_TO_CONNECT, quiet => 1);
    return $self;
}

sub history      { $_[0]{history} }
sub acknowledged { $_[0]{acknowledged} }      # messages
sub failed       { $_[0]{failed} }            # answers
sub codes        { $_[0]{history}->codes }
sub members      { @{$_[0]{members}} }

# How long the slowest answer took since this was last asked.
sub slowest {
    my ($self) = @_;
    my $slowest = $self->{slowest} // 0;
    $self->{slowest} = 0;
    return $slowest;
}

# Waits for so many more acknowledged messages.
sub some_more {
    my ($self, $count) = @_;
    my $wanted = $self->{acknowledged} + $count;
    $self->run(until => sub { $self->{acknowledged} >= $wanted });
}

# A random number below n that the seed repeats.
sub random {
    my ($self, $n) = @_;
    $self->{random} = ($self->{random} * 1103515245 + 12345) % 2**31;
    return ($self->{random} >> 8) % $n;
}

sub _gather {
    my ($self, $count) = @_;
    my @people = map { $self->{stack}->people(sprintf 'person%d', $_) }
        0 .. $count - 1;

    for my $i (0 .. $#people) {
        my $person = $people[$i];
        my @others = $i % 2 ? () : map { $people[($i + $_) % $count] } 1, 2, 3;
        my %seen = ($person->id => 1);

        push @{$self->{members}}, { id => $person->id, name => "person$i",
            again => [], rest_until => 0, count => 0,
            token => $self->{stack}->token(sub => $person->id,
                role => 'member', exp => int(time) + DAY),
            to => [ map { $_->id } grep { !$seen{$_->id}++ } @others ] };
    }

    for my $member (@{$self->{members}}) {
        for my $other (@{$member->{to}}) {
            my $conversation = direct_id($member->{id}, $other);
            $self->{history}->members($conversation, $member->{id}, $other);
            $self->{conversations}{$conversation} = 1;
        }
        $self->_tab($member) for 1 .. $self->{tabs};
    }
}

# One of a person's browser tabs: always the same, on one socket after another.
sub _tab {
    my ($self, $member) = @_;
    my $tab = { member => $member, waiting => [], retry_at => 0,
        sent_until => 0 };
    push @{$self->{all}}, $tab;
    return $tab;
}

# One more, of a person who only listens.
sub add_tab {
    my ($self) = @_;
    my @listeners = grep { !@{$_->{to}} } @{$self->{members}};
    return $self->_tab($listeners[$self->random(scalar @listeners)]);
}

sub drop_tabs {
    my ($self, @tabs) = @_;
    my %dropped = map { $_ => 1 } @tabs;

    $self->_lose($_) for grep { $_->{socket} } @tabs;
    $self->{all} = [ grep { !$dropped{$_} } @{$self->{all}} ];
}


# ---- the days of the crowd --------------------------------------------------

# Until a condition is true, or for seconds; with both it dies when they are
# over.  quiet: nobody sends.
sub run {
    my ($self, %o) = @_;
    my $end = time + ($o{seconds} // SECONDS_TO_SETTLE);

    until ($o{until} && $o{until}->()) {
        if (time > $end) {
            die 'the crowd waited in vain; ' . $self->state . "\n" if $o{until};
            return;
        }
        Chat::SocketIO::serve(0.02);
        for my $tab (@{$self->{all}}) {
            $self->_live($tab);
            $self->_write($tab) unless $o{quiet};
        }
    }
}

sub state {
    my ($self) = @_;
    my $codes = $self->codes;
    return sprintf '%d acknowledged, %d of %d tabs open, %d unanswered, %s',
        $self->{acknowledged}, scalar(grep { $_->{open} } @{$self->{all}}),
        scalar @{$self->{all}}, scalar(map { @{$_->{waiting}} } @{$self->{all}}),
        join ', ', map { "$codes->{$_} x $_" } sort keys %$codes;
}

sub _live {
    my ($self, $tab) = @_;

    if (!$tab->{socket}) {
        $self->_connect($tab) if $tab->{retry_at} <= time;
        return;
    }

    my $socket = $tab->{socket};
    if (!$tab->{open} && $socket->sid) {
        $tab->{open} = 1;
        $self->{history}->opened($tab->{name}, $tab->{member}{id});
    }

    $self->_hear($tab, @$_) for $socket->take_all;
    $self->_collect($tab);

    push @{$self->{wrong}}, "$tab->{name} was refused: $socket->{error}{message}"
        if $socket->error;
    $self->_lose($tab) if $socket->closed || $socket->error
        || !$tab->{open} && $tab->{since} + SECONDS_TO_CONNECT < time;
}

sub _connect {
    my ($self, $tab) = @_;

    $tab->{name} = sprintf '%s/%d', $tab->{member}{name}, ++$self->{tabs_made};
    $tab->{since} = time;
    $tab->{socket} = eval { Chat::SocketIO->connect(wait => 0,
        port => $self->{stack}->port, token => $tab->{member}{token}) };
    $tab->{retry_at} = time + 0.2 unless $tab->{socket};
}

# Closed: what has no answer is to be sent again, some day.
sub _lose {
    my ($self, $tab) = @_;

    $self->{history}->closed($tab->{name});
    push @{$tab->{member}{again}}, map { $_->{message} } @{$tab->{waiting}};
    $tab->{socket}->close;
    @$tab{qw(socket open waiting)} = (undef, 0, []);
    $tab->{retry_at} = time + 0.05 + $self->random(500) / 1000;
}

sub _hear {
    my ($self, $tab, $name, $data) = @_;

    return unless $name eq 'new-message';
    $self->{history}->told($tab->{name}, $data);

    # now and then somebody reads what he has heard
    $tab->{socket}->emit('mark-as-read', { seq => $data->{seq},
        conversationId => $data->{conversationId} })
        unless $self->random(10);
}

sub _collect {
    my ($self, $tab) = @_;
    my @waiting;

    for my $send (@{$tab->{waiting}}) {
        if (!$tab->{socket}->answered($send->{ack})) {
            push @waiting, $send;
            next;
        }

        my $answer = $tab->{socket}->answer($send->{ack});
        my $took = time - $send->{since};
        $self->{slowest} = $took if $took > ($self->{slowest} // 0);
        $self->{history}->answered($send->{attempt}, $answer);

        if ($answer->{ok}) {
            $self->{acknowledged}++ unless $send->{message}{ok}++;
        } else {
            $self->{failed}++;
            push @{$tab->{member}{again}}, $send->{message};
            $tab->{member}{rest_until} = time + REST_SECONDS;
        }
    }

    $tab->{waiting} = \@waiting;
    return if !@waiting || $waiting[0]{since} + SECONDS_TO_ANSWER > time;
    push @{$self->{wrong}}, "$tab->{name} got no answer for "
        . "$waiting[0]{message}{clientId}, though it was open";
    $self->_lose($tab);
}

sub _write {
    my ($self, $tab) = @_;
    my $member = $tab->{member};

    return if !$tab->{open} || !@{$member->{to}}
        || $member->{rest_until} > time || $tab->{sent_until} > time;

    while (@{$tab->{waiting}} < $self->{window}) {
        $tab->{sent_until} = max($tab->{sent_until}, time)
            + 1 / $self->{rate};
        my $message = @{$member->{again}} && ($self->{settling}
            || !$self->random(4)) ? shift @{$member->{again}}
            : $self->{settling} ? return : $self->_message($member);
        $self->_send($tab, $message);
    }
}

sub _message {
    my ($self, $member) = @_;
    my $to = $member->{to}[$self->random(scalar @{$member->{to}})];
    return { to => $to, clientId => "$member->{name} " . ++$member->{count},
        conversation => direct_id($member->{id}, $to) };
}

sub _send {
    my ($self, $tab, $message) = @_;

    push @{$tab->{waiting}}, { message => $message, since => time,
        attempt => $self->{history}->sent($tab->{name}, $tab->{member}{id},
            $message->{conversation}, $message->{clientId}),
        ack => $tab->{socket}->emit_ack('send-message', { to => $message->{to},
            text => $message->{clientId}, clientId => $message->{clientId} }) };
}


# ---- the account ------------------------------------------------------------

# Nothing new is sent; all that was sent becomes acknowledged.
sub settle {
    my ($self, %o) = @_;
    local $self->{settling} = 1;

    $self->run(seconds => $o{seconds} // SECONDS_TO_SETTLE, until => sub {
        !grep({ !$_->{open} || @{$_->{waiting}} } @{$self->{all}})
        && !grep { @{$_->{again}} } @{$self->{members}} });
}

# As one check; everything has to be running.
sub check {
    my ($self, $name, %o) = @_;

    my $settled = eval { $self->settle(%o); 1 };
    Test::More::ok($settled, "$name: all is acknowledged in the end")
        or Test::More::diag($@);
    return 0 unless $settled;

    # a new tab of each hears what is unread
    my @fresh = map { $self->_tab($_) } @{$self->{members}};
    $self->{history}->stored($self->_stored);
    eval { $self->run(quiet => 1, seconds => SECONDS_TO_HEAR, until => sub {
        !grep({ !$_->{open} } @fresh) && !$self->{history}->behind }) };
    my $right = $self->{history}->check("$name: the history holds");

    Test::More::is(join("\n", splice @{$self->{wrong}}), '',
        "$name: nobody was refused or forgotten") or $right = 0;
    Test::More::is(join(' ', grep { !/\A(?:unavailable|timeout)\z/
        && !$self->{said}{$_}++ } sort keys %{$self->codes}), '',
        "$name: failures say try again") or $right = 0;

    $self->drop_tabs(@fresh);
    return $right;
}

sub _stored {
    my ($self) = @_;
    return map { { _id => $_->{_id}{'$oid'}, seq => $_->{seq},
        conversationId => $_->{conversationId}{'$oid'},
        senderId => $_->{senderId}{'$oid'}, clientId => $_->{clientId},
        job => $_->{job}{'$oid'}, createdAt => $_->{createdAt}{'$date'} } }
        grep { $self->{conversations}{$_->{conversationId}{'$oid'}} }
        $self->{stack}->mongo->find('messages', {}, projection => { map {
            $_ => 1 } qw(seq conversationId senderId clientId job createdAt) });
}

1;
