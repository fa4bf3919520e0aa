package Chat::Polling;

# An Engine.IO session over long polling, a request at a time or several.
#
#   my $p = Chat::Polling->open(port => port(8080), path => '/engine.io/');
#   is($p->post('4hello'), 200);
#   is_deeply([ $p->get ], [ '4hello' ]);            # packets
#
#   my $get = $p->start('GET');                      # parked
#   my $r = $p->end($get);                           # { status, body, headers }

use warnings;
use strict;

use JSON::PP ();

use Chat::HTTP;
use Chat::WebSocket;

use constant SECONDS_TO_ANSWER => 20;

# port, path ('/socket.io/'), query => 'a=b', headers => [...] of all requests.
sub new {
    my ($class, %o) = @_;
    return bless { path => '/socket.io/', headers => [], %o,
        http => Chat::HTTP->new(port => $o{port}) }, $class;
}

# The handshake: {first} is its answer, {engine} the open packet.
sub open {
    my ($class, %o) = @_;
    my $self = $class->new(%o);
    my $r = $self->{first} = $self->end($self->start('GET'));

    $r->{status} == 200 && $r->{body} =~ /\A0(\{.*\})\z/s
        or die "no handshake: $r->{status} $r->{body}\n";
    $self->{engine} = JSON::PP->new->decode($1);
    $self->{sid} = $self->{engine}{sid};
    return $self;
}

sub sid    { $_[0]{sid} }
sub engine { $_[0]{engine} }
sub first  { $_[0]{first} }

sub url {
    my ($self, $transport) = @_;
    return "$self->{path}?EIO=4&transport=$transport"
        . (defined $self->{query} ? "&$self->{query}" : '')
        . (defined $self->{sid} ? "&sid=$self->{sid}" : '');
}

# Sends a request; options as in Chat::HTTP.
sub start {
    my ($self, $method, $body, %o) = @_;
    $o{headers} = [ @{$self->{headers}}, @{$o{headers} || []} ];
    $o{headers} = [ @{$o{headers}}, 'Content-Type: text/plain;charset=UTF-8' ]
        if defined $body && !grep { /^content-type:/i } @{$o{headers}};
    return $self->{http}->begin($method, $o{url} // $self->url('polling'), undef,
        body => $body, %o);
}

sub end { $_[0]{http}->finish($_[1]) }

# Sends it and waits for the answer.
sub request { $_[0]->end($_[0]->start(@_[1 .. $#_])) }

# The packets of one GET; dies of any refusal.
sub get {
    my ($self) = @_;
    my $r = $self->request('GET');
    $r->{status} == 200 or die "GET: $r->{status} $r->{body}\n";
    return split /\x1e/, $r->{body};
}

# The status of a POST of these packets.
sub post {
    my ($self, @packets) = @_;
    return $self->request('POST', join "\x1e", @packets)->{status};
}

# A GET that has been read, of a single nginx process: what is asked later is
# answered later.
sub park {
    my ($self) = @_;
    my $get = $self->start('GET');
    $self->{http}->get('/health');
    return $get;
}

# A WebSocket for this session, or what became of it.
sub websocket {
    my ($self, %o) = @_;
    return Chat::WebSocket->connect(port => $self->{port},
        path => $self->url('websocket'), headers => $self->{headers}, %o);
}

# Probes and upgrades; the GET that is needed for it is begun and ended.
sub upgrade {
    my ($self) = @_;
    my $ws = $self->websocket;

    $ws->status == 101 or die "no upgrade: " . $ws->response . "\n";
    $ws->send_text('2probe');
    my $answer = $ws->text // 'nothing';
    $answer eq '3probe' or die "the probe was answered: $answer\n";
    $ws->send_text('5');
    return $ws;
}

1;
