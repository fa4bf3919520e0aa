package Chat::Load;

# People who write to each other without rest, and the account of it: what was
# answered, what MongoDB has, and what was heard must be one and the same.
#
#   my $load = Chat::Load->new($stack, [ $alice, $bob ], [ $carol, $dave ]);
#   $load->write_while(sub { $load->answered < 500 });
#   $worker->kill_hard;
#   $load->finish;
#   $load->check('after the kill');
#
# In each conversation both people write from one tab and watch in another,
# which hears every message of the two.

use warnings;
use strict;

use Test::More ();
use Time::HiRes qw(time);

use Chat::Bus qw(direct_id);
use Chat::Mongo;

use constant UNANSWERED => 4;             # of each writer, in write_while()
use constant REST_SECONDS => 0.1;         # after a send that failed
use constant SECONDS_TO_ANSWER => 40;

sub new {
    my ($class, $stack, @pairs) = @_;
    my $self = bless { stack => $stack, writers => [], watchers => [],
        answered => 0, failed => 0 }, $class;

    for my $pair (@pairs) {
        $self->_join($pair->[$_], $pair->[1 - $_]) for 0, 1;
    }
    return $self;
}

sub _join {
    my ($self, $person, $other) = @_;
    my $stack = $self->{stack};

    push @{$self->{writers}}, { name => $person->user->{fullName},
        id => $person->id, to => $other->id, sent => [], waiting => [],
        conversation => direct_id($person->id, $other->id), rest_until => 0,
        socket => $stack->socket($person) };
    push @{$self->{watchers}}, { name => $person->user->{fullName},
        conversation => direct_id($person->id, $other->id), heard => [],
        socket => $stack->socket($person) };
}

sub answered { $_[0]{answered} }          # with ok
sub failed   { $_[0]{failed} }


# ---- writing ----------------------------------------------------------------

# Each writer sends so many more and waits for no answer.
sub write_at_once {
    my ($self, $count) = @_;
    for (1 .. $count) {
        $self->_send($_) for @{$self->{writers}};
    }
}

# Each writer keeps a few sends unanswered, as long as the condition holds.
sub write_while {
    my ($self, $condition) = @_;
    my $end = time + 2 * SECONDS_TO_ANSWER;

    while ($condition->()) {
        die "the load does not get on: $self->{answered} answered,"
            . " $self->{failed} failed\n" if time > $end;
        for my $writer (grep { $_->{rest_until} < time } @{$self->{writers}}) {
            $self->_send($writer) while @{$writer->{waiting}} < UNANSWERED;
        }
        Chat::SocketIO::serve(0.05);
        $self->_collect;
    }
}

# Waits until every send was answered.
sub finish {
    my ($self) = @_;
    my $end = time + SECONDS_TO_ANSWER;

    for my $writer (@{$self->{writers}}) {
        while (@{$writer->{waiting}}) {
            time < $end or die scalar @{$writer->{waiting}}
                . " sends of $writer->{name} have no answer\n";
            Chat::SocketIO::serve(1);
            $self->_collect;
        }
    }
}

# What failed is sent again, under its own clientId, until it is stored.
sub repeat_failed {
    my ($self) = @_;
    for my $writer (@{$self->{writers}}) {
        for my $send (grep { !$_->{ok} } @{$writer->{sent}}) {
            $send->{repeated} = 1;
            $self->_emit($writer, $send);
            $self->finish if @{$writer->{waiting}} >= 32;
        }
    }
    $self->finish;
}

sub _send {
    my ($self, $writer) = @_;
    my $n = push @{$writer->{sent}}, { };
    my $send = $writer->{sent}[-1];

    $send->{text} = "$n of $writer->{name}";
    $self->_emit($writer, $send);
}

sub _emit {
    my ($self, $writer, $send) = @_;
    $send->{ack} = $writer->{socket}->emit_ack('send-message', {
        to => $writer->{to}, text => $send->{text},
        clientId => $send->{text} });
    push @{$writer->{waiting}}, $send;
}

sub _collect {
    my ($self) = @_;
    for my $writer (@{$self->{writers}}) {
        my $socket = $writer->{socket};
        die "$writer->{name} was closed: @{[ $socket->closed ]}\n"
            if $socket->closed;

        my @waiting;
        for my $send (@{$writer->{waiting}}) {
            if ($socket->answered($send->{ack})) {
                $self->_answer($writer, $send, $socket->answer($send->{ack}));
            } else {
                push @waiting, $send;
            }
        }
        $writer->{waiting} = \@waiting;
        $socket->forget_events;
    }
}

