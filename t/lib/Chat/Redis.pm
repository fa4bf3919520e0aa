package Chat::Redis;

# A Redis of the test's own, and a client for it.
#
#   my $redis = Chat::Redis->new(functions => 1)->start;
#   $redis->cmd('HSET', 'h', 'a', 1);       # dies when Redis says -ERR
#   my $sub = $redis->client;               # a second connection
#   $sub->subscribe('chat:user:1');
#   my ($channel, $payload) = $sub->message(5);

use warnings;
use strict;

use Chat::Process qw(root testdir free_port read_file write_file);
use Chat::RESP;

my $count = 0;

# functions: load worker/chat.lua; tcp: listen on a port instead of a Unix
# socket; conf: further lines of redis.conf.
sub new {
    my ($class, %o) = @_;
    my $self = bless { conf => '', %o }, $class;

    $self->{dir} = testdir() . '/redis' . ++$count;
    mkdir $self->{dir} or die "$self->{dir}: $!";
    $self->{port} = $o{tcp} ? free_port() : 0;
    $self->{socket} = "$self->{dir}/sock" unless $o{tcp};

    return $self;
}

sub start {
    my ($self) = @_;
    my $dir = $self->{dir};

    write_file("$dir/redis.conf", <<"EOC" . $self->{conf});
bind 127.0.0.1
port $self->{port}
@{[ $self->{socket} ? "unixsocket $self->{socket}" : '' ]}
dir $dir
save ""
appendonly no
maxmemory 512mb
maxmemory-policy noeviction
client-output-buffer-limit pubsub 256mb 64mb 10
EOC

    delete $self->{client};
    $self->{process} = Chat::Process->start(
        name => 'redis',
        command => [ $ENV{REDIS_SERVER} || '/usr/bin/redis-server',
            "$dir/redis.conf" ],
        stop_signal => 'TERM',
        ready => sub { eval { $self->client->cmd('PING') eq 'PONG' } });

    $self->load_functions if $self->{functions};
    return $self;
}

sub load_functions {
    my ($self) = @_;
    $self->cmd('FUNCTION', 'LOAD', 'REPLACE',
        read_file(root() . '/worker/chat.lua'));
}

# Everything in it is lost, as with any Redis without persistence.
sub stop      { delete $_[0]{client}; $_[0]{process}->stop }
sub kill_hard { delete $_[0]{client}; $_[0]{process}->kill_hard }
sub restart   { $_[0]->stop; $_[0]->start }
sub pause     { $_[0]{process}->pause }
sub resume    { $_[0]{process}->resume }

# As nginx.conf and worker.conf want it.
sub url {
    my ($self) = @_;
    return $self->{socket} ? "unix:$self->{socket}"
        : "redis://127.0.0.1:$self->{port}/0";
}

sub client {
    my ($self) = @_;
    return Chat::RESP->connect($self->{socket} || "127.0.0.1:$self->{port}");
}

sub cmd {
    my $self = shift;
    $self->{client} ||= $self->client;
    return $self->{client}->cmd(@_);
}

# How many jobs of a stream are taken and not finished.
sub in_hand {
    my ($self, $slot, $lane) = @_;
    my $stream = ($lane // 'default') . ":$slot";
    my $taken = $self->cmd('GET', "chat:taken:$stream") // return 0;
    return scalar @{$self->cmd('XRANGE', "chat:jobs:$stream", '-', $taken)};
}

# The fields of a hash or a stream entry as a Perl hash.
sub hash {
    my $self = shift;
    return { @{$self->cmd('HGETALL', @_)} };
}

1;
