package Chat::RESP;

# One connection to Redis, speaking RESP2.

use warnings;
use strict;

use IO::Socket::INET;
use IO::Socket::UNIX;
use Time::HiRes qw(time);

use constant SECONDS_TO_ANSWER => 20;

sub connect {
    my ($class, $address) = @_;
    my $socket = $address =~ m{^/}
        ? IO::Socket::UNIX->new(Peer => $address)
        : IO::Socket::INET->new(PeerAddr => $address);

    $socket or die "redis at $address: $!\n";
    return bless { socket => $socket, in => '', pushed => [] }, $class;
}

sub send_command {
    my $self = shift;
    my $out = '*' . @_ . "\r\n";

    for my $word (@_) {
        my $bytes = $word;
        utf8::encode($bytes) if utf8::is_utf8($bytes);
        $out .= '$' . length($bytes) . "\r\n$bytes\r\n";
    }

    while (length $out) {
        my $n = syswrite $self->{socket}, $out;
        defined $n or die "redis: $!\n";
        substr $out, 0, $n, '';
    }
}

# The answer of a command; an error of Redis dies with its text.
sub cmd {
    my $self = shift;
    $self->send_command(@_);
    return $self->reply(SECONDS_TO_ANSWER);
}

sub reply {
    my ($self, $seconds) = @_;
    my $value = $self->_read($seconds);
    die "redis: $$value\n" if ref $value eq 'SCALAR';
    return $value;
}

# All at once, in one write; the answers in order, errors as \ "text".
sub pipeline {
    my ($self, @commands) = @_;
    $self->send_command(@$_) for @commands;
    return map { $self->_read(SECONDS_TO_ANSWER) } @commands;
}

# Returns when Redis has confirmed each.
sub subscribe {
    my ($self, @channels) = @_;
    my $missing = @channels;

    $self->send_command('SUBSCRIBE', @channels);

    while ($missing) {
        my $value = $self->_read(SECONDS_TO_ANSWER);
        $value->[0] eq 'subscribe' ? $missing-- : push @{$self->{pushed}}, $value;
    }
}

# The next published (channel, payload), or nothing when time is over.
sub message {
    my ($self, $seconds) = @_;
    my $value = shift @{$self->{pushed}}
        || eval { $self->_read($seconds // SECONDS_TO_ANSWER) };
    return $value ? @$value[1, 2] : ();
}

sub socket { $_[0]{socket} }


# Redis's errors come as a reference to their text.
sub _read {
    my ($self, $seconds) = @_;
    my $end = time + $seconds;
    my $line = $self->_line($end);
    my $type = substr $line, 0, 1, '';

    return $line if $type eq '+';
    return \$line if $type eq '-';
    return 0 + $line if $type eq ':';

    if ($type eq '$') {
        return undef if $line < 0;
        $self->_fill($end) while length $self->{in} < $line + 2;
        my $bytes = substr $self->{in}, 0, $line + 2, '';
        return substr $bytes, 0, $line;
    }

    die "redis: strange answer $type$line\n" unless $type eq '*';
    return undef if $line < 0;
    return [ map { $self->_read($seconds) } 1 .. $line ];
}

sub _line {
    my ($self, $end) = @_;
    my $at;

    $self->_fill($end) while ($at = index $self->{in}, "\r\n") < 0;
    my $line = substr $self->{in}, 0, $at + 2, '';
    return substr $line, 0, -2;
}

sub _fill {
    my ($self, $end) = @_;
    my $want = '';

    vec($want, fileno $self->{socket}, 1) = 1;
    my $left = $end - time;
    $left > 0 && select($want, undef, undef, $left) > 0
        or die "redis: no answer in time\n";

    sysread($self->{socket}, $self->{in}, 65536, length $self->{in})
        or die "redis: connection closed\n";
}

1;
