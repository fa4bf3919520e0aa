package Chat::SocketIO;

# A Socket.IO client (protocol 5 over Engine.IO 4, WebSocket transport), and as
# many of them side by side as a test wants: while one waits, all are served.
#
#   my $alice = Chat::SocketIO->connect(port => port(8080), token => $token);
#   my $answer = $alice->call('send-message', { to => $bob_id, text => 'hi' });
#   my $message = $bob->event('new-message');
#
# Everything an event or an answer carries is decoded JSON.

use warnings;
use strict;

use JSON::PP ();
use Scalar::Util qw(weaken);
use Time::HiRes qw(time);

use Chat::WebSocket;

use constant SECONDS_TO_ANSWER => 20;

my $json = JSON::PP->new->canonical->utf8->allow_nonref;
my %clients;                                     # by file number, weak


# port; token or auth => {...}; nsp, path, query => 'a=b', headers => [...].
# Returns when CONNECT is granted or refused (see connected, error); with
# wait => 0 at once.
sub connect {
    my ($class, %o) = @_;
    my $self = bless { nsp => '/', %o, inbox => [], packets => [], acks => {},
        next_ack => 0, awaiting => [] }, $class;

    $self->{auth} //= { token => $o{token} } if defined $o{token};
    $self->{ws} = Chat::WebSocket->connect(
        port => $o{port},
        path => ($o{path} // '/socket.io/') . '?EIO=4&transport=websocket'
            . (defined $o{query} ? "&$o{query}" : ''),
        headers => $o{headers},
        wait => 0);

    my $fd = fileno $self->{ws}->socket;
    weaken($clients{$fd} = $self);
    $self->{fd} = $fd;

    $self->wait_for('CONNECT to be answered', sub {
        $self->connected || $self->error || $self->closed })
        if $o{wait} // 1;

    return $self;
}

sub connected { $_[0]{sid} }
sub sid       { $_[0]{sid} }
sub engine    { $_[0]{engine} }                  # the open packet
sub error     { $_[0]{error} }                   # of CONNECT_ERROR
sub closed    { $_[0]{closed} }                  # a text that says how
sub ws        { $_[0]{ws} }

sub wait_connected {
    my ($self, $seconds) = @_;
    $self->wait_for('CONNECT', sub {
        die "refused: $self->{error}{message}\n" if $self->{error};
        die "closed: $self->{closed}\n" if $self->{closed};
        $self->{sid} }, $seconds);
}

sub wait_closed {
    my ($self, $seconds) = @_;
    $self->wait_for('the server to close', sub { $self->{closed} }, $seconds);
}


# ---- sending ----------------------------------------------------------------

sub emit {
    my ($self, $name, @args) = @_;
    $self->_send('2', '', [ $name, @args ]);
}

# Emits and asks for an answer: the number to give to answer().
sub emit_ack {
    my ($self, $name, @args) = @_;
    my $id = $self->{next_ack}++;
    $self->_send('2', $id, [ $name, @args ]);
    return $id;
}

# The answer's first argument, waiting for it; answer_args: all, as an array.
sub answer { $_[0]->answer_args(@_[1 .. $#_])->[0] }

sub answer_args {
    my ($self, $id, $seconds) = @_;
    $self->wait_for("answer $id", sub {
        die "closed: $self->{closed}\n"
            if $self->{closed} && !$self->{acks}{$id};
        $self->{acks}{$id} }, $seconds);
    return $json->decode(delete $self->{acks}{$id});
}

sub answered { exists $_[0]{acks}{$_[1]} }

sub call {
    my ($self, $name, @args) = @_;
    return $self->answer($self->emit_ack($name, @args));
}

# Answers an event that the server wants answered ({ack} of its packet).
sub reply {
    my ($self, $id, @args) = @_;
    $self->_send('3', $id, \@args);
}

sub disconnect { $_[0]->_send('1', '') }

sub close {
    my ($self) = @_;
    $self->_forget('by the client');
    $self->{ws}->close;
}

sub _send {
    my ($self, $type, $id, $data) = @_;
    my $nsp = $self->{nsp} eq '/' ? '' : "$self->{nsp},";
    $self->{ws}->send_text("4$type$nsp$id"
        . (defined $data ? $json->encode($data) : ''));
}


# ---- hearing ----------------------------------------------------------------

# The first argument of the first event of that name not taken yet, waiting for
# it; with a test (sub), of the first it is true for.  event_args: all of them,
# as an array (behind them is the offset, when recovery is on).
sub event { $_[0]->event_args(@_[1 .. $#_])->[0] }

sub event_args {
    my ($self, $name, $seconds, $test) = @_;
    my $found;

    $self->wait_for("event $name", sub {
        my $inbox = $self->{inbox};
        for my $i (0 .. $#$inbox) {
            next if $inbox->[$i]{name} ne $name;
            my $args = _args($inbox->[$i]);
            next if $test && !$test->(@$args);
            $found = $args;
            splice @$inbox, $i, 1;
            return 1;
        }
        die "closed: $self->{closed}\n" if $self->{closed};
        return 0;
    }, $seconds);

    return $found;
}

# Waits for as many, and takes them: their first arguments, in order.
sub take_events {
    my ($self, $name, $count, $seconds) = @_;
    $self->wait_for("$count x $name", sub { $self->count($name) >= $count },
        $seconds);
    return map { $self->event($name) } 1 .. $count;
}

# Takes all there is, without waiting: [ name, first argument ] each, in order.
sub take_all {
    my ($self) = @_;
    my $events = $self->{inbox};
    $self->{inbox} = [];
    return map { [ $_->{name}, _args($_)->[0] ] } @$events;
}

# How many of that name wait to be taken.
sub count {
    my ($self, $name) = @_;
    return scalar grep { $_->{name} eq $name } @{$self->{inbox}};
}

# The names of what waits, in order: for diagnostics and for "nothing else".
sub waiting { map { $_->{name} } @{$_[0]{inbox}} }

sub forget_events { $_[0]{inbox} = [] }

# Decoded when somebody looks: thousands of events are cheap to receive.
sub _args {
    my ($event) = @_;
    $event->{args} ||= do {
        my $args = $json->decode($event->{text});
        shift @$args;
        $args;
    };
    return $event->{args};
}


# ---- all clients at once ----------------------------------------------------

# Serves all clients until the condition holds; dies when time is over.
sub wait_for {
    my ($self, $what, $condition, $seconds) = @_;
    my $end = time + ($seconds // SECONDS_TO_ANSWER);

    until ($condition->()) {
        my $left = $end - time;
        die "waited in vain for: $what\n" if $left <= 0;
        serve($left);
    }
    return 1;
}

# One turn: waits until some client can read or write, and lets it.
sub serve {
    my ($seconds) = @_;
    my ($read, $write) = ('', '');
    my @open = grep { $_ && !$_->{closed} } values %clients;

    for my $client (@open) {
        vec($read, $client->{fd}, 1) = 1;
        vec($write, $client->{fd}, 1) = 1 if $client->{ws}->writing;
    }

    select($read, $write, undef, $seconds) > 0 or return;

    for my $client (@open) {
        next unless vec($read, $client->{fd}, 1) || vec($write, $client->{fd}, 1);
        $client->_turn;
    }
}

sub _turn {
    my ($self) = @_;
    my $ws = $self->{ws};

    $ws->pump;

    while (my $frame = $ws->next_frame) {
        my $opcode = $frame->{opcode};
        if ($opcode == Chat::WebSocket::TEXT) {
            $self->_engine_packet($frame->{payload});

        } elsif ($opcode == Chat::WebSocket::BINARY) {
            push @{$self->{attachments}}, $frame->{payload};

        } elsif ($opcode == Chat::WebSocket::CLOSE) {
            $self->_forget('close frame ' . ($frame->{code} // 'without code'));

        } elsif ($opcode == Chat::WebSocket::PING) {
            $ws->send_frame(Chat::WebSocket::PONG, $frame->{payload});
        }
    }

    if ($ws->eof) {
        $self->_forget($ws->status && $ws->status != 101
            ? 'handshake answered ' . $ws->status : 'connection closed');
    } elsif (($ws->status // 101) != 101) {
        $self->_forget('handshake answered ' . $ws->status);
    }
}

sub _engine_packet {
    my ($self, $text) = @_;
    my $type = substr $text, 0, 1, '';

    if ($type eq '0') {
        $self->{engine} = $json->decode($text);
        $self->_send('0', '', $self->{auth}) unless $self->{silent};

    } elsif ($type eq '1') {
        $self->_forget('engine closed');

    } elsif ($type eq '2') {
        $self->{ws}->send_text("3$text") unless $self->{no_pong};

    } elsif ($type eq '4') {
        $self->_packet($text);
    }
}

sub _packet {
    my ($self, $text) = @_;
    my ($type, $attachments, $nsp, $id, $data)
        = $text =~ m{\A([0-6])(?:(\d+)-)?(?:(/[^,]*),)?(\d*)(.*)\z}s
        or die "not a Socket.IO packet: $text\n";

    push @{$self->{packets}}, $text if $self->{keep_packets};

    if ($type eq '0') {
        my $granted = $json->decode($data);
        @$self{qw(sid pid)} = @$granted{qw(sid pid)};

    } elsif ($type eq '1') {
        $self->_forget('disconnected by the server');

    } elsif ($type eq '2' || $type eq '5') {
        my ($name) = $data =~ /\A\["((?:[^"\\]|\\.)*)"/;
        push @{$self->{inbox}}, { name => $name, text => $data, ack => $id };

    } elsif ($type eq '3' || $type eq '6') {
        $self->{acks}{$id} = $data;

    } elsif ($type eq '4') {
        $self->{error} = $json->decode($data);
    }
}

# The first reason stands: a close frame is followed by the end of the stream.
sub _forget {
    my ($self, $how) = @_;
    $self->{closed} //= $how;
    $self->_leave;
}

# A file number that was closed may be another client's by now.
sub _leave {
    my ($self) = @_;
    my $fd = $self->{fd} // return;
    delete $clients{$fd} if !$clients{$fd} || $clients{$fd} == $self;
}

sub DESTROY { $_[0]->_leave }

1;
