package Chat::NodeStack;

# The chat that ours is measured beside: one process of node
# (t/70bench/node-stack) and a mongod like ours, with all that Chat::Bench
# measures.
#
#   my $stack = Chat::NodeStack->new->start;
#   my $before = $stack->snapshot;

use warnings;
use strict;

use parent 'Chat::Bench';

use Chat::Node qw(node);
use Chat::Process qw(root free_port);

sub folder { root() . '/t/70bench/node-stack' }

sub port { $_[0]{port} ||= free_port() }

sub start {
    my ($self) = @_;
    my $http = $self->http;

    $self->mongo->start;
    $self->{node} = Chat::Process->start(
        name => 'node',
        command => [ node(), folder() . '/server.mjs' ],
        env => { NODE_ENV => 'production', PORT => $self->port,
            MONGO_URI => $self->mongo->uri, JWT_KEY => $self->{key} },
        ready => sub { ((eval { $http->get('/api/health') } || {})->{status}
            || 0) == 200 });
    return $self;
}

sub stop {
    my ($self) = @_;
    $_->stop for $self->{node}, $self->mongo;
}

sub processes {
    my ($self) = @_;
    my $mongod = $self->mongo->{process};
    return { node => [ $self->{node}->pid ],
        $mongod ? (mongod => [ $mongod->pid ]) : () };
}

1;