sub _answer {
    my ($self, $writer, $send, $answer) = @_;

    $send->{ok} = $answer->{ok};
    if ($answer->{ok}) {
        $send->{message} = $answer->{message};
        $self->{answered}++;
        return;
    }

    $self->{failed}++;
    $self->{codes}{$answer->{error}{code} // 'none'}++;
    $writer->{rest_until} = time + REST_SECONDS;
}


# ---- the account ------------------------------------------------------------

# Codes of failed answers, with how often each came.
sub codes { $_[0]{codes} || {} }

sub check {
    my ($self, $what) = @_;
    my %stored = map { $_ => $self->_stored($_) }
        map { $_->{conversation} } @{$self->{writers}};

    for my $conversation (sort keys %stored) {
        my @seqs = map { $_->{seq} } @{$stored{$conversation}};
        _equal(\@seqs, [ 1 .. @seqs ], "$what: seq without gap");
    }
    $self->_check_writer($what, $_, $stored{$_->{conversation}})
        for @{$self->{writers}};
    $self->_check_watcher($what, $_, $stored{$_->{conversation}})
        for @{$self->{watchers}};
}

sub _stored {
    my ($self, $conversation) = @_;
    return [ $self->{stack}->mongo->find('messages',
        { conversationId => Chat::Mongo->oid($conversation) },
        sort => { seq => 1 },
        projection => { seq => 1, text => 1, senderId => 1 }) ];
}

# What was acknowledged is stored, once, under the _id and seq that were told,
# and what was sent first has the lower seq.
sub _check_writer {
    my ($self, $what, $writer, $stored) = @_;
    my $name = "$what: $writer->{name}";
    my (%times, %seq);

    for (grep { $_->{senderId}{'$oid'} eq $writer->{id} } @$stored) {
        $times{$_->{text}}++;
        $seq{$_->{text}} = "$_->{_id}{'$oid'} $_->{seq}";
    }

    my @sent = @{$writer->{sent}};
    my @acknowledged = grep { $_->{ok} } @sent;
    my @at_once = grep { !$_->{repeated} } @acknowledged;
    my @twice = grep { $times{$_} > 1 } sort keys %times;
    my %known = map { $_->{text} => 1 } @sent;

    _equal([ map { $seq{$_->{text}} // 'lost' } @acknowledged ],
        [ map { "$_->{message}{_id} $_->{message}{seq}" } @acknowledged ],
        "$name: what was acknowledged is stored as it was told");
    _equal(\@twice, [], "$name: nothing is stored twice");
    _equal([ grep { !$known{$_} } sort keys %times ], [],
        "$name: nothing is stored that was not sent");

    my @seqs = map { $_->{message}{seq} } @at_once;
    _equal(\@seqs, [ sort { $a <=> $b } @seqs ],
        "$name: the order of sending is kept");
}

# A watcher hears what is stored, each once, in the order of seq.
sub _check_watcher {
    my ($self, $what, $watcher, $stored) = @_;
    my $heard = $watcher->{heard};
    my $missing = @$stored - @$heard;

    eval {
        push @$heard, map { "$_->{_id} $_->{seq}" }
            $watcher->{socket}->take_events('new-message', $missing,
                SECONDS_TO_ANSWER) if $missing > 0;
    } or $missing <= 0 or Test::More::diag($@);

    push @$heard, map { my $message = $watcher->{socket}->event('new-message');
        "$message->{_id} $message->{seq}" }
        1 .. $watcher->{socket}->count('new-message');

    _equal($heard, [ map { "$_->{_id}{'$oid'} $_->{seq}" } @$stored ],
        "$what: $watcher->{name} heard what is stored, once, in order");
}

# Of long lists the first difference is all that is worth saying.
sub _equal {
    my ($got, $expected, $name) = @_;
    my ($at) = grep { ($got->[$_] // 'nothing') ne ($expected->[$_] // 'nothing') }
        0 .. (@$got > @$expected ? $#$got : $#$expected);

    Test::More::ok(!defined $at, $name) or Test::More::diag(sprintf
        '%d of %d, the first difference is at %d: got %s, expected %s',
        scalar @$got, scalar @$expected, $at, $got->[$at] // 'nothing',
        $expected->[$at] // 'nothing');
}

1;
