package Chat::Stack;

# Everything together, as in production: Redis, mongod, workers, nginx, each of
# this test alone.
#
#   my $stack = Chat::Stack->new(worker_processes => 4)->start;
#   my ($alice, $bob) = $stack->people(qw(alice bob));
#   my $socket = $stack->socket($bob);
#   $alice->post('/api/messages', { to => $bob->id, text => 'hi' });
#   is($socket->event('new-message')->{text}, 'hi');

use warnings;
use strict;

use Chat::HTTP;
use Chat::JWT qw(jwt);
use Chat::Mongo;
use Chat::Nginx ();
use Chat::Process qw(root testdir wait_until read_file write_file);
use Chat::Redis;
use Chat::SocketIO;
use Chat::Worker;

# worker_processes (1); http, server: further lines of nginx.conf; worker:
# further lines of worker.conf; lanes => [...]; redis: not one with a Unix
# socket; own_mongo, mongo_size: see Chat::Mongo.
sub new {
    my ($class, %o) = @_;
    my $self = bless { worker_processes => 1, http => '', server => '',
        worker => '', %o }, $class;
    my $key_file = testdir() . '/jwt.key';

    $self->{key} = join '', map { sprintf '%02x', rand 256 } 1 .. 32;
    write_file($key_file, $self->{key});

    $self->{redis} ||= Chat::Redis->new;
    $self->{mongo} = Chat::Mongo->new(own => $o{own_mongo},
        %{$o{mongo_size} || {}});
    $self->{workers} = Chat::Worker->new(redis => $self->{redis},
        mongo => $self->{mongo}, key_file => $key_file, conf => $self->{worker},
        lanes => $o{lanes});
    $self->{nginx} = Chat::Nginx->new;
    $self->{key_file} = $key_file;

    return $self;
}

sub redis  { $_[0]{redis} }
sub mongo  { $_[0]{mongo} }
sub worker { $_[0]{workers} }
sub nginx  { $_[0]{nginx} }
sub port   { Chat::Nginx::port(8080) }

sub start {
    my ($self) = @_;

    $self->{redis}->start;
    $self->{mongo}->start;
    $self->{workers}->start;
    $self->{nginx}->run($self->configuration);
    $self->wait_healthy;
    return $self;
}

# nginx started anew, with so many processes.
sub start_processes {
    my ($self, $count) = @_;

    $self->nginx->stop;
    $self->{worker_processes} = $count;
    $self->nginx->run($self->configuration);
    $self->wait_healthy;
}

sub wait_healthy {
    my ($self) = @_;
    my $http = $self->http;
    wait_until('health', 20, sub {
        (eval { $http->get('/api/health') } || {})->{status} == 200 });
    $self->nginx->wait_linked;
}

# The locations are the operator's example, without its limits.
sub configuration {
    my ($self) = @_;
    my $url = $self->{redis}->url;
    my $reuse = $self->{worker_processes} > 1 ? ' reuseport' : '';
    my $html = root() . '/html/dist';
    my $locations = read_file(root() . '/conf/chat.conf');

    $locations =~ s/^ *(?:chat_limit|chat_max_connections).*\n//mg;
    $locations =~ s{/usr/share/ngx_chat/html}{$html}g;

    return <<"EOC";
%%TEST_GLOBALS%%
worker_processes $self->{worker_processes};
events { worker_connections 4096; }
http {
    %%TEST_GLOBALS_HTTP%%
    types { text/html html; text/css css; text/javascript js; image/svg+xml svg; }
    chat_zone chat:32m;
    chat_redis $url prefix=chat:;
    chat_jwt_key HS256 $self->{key_file};
    $self->{http}
    server {
        listen 127.0.0.1:8080$reuse;
        $self->{server}
        $locations
    }
}
EOC
}


# ---- people -----------------------------------------------------------------

sub http { Chat::HTTP->new(port => $_[0]->port) }

# Registered and logged in.
sub people {
    my ($self, @names) = @_;
    my @people = map { $self->http->register($_) } @names;
    return wantarray ? @people : $people[0];
}

# A connected socket of that person; options as in Chat::SocketIO.
sub socket {
    my ($self, $person, %o) = @_;
    my $socket = Chat::SocketIO->connect(port => $self->port,
        token => $person->token, %o);
    $socket->wait_connected if $o{wait} // 1;
    return $socket;
}

# Sockets of these people, no two in one nginx process.
sub sockets_apart {
    my ($self, @people) = @_;
    my (%taken, @sockets);

    for my $person (@people) {
        my ($socket, $process);
        for (1 .. 200) {
            $socket = $self->socket($person);
            $process = $self->{nginx}->process_of($socket->ws->socket);
            last unless $taken{$process};
            $socket->close;
        }
        !$taken{$process}++ or die "no other nginx process takes connections\n";
        push @sockets, $socket;
    }
    return @sockets;
}

# A token of the system's own key, with any claims.
sub token {
    my ($self, %claims) = @_;
    return jwt($self->{key}, %claims);
}

1;
