package Chat::WebSocket;

# A WebSocket client that writes whatever frames a test wants, right or wrong.
#
#   my $ws = Chat::WebSocket->connect(port => port(8080),
#       path => '/socket.io/?EIO=4&transport=websocket');
#   $ws->send_text('40');
#   my $frame = $ws->frame(5);     # { opcode, fin, payload, code (of a close) }

use warnings;
use strict;

use Exporter qw(import);
use IO::Socket::INET;
use Time::HiRes qw(time);

our @EXPORT_OK = qw(encode_frame);

use constant { TEXT => 1, BINARY => 2, CLOSE => 8, PING => 9, PONG => 10 };
use constant SECONDS_TO_ANSWER => 20;

# port (or a connected socket), path, headers => [...] (whole lines); wait => 0
# returns before the
# answer.  Without 101 the object has {status} and {response} of the refusal.
sub connect {
    my ($class, %o) = @_;
    my $socket = $o{socket} || IO::Socket::INET->new(
        PeerAddr => "127.0.0.1:$o{port}") or die "connect: $!\n";
    my $self = bless { socket => $socket, in => '', out => '' }, $class;
    my @headers = ("GET $o{path} HTTP/1.1", 'Host: 127.0.0.1:' . $o{port},
        'Upgrade: websocket', 'Connection: Upgrade',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Version: 13', @{$o{headers} || []});

    $socket->blocking(0);
    $socket->setsockopt(IPPROTO_TCP(), 1, 1);
    $self->send_raw(join("\r\n", @headers, '', '') . ($o{more} // ''));

    if ($o{wait} // 1) {
        $self->pump while !defined $self->{status} && $self->_wait_input(
            SECONDS_TO_ANSWER);
    }
    return $self;
}

sub IPPROTO_TCP { 6 }

# opcode, payload; fin, rsv, mask (0: none), length (a lie), wide (the bytes
# of the length: 0, 2 or 8, however small it is).
sub encode_frame {
    my ($opcode, $payload, %o) = @_;
    my $length = $o{length} // length $payload;
    my $wide = $o{wide} // ($length < 126 ? 0 : $length < 65536 ? 2 : 8);
    my $mask = $o{mask} // 1;
    my $first = (($o{fin} // 1) << 7) | (($o{rsv} // 0) << 4) | $opcode;
    my $small = $wide == 0 ? $length : $wide == 2 ? 126 : 127;
    my $head = pack 'CC', $first, $small | ($mask ? 0x80 : 0);

    $head .= pack $wide == 2 ? 'n' : 'Q>', $length if $wide;
    return $head . $payload unless $mask;

    my $key = pack 'N', int rand 2**32;
    my $stream = $key x (1 + length($payload) / 4);
    return $head . $key . ($payload ^ substr $stream, 0, length $payload);
}

sub send_frame {
    my ($self, $opcode, $payload, %o) = @_;
    $self->send_raw(encode_frame($opcode, $payload, %o));
}

sub send_text {
    my ($self, $text) = @_;
    utf8::encode($text) if utf8::is_utf8($text);
    $self->send_frame(TEXT, $text);
}

sub send_close {
    my ($self, $code) = @_;
    $self->send_frame(CLOSE, defined $code ? pack 'n', $code : '');
}

# What the socket does not take now leaves at the next pump().
sub send_raw {
    my ($self, $bytes) = @_;
    $self->{out} .= $bytes;
    $self->_flush;
}

# Reads and writes what can be without waiting; false when the peer is gone.
sub pump {
    my ($self) = @_;
    my $n;

    return 0 if $self->{eof};
    $self->_flush;
    do {
        $n = sysread $self->{socket}, $self->{in}, 262144, length $self->{in};
    } while $n;
    $self->{eof} = 1 if defined $n || !$!{EAGAIN};
    $self->_response unless defined $self->{status};
    return !$self->{eof};
}

# The next frame; undef when time is over or the peer has closed.
sub frame {
    my ($self, $seconds) = @_;
    my $end = time + ($seconds // SECONDS_TO_ANSWER);

    while (1) {
        my $frame = $self->next_frame;
        return $frame if $frame;
        return undef if $self->{eof} || $end <= time;
        $self->_wait_input($end - time);
        $self->pump;
    }
}

# A frame that has already been read, or undef.
sub next_frame {
    my ($self) = @_;
    return undef if ($self->{status} // 0) != 101 || length $self->{in} < 2;

    my ($first, $length) = unpack 'CC', $self->{in};
    my $head = 2;
    if ($length == 126) {
        $head = 4;
        return undef if length $self->{in} < $head;
        $length = unpack 'n', substr $self->{in}, 2, 2;

    } elsif ($length == 127) {
        $head = 10;
        return undef if length $self->{in} < $head;
        $length = unpack 'Q>', substr $self->{in}, 2, 8;
    }

    return undef if length $self->{in} < $head + $length;
    my $payload = substr $self->{in}, $head, $length;
    substr $self->{in}, 0, $head + $length, '';

    my %frame = (opcode => $first & 15, fin => $first >> 7,
        payload => $payload);
    $frame{code} = unpack 'n', $payload
        if $frame{opcode} == CLOSE && $length >= 2;
    return \%frame;
}

# The payload of the next text frame; pings and the like are passed over.
sub text {
    my ($self, $seconds) = @_;
    while (my $frame = $self->frame($seconds)) {
        return $frame->{payload} if $frame->{opcode} == TEXT;
    }
    return undef;
}

# Reads until the server closes: the code of its close frame, 0 if it sent none
# or one without a code, undef if it did not close in time.
sub closed {
    my ($self, $seconds) = @_;
    my $code = 0;
    while (my $frame = $self->frame($seconds)) {
        $code = $frame->{code} // 0 if $frame->{opcode} == CLOSE;
    }
    return $self->{eof} ? $code : undef;
}

sub status   { $_[0]{status} }
sub response { $_[0]{response} }
sub socket   { $_[0]{socket} }
sub eof      { $_[0]{eof} }
sub writing  { length $_[0]{out} }
sub close    { close $_[0]{socket}; $_[0]{eof} = 1 }


sub _flush {
    my ($self) = @_;
    local $SIG{PIPE} = 'IGNORE';
    while (length $self->{out}) {
        my $n = syswrite $self->{socket}, $self->{out};
        return unless defined $n;
        substr $self->{out}, 0, $n, '';
    }
}

# A refusal is taken whole, with its body.
sub _response {
    my ($self) = @_;
    my ($head) = $self->{in} =~ /\A(.*?\r\n\r\n)/s or return;
    my ($status) = $head =~ m{^HTTP/1\.1 (\d+)} or die "no HTTP: $head";
    my ($length) = $head =~ /^Content-Length: (\d+)/mi;
    my $size = length $head;

    if ($status != 101) {
        $size += $length // 2**31;
        return if length $self->{in} < $size && !$self->{eof};
    }

    $self->{response} = substr $self->{in}, 0, $size;
    $self->{status} = $status;
    $self->{in} = substr $self->{in}, length $self->{response};
}

sub _wait_input {
    my ($self, $seconds) = @_;
    my ($read, $write) = ('', '');
    return 0 if $self->{eof} || $seconds <= 0;
    vec($read, fileno $self->{socket}, 1) = 1;
    vec($write, fileno $self->{socket}, 1) = 1 if length $self->{out};
    return select($read, $write, undef, $seconds) > 0;
}

1;
