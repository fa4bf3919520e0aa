package Chat::Front;

# nginx with the module before a faked worker: what the tests of the module
# share.
#
#   my $front = Chat::Front->new(socket => 'chat_ping_interval 1s;')->start;
#   $front->worker->serve;
#   my $alice = $front->client('alice');
#   is($alice->call('echo', 1), 1);

use warnings;
use strict;

use Chat::FakeWorker;
use Chat::JWT qw(jwt);
use Chat::Nginx ();
use Chat::Process qw(testdir wait_until write_file);
use Chat::Proxy;
use Chat::Redis;
use Chat::SocketIO;
use Chat::WebSocket;

use constant PATH => '/socket.io/?EIO=4&transport=websocket';

# worker_processes (1), connections (4096); main, http, server, socket: further
# lines of nginx.conf, of its top, of the blocks http and server, and of the
# Socket.IO location; listen: further words of the listen directive; recovery:
# of chat_recovery ('off', so that events look as the worker made them); wire:
# a Chat::Proxy stands between nginx and Redis.
sub new {
    my ($class, %o) = @_;
    my $self = bless { worker_processes => 1, connections => 4096, main => '',
        http => '', server => '', socket => '', listen => '', recovery => 'off',
        %o }, $class;

    $self->{key} = 'k' x 32;
    $self->{key_file} = testdir() . '/jwt.key';
    write_file($self->{key_file}, $self->{key});

    $self->{redis} = Chat::Redis->new(functions => 1);
    $self->{nginx} = Chat::Nginx->new;
    $self->{wire} = Chat::Proxy->new(server => $self->{redis}) if $o{wire};

    return $self;
}

sub redis  { $_[0]{redis} }
sub nginx  { $_[0]{nginx} }
sub worker { $_[0]{worker} }
sub wire   { $_[0]{wire} }
sub port   { Chat::Nginx::port($_[1] // 8080) }

sub start {
    my ($self) = @_;

    $self->{redis}->start;
    $self->{wire}->start if $self->{wire};
    $self->{worker} = Chat::FakeWorker->new(redis => $self->{redis})->start;
    $self->{nginx}->run($self->configuration);
    $self->wait_healthy;
    return $self;
}

sub configuration {
    my ($self) = @_;
    my $url = ($self->{wire} || $self->{redis})->url;

    return <<"EOC";
%%TEST_GLOBALS%%
worker_processes $self->{worker_processes};
$self->{main}
events { worker_connections $self->{connections}; }
http {
    %%TEST_GLOBALS_HTTP%%
    chat_zone chat:8m;
    chat_redis $url;
    chat_jwt_key HS256 $self->{key_file};
    chat_recovery $self->{recovery};
    $self->{http}
    server {
        listen 127.0.0.1:8080 $self->{listen};
        $self->{server}
        location = /socket.io/ { chat_socket; $self->{socket} }
        location = /health { chat_status json; }
        location = /metrics { chat_status prometheus; }
    }
}
EOC
}

# Every process of nginx has its own link to Redis.
sub wait_healthy {
    my ($self) = @_;

    wait_until('nginx to be fit to serve', 20,
        sub { Chat::Nginx::http_get('/health') =~ m{ 200 } });
    $self->{nginx}->wait_linked;
}

sub token {
    my ($self, $uid, %claims) = @_;
    return jwt($self->{key}, sub => $uid, %claims);
}

# A Socket.IO client whose CONNECT was granted or refused.
sub client {
    my ($self, $uid, %o) = @_;
    return Chat::SocketIO->connect(port => $self->port,
        token => $self->token($uid), %o);
}

# A bare WebSocket; its open packet is read.
sub websocket {
    my ($self, %o) = @_;
    my $ws = Chat::WebSocket->connect(port => $self->port, path => PATH, %o);
    $ws->text if ($ws->status // 0) == 101;
    return $ws;
}

# The same, joined: what came before the CONNECT was granted is dropped.
sub joined {
    my ($self, $uid, %o) = @_;
    my $ws = $self->websocket(%o);

    $ws->send_text('40{"token":"' . $self->token($uid) . '"}');
    my $text = $ws->text // die "closed before it was joined\n";
    die "not joined: $text\n" unless $text =~ /^40\{/;
    return $ws;
}

# A value of /metrics, without its chat_.
sub metric {
    my ($self, $name) = @_;
    my ($value) = Chat::Nginx::http_get('/metrics')
        =~ /^chat_\Q$name\E (-?\d+)/m or die "no metric $name\n";
    return $value;
}

sub wait_metric {
    my ($self, $name, $value) = @_;
    wait_until("$name to be $value", 20, sub { $self->metric($name) == $value });
}

1;
