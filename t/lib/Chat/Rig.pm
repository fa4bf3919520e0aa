package Chat::Rig;

# A Chat::Stack whose servers are joined by wires that a test can cut: nginx to
# Redis, worker to Redis, worker to MongoDB.
#
#   my $rig = Chat::Rig->new(faults => 1)->start;
#   $rig->wire('nginx')->cut;              # nginx, worker, mongo
#   $rig->fault('inserted kill once');     # worker/fault.h; needs faults => 1

use warnings;
use strict;

use parent 'Chat::Stack';

use Chat::Process qw(root testdir read_file wait_until write_file);
use Chat::Proxy;
use Chat::Redis;

# wires => [qw(nginx worker mongo)] names those wanted (none); faults: the
# workers are those of the test build; redis, mongo: instead of the usual ones;
# mongod => [...]: further arguments; connections: of an nginx process.
sub new {
    my ($class, %o) = @_;
    my $wires = delete $o{wires} || [];
    my $self = Chat::Stack::new($class, own_mongo => 1, %o);
    my $worker = $self->{workers};

    for my $name (grep { $o{$_} } qw(redis mongo)) {
        $self->{$name} = $worker->{$name} = $o{$name};
    }
    $self->{mongo}{arguments} = $o{mongod} || [];

    for my $name (@$wires) {
        $self->{wires}{$name} = Chat::Proxy->new(server =>
            $self->{$name eq 'mongo' ? 'mongo' : 'redis'});
    }

    $worker->{redis} = $self->{wires}{worker} || $worker->{redis};
    $worker->{mongo} = $self->{wires}{mongo} || $worker->{mongo};

    if ($o{faults}) {
        $self->{fault} = testdir() . '/fault';
        $worker->{binary} = root() . '/var/build-faults/worker/chat-worker';
        $worker->{env} = { CHAT_FAULT => $self->{fault} };
    }
    return $self;
}

sub start {
    my ($self) = @_;

    $self->{redis}->start;
    $self->{mongo}->start;
    $_->start for values %{$self->{wires}};
    $self->{workers}->start->wait_leases;
    $self->{nginx}->run($self->configuration);
    $self->wait_healthy;
    return $self;
}

# All of it, for another on the same port.
sub stop {
    my ($self) = @_;
    $self->{nginx}->stop;
    $self->{workers}->stop;
    $_->stop for values %{$self->{wires}};
    $self->{mongo}->stop;
    $self->{redis}->stop;
}

sub configuration {
    my ($self) = @_;
    local $self->{redis} = $self->{wires}{nginx} || $self->{redis};
    my $conf = $self->SUPER::configuration;
    $conf =~ s/worker_connections \d+/worker_connections $self->{connections}/
        if $self->{connections};
    return $conf;
}

sub wire { $_[0]{wires}{$_[1]} || die "no wire $_[1]\n" }


# A second Redis, which has caught up; the first has to listen on a port.
sub replica {
    my ($self) = @_;
    my $replica = Chat::Redis->new(tcp => 1)->start;
    $replica->cmd('REPLICAOF', '127.0.0.1', $self->{redis}{port});
    wait_until('the replica', 20, sub {
        $replica->cmd('INFO', 'replication') =~ /master_link_status:up/ });
    return $replica;
}

# The wires named lead to it from now on.
sub point {
    my ($self, $redis, @names) = @_;
    $self->wire($_)->target(server => $redis) for @names;
}


# ---- faults in the worker ---------------------------------------------------

# "POINT ACTION TIMES [TEXT]", from now on; see worker/fault.h.
sub fault {
    my ($self, $what) = @_;
    write_file("$self->{fault}.new", "$what\n");
    rename "$self->{fault}.new", $self->{fault} or die "rename: $!";
}

sub no_fault { unlink $_[0]{fault} }

# A fault that was to happen once did.
sub fault_happened { !-e $_[0]{fault} }


# ---- processes --------------------------------------------------------------

# The process that holds a slot, or undef.
sub holder {
    my ($self, $lane, $slot) = @_;
    return _pid($self->{redis}->cmd('GET', "chat:slot:$lane:$slot") // '');
}

# How many slots a process holds, of these lanes or all.
sub slots_of {
    my ($self, $pid, @lanes) = @_;
    @lanes = map { split /\+/, (split)[0] } @{$self->{workers}{lanes}}
        unless @lanes;
    my @keys = map { my $lane = $_; map { "chat:slot:$lane:$_" } 0 .. 15 } @lanes;
    return scalar grep { _pid($_ // '') == $pid }
        @{$self->{redis}->cmd('MGET', @keys)};
}

# Owners are called HOST.PID.RANDOM.
sub _pid { (split /\./, $_[0])[-2] // 0 }

# All processes are there and hold slots.
sub well {
    my ($self) = @_;
    my $worker = $self->{workers};
    my $wanted = 0;
    $wanted += (split)[1] for @{$worker->{lanes}};

    my @children = $worker->children;
    return @children == $wanted && !grep { !$self->slots_of($_) } @children;
}

# A child of the worker that is frozen.
sub wait_stopped_child {
    my ($self) = @_;
    return wait_until('a stopped process', 20, sub {
        (grep { read_file("/proc/$_/stat") =~ /\) T / }
            $self->{workers}->children)[0] });
}

1;
