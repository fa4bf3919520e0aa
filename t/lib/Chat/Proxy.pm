package Chat::Proxy;

# A wire that a test can cut: stands before a server as a process of its own.
#
#   my $wire = Chat::Proxy->new(server => $redis)->start;
#   Chat::Worker->new(redis => $wire, ...)      # url, uri, cmd as the server's
#   $wire->cut;           # no connection, and none to be had
#   $wire->cut_subscribers;   # only to who says SUBSCRIBE (to a Redis)
#   $wire->break;         # those that are open end; new ones are fine
#   $wire->hold;          # nothing goes through, nobody is told; nothing is lost
#   $wire->hold_answers;  # requests do
#   $wire->delay(200);    # ms, each way
#   $wire->pass;          # all is well, what was held goes on
#
# hold_answers, then break: a request was done and its answer is lost.

use warnings;
use strict;

use IO::Socket::INET;
use IO::Socket::UNIX;
use Scalar::Util qw(weaken);
use Socket qw(IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(time);

use Chat::Process qw(root testdir free_port);

use constant { UP => 0, DOWN => 1 };        # to the server, and back
use constant CHUNK => 262144;
use constant HELD_MAX => 64 * 1024 * 1024;

my $count = 0;

# server: a Chat::Redis or Chat::Mongo; or address: "/path" or "host:port".
sub new {
    my ($class, %o) = @_;
    my $n = ++$count;
    return bless { %o, port => free_port(), name => "proxy$n",
        control => testdir() . "/proxy$n.sock" }, $class;
}

sub start {
    my ($self) = @_;

    $self->{process} = Chat::Process->start(
        name => $self->{name},
        command => [ $^X, '-I' . root() . '/t/lib', '-MChat::Proxy',
            '-e', 'Chat::Proxy::serve(@ARGV)', $self->{port},
            $self->{control}, address_of($self) ],
        ready => sub { $self->{link} = IO::Socket::UNIX->new(
            Peer => $self->{control}) });
    return $self;
}

sub address_of {
    my ($self) = @_;
    my $server = $self->{server} or return $self->{address};
    return $server->{socket} || "127.0.0.1:$server->{port}";
}

sub stop         { $_[0]{process}->kill_hard }

sub pass         { $_[0]->_say('pass') }
sub cut          { $_[0]->_say('cut') }
sub cut_subscribers { $_[0]->_say('cut_subscribers') }
sub break        { $_[0]->_say('break') }
sub hold         { $_[0]->_say('hold') }
sub hold_answers { $_[0]->_say('hold_answers') }
sub delay        { $_[0]->_say("delay $_[1]") }

# From now on another server is behind it.
sub target {
    my ($self, %o) = @_;
    @$self{keys %o} = values %o;
    $self->_say('target ' . address_of($self));
}

# Bytes that reached the server; open connections; bytes of answers held.
sub forwarded   { (split ' ', $_[0]->_say('count'))[0] }
sub connections { (split ' ', $_[0]->_say('count'))[1] }
sub held        { (split ' ', $_[0]->_say('count'))[2] }

sub _say {
    my ($self, $what) = @_;
    syswrite $self->{link}, "$what\n" or die "$self->{name}: $!\n";
    return readline($self->{link}) // die "$self->{name} ended\n";
}


# ---- as the server that is behind it ----------------------------------------

sub url { "redis://127.0.0.1:$_[0]{port}/0" }

# Without replicaSet: the names of the set's members would lead past the wire.
sub uri {
    my ($self) = @_;
    return "mongodb://127.0.0.1:$self->{port}/" . $self->{server}{db}
        . '?directConnection=true&w=majority&journal=true';
}

sub cmd { my $self = shift; $self->{server}->cmd(@_) }


# ---- the process ------------------------------------------------------------

my ($listener, $commands, $boss, $target, %peers);
my ($mode, $delay, $forwarded) = ('pass', 0, 0);

sub serve {
    my ($port, $control, $address) = @_;

    $SIG{PIPE} = 'IGNORE';
    $SIG{TERM} = sub { exit 0 };
    $target = $address;
    $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$port",
        Listen => 512, ReuseAddr => 1, Blocking => 0) or die "listen: $!";
    $commands = IO::Socket::UNIX->new(Local => $control, Listen => 1)
        or die "$control: $!";
    $boss = $commands->accept or die "accept: $!";

    while (1) {
        _turn();
    }
}

