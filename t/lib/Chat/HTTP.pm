package Chat::HTTP;

# The REST API as a person's program uses it.
#
#   my $alice = Chat::HTTP->new(port => port(8080))->register('alice');
#   my $r = $alice->post('/api/messages', { to => $bob->id, text => 'hi' });
#   is($r->{status}, 201); is($r->{json}{text}, 'hi');

use warnings;
use strict;

use IO::Socket::INET;
use JSON::PP ();

use Chat::Nginx qw(http_start http_end);

use constant PASSWORD => 'correct horse';

my $json = JSON::PP->new->canonical->utf8->allow_nonref;

sub new {
    my ($class, %o) = @_;
    return bless {%o}, $class;
}

sub get    { shift->request('GET', @_) }
sub post   { shift->request('POST', @_) }
sub put    { shift->request('PUT', @_) }
sub delete { shift->request('DELETE', @_) }

# data becomes JSON unless body => gives the bytes; headers => [...] are whole
# lines.  { status, headers => {lower-case name => value}, body, json }.
sub request {
    my $self = shift;
    return $self->finish($self->begin(@_));
}

# The same in two halves: several requests can be on their way at once.
sub begin {
    my ($self, $method, $path, $data, %o) = @_;
    my $body = $o{body} // (defined $data ? $json->encode($data) : '');
    my @lines = ("$method $path HTTP/1.1",
        "Host: 127.0.0.1:$self->{port}", 'Connection: close',
        'Content-Length: ' . length $body, @{$o{headers} || []});

    push @lines, 'Content-Type: application/json'
        if length $body && !grep { /^content-type:/i } @lines;
    push @lines, "Authorization: Bearer $self->{token}"
        if $self->{token} && !grep { /^authorization:/i } @lines;

    return http_start(join("\r\n", @lines, '', $body), port => $self->{port},
        socket => $o{socket});
}

sub finish {
    my ($self, $socket) = @_;
    my ($head, $body) = split /\r\n\r\n/, http_end($socket), 2;
    my ($first, @lines) = split /\r\n/, $head // '';
    my ($status) = ($first // '') =~ m{^HTTP/1\.1 (\d+)}
        or die "no answer\n";
    my %headers;

    for (@lines) {
        my ($name, $value) = split /:\s*/, $_, 2;
        $headers{lc $name} = $value;
    }

    $body = _dechunk($body) if ($headers{'transfer-encoding'} // '') eq 'chunked';

    return {
        status => $status, headers => \%headers, body => $body, head => $head,
        json => ($headers{'content-type'} // '') =~ m{^application/json}
            && length $body ? $json->decode($body) : undef,
    };
}

sub _dechunk {
    my ($in) = @_;
    my $out = '';
    while ($in =~ s/\A([0-9a-f]+)\r\n//i && hex $1) {
        $out .= substr $in, 0, hex $1;
        $in = substr $in, 2 + hex $1;
    }
    return $out;
}


# ---- people -----------------------------------------------------------------

# Registers NAME@example.org; from then on requests carry the token.
sub register {
    my ($self, $name, %more) = @_;
    return $self->_enter('/api/auth/register', 201, { email => "$name\@example.org",
        password => PASSWORD, fullName => ucfirst($name) . ' Test', %more });
}

sub login {
    my ($self, $name) = @_;
    return $self->_enter('/api/auth/login', 200, { email => "$name\@example.org",
        password => PASSWORD });
}

sub _enter {
    my ($self, $path, $expected, $data) = @_;
    my $r = $self->post($path, $data);

    $r->{status} == $expected or die "$path: $r->{status} $r->{body}\n";
    $self->{token} = $r->{json}{token};
    $self->{user} = $r->{json}{user};
    return $self;
}

sub token { $_[0]{token} }
sub user  { $_[0]{user} }
sub id    { $_[0]{user}{_id} }

1;