# Both ends of a connection point at each other; what one has read waits in
# the other's queue, with the time from which on it may be written.
sub _peer {
    my ($socket, $direction) = @_;
    $socket->blocking(0);
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1
        if $socket->isa('IO::Socket::INET');
    return $peers{fileno $socket} = { socket => $socket, queue => [],
        held => 0, direction => $direction };
}

sub _accept {
    my $client = $listener->accept or return;
    return if $mode eq 'cut';

    my $server = $target =~ m{^/} ? IO::Socket::UNIX->new(Peer => $target)
        : IO::Socket::INET->new(PeerAddr => $target) or return;
    my ($near, $far) = (_peer($client, DOWN), _peer($server, UP));
    $near->{other} = $far;
    weaken($far->{other} = $near);
}

sub _drop {
    my ($peer) = @_;
    for my $end ($peer, $peer->{other}) {
        my $socket = delete $end->{socket} or next;
        delete $peers{fileno $socket};
        close $socket;
    }
}

# The queue of a peer is written to it: the client's holds answers.
sub _held {
    my ($peer) = @_;
    return 1 if $mode eq 'hold'
        || $mode eq 'hold_answers' && $peer->{direction} == DOWN;
    return !@{$peer->{queue}} || $peer->{queue}[0][0] > time;
}

sub _turn {
    my ($read, $write) = ('', '');
    my $wait = $delay ? 0.005 : 1;

    vec($read, fileno $_, 1) = 1 for $listener, $boss;
    for my $fd (keys %peers) {
        my $peer = $peers{$fd};
        vec($read, $fd, 1) = 1
            if $peer->{other}{held} < HELD_MAX && !$peer->{eof};
        vec($write, $fd, 1) = 1 unless _held($peer);
    }

    select($read, $write, undef, $wait) > 0 or return;

    for my $fd (keys %peers) {
        my $peer = $peers{$fd};
        _write($peer) if $peer && vec $write, $fd, 1;
        _read($peer) if $peer->{socket} && vec $read, $fd, 1;
    }
    _accept() if vec $read, fileno $listener, 1;
    _command() if vec $read, fileno $boss, 1;
}

# An end that closed is closed at the other as soon as what it said is there.
sub _read {
    my ($peer) = @_;
    my $other = $peer->{other};
    my $n = sysread $peer->{socket}, my $bytes, CHUNK;

    if (!$n) {
        return if !defined $n && $!{EAGAIN};
        $peer->{eof} = 1;
        push @{$other->{queue}}, [ 0, undef ];
        return;
    }

    $peer->{subscriber} ||= $bytes =~ /SUBSCRIBE/i;
    return _drop($peer) if $peer->{subscriber} && $mode eq 'cut_subscribers';

    push @{$other->{queue}}, [ $delay ? time + $delay : 0, $bytes ];
    $other->{held} += $n;
}

sub _write {
    my ($peer) = @_;
    my $first = $peer->{queue}[0];

    defined $first->[1] or return _drop($peer);

    my $n = syswrite $peer->{socket}, $first->[1];
    if (!defined $n) {
        _drop($peer) unless $!{EAGAIN};
        return;
    }

    $forwarded += $n if $peer->{direction} == UP;
    $peer->{held} -= $n;
    substr $first->[1], 0, $n, '';
    shift @{$peer->{queue}} unless length $first->[1];
}

sub _drop_all {
    my ($which) = @_;
    my @all = grep { !$which || $which->($_) } values %peers;
    _drop($_) for @all;
}

sub _command {
    my $line = '';
    sysread $boss, $line, 4096 or exit 0;
    my ($what, $value) = split ' ', $line;

    if ($what eq 'count') {
        my $held = 0;
        $held += $_->{held} for grep { $_->{direction} == DOWN } values %peers;
        syswrite $boss, "$forwarded " . (keys %peers) / 2 . " $held\n";
        return;
    }

    if ($what eq 'delay') {
        $delay = $value / 1000;

    } elsif ($what eq 'target') {
        $target = $value;
        _drop_all();

    } elsif ($what eq 'break') {
        _drop_all();
        $mode = 'pass';

    } else {
        $mode = $what;
        $delay = 0 if $what eq 'pass';
        _drop_all() if $what eq 'cut';
        _drop_all(sub { $_[0]{subscriber} }) if $what eq 'cut_subscribers';
    }

    syswrite $boss, "ok\n";
}

1;
