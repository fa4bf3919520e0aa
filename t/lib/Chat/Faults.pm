package Chat::Faults;

# What can happen to the servers of a Chat::Rig, by name: each is caused while a
# Chat::Crowd goes on writing, and undone; that all is well again afterwards is
# for the caller to see.
#
#   my $faults = Chat::Faults->new($rig, $crowd);
#   $faults->cause('redis: restarted empty');
#   my @names = $faults->names;          # of those that this rig can suffer

use warnings;
use strict;

use IO::Socket::INET;

use Chat::ZoneLock;

use constant {
    LEASE_SECONDS  => 5,
    FROZEN_SECONDS => 10,
    CUT_SECONDS    => 2,
    UNSURE         => 5,
    TABS           => 50,
};

# Name => what the rig has to have, and what is done.
my %faults = (

    # ---- workers ----------------------------------------------------------

    (map { my $point = $_;
        ("worker: killed when $point" => [ faults => sub {
            $_[0]->_point("$point kill") } ],
         "worker: paused when $point" => [ faults => sub {
            $_[0]->_paused("$point stop") } ]) }
        qw(taken loaded handled inserting inserted finishing finished)),

    'worker: killed' => [ any => sub {
        kill 'KILL', $_[0]->_one($_[0]{rig}->worker->children) } ],

    'worker: all killed' => [ any => sub {
        kill 'KILL', $_[0]{rig}->worker->children } ],

    'worker: supervisor killed' => [ any => sub {
        my ($self) = @_;
        my $worker = $self->{rig}->worker;
        my @children = $worker->children;

        kill 'KILL', $worker->pid;
        $self->_until(sub { !grep { kill 0, $_ } @children });
        $worker->kill_hard;
        $worker->start } ],

    'worker: more and fewer processes' => [ any => sub {
        my ($self) = @_;
        for my $count (3, 2) {
            $self->{rig}->worker->change_lanes("default $count", 'read+auth 1');
            $self->_until(sub { $self->{rig}->worker->children == $count + 1 });
        } } ],

    'worker: a lane without a process' => [ any => sub {
        my ($self) = @_;
        my $rig = $self->{rig};
        my @lanes = @{$rig->worker->{lanes}};

        $rig->worker->change_lanes(grep { /default/ } @lanes);
        $self->_until(sub { !grep { $rig->slots_of($_, 'read') }
            $rig->worker->children });
        $self->{crowd}->some_more(10);
        $rig->worker->change_lanes(@lanes) } ],

    # ---- MongoDB ----------------------------------------------------------

    'mongo: stopped and started' => [ single => sub {
        my ($self) = @_;
        $self->{rig}->mongo->stop;
        $self->_some_fail;
        $self->{rig}->mongo->start } ],

    'mongo: killed' => [ single => sub {
        my ($self) = @_;
        $self->{rig}->mongo->kill_hard;
        $self->_some_fail;
        $self->{rig}->mongo->start } ],

    'mongo: frozen' => [ single => sub {
        my ($self) = @_;
        $self->{rig}->mongo->pause;
        $self->_seconds(FROZEN_SECONDS);
        $self->{rig}->mongo->resume } ],

    'mongo: connections lost' => [ mongo => sub {
        for (1 .. 5) {
            $_[0]->_wire('mongo')->break;
            $_[0]{crowd}->some_more(5);
        } } ],

    'mongo: answer to a write lost' => [ mongo => sub {
        my $wire = $_[0]->_wire('mongo');
        $wire->hold_answers;
        $_[0]->_until(sub { $wire->held });
        $wire->break } ],

    'mongo: answer to a write late' => [ mongo => sub {
        my $wire = $_[0]->_wire('mongo');
        $wire->hold_answers;
        $_[0]->_seconds(3);
        $wire->break } ],

    'mongo: not sure of a write' => [ single => sub {
        my ($self) = @_;
        my $mongo = $self->{rig}->mongo;

        $mongo->command(configureFailPoint => 'failCommand',
            '$db' => 'admin', mode => { times => UNSURE },
            data => { failCommands => [ 'insert' ],
                writeConcernError => { code => 64, errmsg => 'timed out' } });
        $self->{crowd}->some_more(20);
        $mongo->command(configureFailPoint => 'failCommand', mode => 'off',
            '$db' => 'admin') } ],

    'mongo: primary steps down' => [ set => sub {
        $_[0]{rig}->mongo->step_down } ],

    'mongo: primary killed' => [ set => sub {
        my $mongo = $_[0]{rig}->mongo;
        my $member = $mongo->kill_primary;
        $_[0]{crowd}->some_more(20);
        $mongo->start_member($member) } ],

    # ---- Redis ------------------------------------------------------------

    'redis: restarted empty' => [ any => sub { $_[0]->_restart } ],

    'redis: restarted twice' => [ any => sub {
        $_[0]->_restart for 1, 2 } ],

    'redis: back with what it knew a while ago' => [ any => sub {
        my ($self) = @_;
        my $redis = $self->{rig}->redis;
        $redis->cmd('SAVE');
        $self->{crowd}->some_more(50);
        $self->_restart;
        unlink "$redis->{dir}/dump.rdb" } ],

    'redis: killed together with a worker' => [ any => sub {
        kill 'KILL', $_[0]->_one($_[0]{rig}->worker->children);
        $_[0]->_restart } ],

    'redis: killed together with all workers' => [ any => sub {
        kill 'KILL', $_[0]{rig}->worker->children;
        $_[0]->_restart } ],

    'redis: full' => [ any => sub {
        my ($self) = @_;
        my $redis = $self->{rig}->redis;
        $redis->cmd('CONFIG', 'SET', 'maxmemory', '1mb');
        $self->_some_fail;
        $self->_seconds(LEASE_SECONDS + 1);
        $redis->cmd('CONFIG', 'SET', 'maxmemory', '512mb') } ],

    'redis: failed over to its replica' => [ replicas => sub {
        my ($self) = @_;
        my $rig = $self->{rig};
        my $replica = $rig->replica;

        $self->{crowd}->history->epoch;
        $rig->redis->kill_hard;
        $rig->{redis} = $replica;
        $replica->cmd('REPLICAOF', 'NO', 'ONE');
        $self->_seconds(0.5);
        $rig->point($replica, 'nginx', 'worker') } ],

    'redis: slow' => [ wires => sub {
        my @wires = map { $_[0]->_wire($_) } qw(nginx worker);
        $_->delay(100) for @wires;
        $_[0]{crowd}->some_more(20);
        $_->pass for @wires } ],

    'redis: subscribers lost' => [ any => sub {
        for (1 .. 5) {
            $_[0]{rig}->redis->cmd('CLIENT', 'KILL', 'TYPE', 'pubsub');
            $_[0]->_seconds(0.3);
        } } ],

    'redis: cut off from subscribers' => [ wires => sub {
        my $wire = $_[0]->_wire('nginx');
        $wire->cut_subscribers;
        $_[0]->_seconds(CUT_SECONDS);
        $wire->pass } ],

    (map { my ($name, $to) = @$_;
        ("redis: cut off from $name" => [ wires => sub {
            $_[0]->_cut($to, CUT_SECONDS) } ],

         "redis: cut off from $name for long" => [ wires => sub {
            $_[0]->_cut($to, LEASE_SECONDS + 1) } ],

         "redis: connections of $name lost" => [ wires => sub {
            $_[0]->_wire($to)->break } ],

         "redis: answers to $name lost" => [ wires => sub {
            my $wire = $_[0]->_wire($to);
            $wire->hold_answers;
            $_[0]->_until(sub { $wire->held });
            $wire->break } ],

         "redis: silent to $name" => [ wires => sub {
            my $wire = $_[0]->_wire($to);
            $wire->hold;
            $_[0]->_seconds(CUT_SECONDS);
            $wire->pass } ]) }
        [ nginx => 'nginx' ], [ 'the workers' => 'worker' ]),

    # ---- nginx ------------------------------------------------------------

    'nginx: process killed' => [ any => sub {
        my ($self) = @_;
        my $nginx = $self->{rig}->nginx->allow(qr/exited on signal 9/);
        my $victim = $self->_one($nginx->workers);
        kill 'KILL', $victim;
        $self->_until(sub { !grep { $_ == $victim } $nginx->workers }) } ],

    "nginx: process killed inside the zone's lock" => [ any => sub {
        my ($self) = @_;
        my $nginx = Chat::ZoneLock::allow($self->{rig}->nginx);
        my $victim = $self->_one($nginx->workers);
        Chat::ZoneLock::kill_inside($nginx, $victim);
        $self->_until(sub { !grep { $_ == $victim } $nginx->workers }) } ],

    'nginx: hardly a connection left' => [ connections => sub {
        my ($self) = @_;
        my $rig = $self->{rig};
        my @idle;

        $rig->nginx->allow(qr/worker_connections are not enough/);
        push @idle, IO::Socket::INET->new(PeerAddr => '127.0.0.1:'
            . $rig->port) for 1 .. 2 * $rig->{connections};
        $self->{crowd}->some_more(10) } ],

    'nginx: many sessions opened' => [ any => sub {
        my ($self) = @_;
        my $crowd = $self->{crowd};
        my @tabs = map { $crowd->add_tab } 1 .. TABS;
        $self->_until(sub { !grep { !$_->{open} } @tabs });
        $crowd->some_more(10);
        $crowd->drop_tabs(@tabs) } ],

    'nginx: reloaded' => [ any => sub {
        my ($self) = @_;
        my $nginx = $self->{rig}->nginx;
        my %old = map { $_ => 1 } $nginx->workers;
        $nginx->{process}->signal('HUP');
        $self->_until(sub { !grep { $old{$_} } $nginx->workers }) } ],
);

# random: sub that returns a number below its argument.
sub new {
    my ($class, $rig, $crowd, %o) = @_;
    return bless { rig => $rig, crowd => $crowd,
        random => $o{random} || sub { int rand $_[0] } }, $class;
}

sub names {
    my ($self) = @_;
    my $rig = $self->{rig};
    my $set = $rig->mongo->isa('Chat::MongoSet');
    my %has = (any => 1, faults => $rig->{fault}, mongo => $rig->{wires}{mongo},
        wires => $rig->{wires}{nginx} && $rig->{wires}{worker},
        set => $set, single => !$set, connections => $rig->{connections},
        replicas => $rig->{wires}{nginx} && $rig->{redis}{port});

    return grep { $has{$faults{$_}[0]} } sort keys %faults;
}

sub cause {
    my ($self, $name) = @_;
    $faults{$name} or die "no fault is called $name\n";
    $faults{$name}[1]->($self);
}


# ---- what they are made of --------------------------------------------------

sub _wire    { $_[0]{rig}->wire($_[1]) }
sub _seconds { $_[0]{crowd}->run(seconds => $_[1]) }
sub _until   { $_[0]{crowd}->run(until => $_[1]) }

sub _one {
    my ($self, @all) = @_;
    return $all[$self->{random}->(scalar @all)];
}

sub _some_fail {
    my ($self) = @_;
    my $failed = $self->{crowd}->failed;
    $self->_until(sub { $self->{crowd}->failed > $failed });
}

sub _restart {
    my ($self) = @_;
    $self->{rig}->redis->kill_hard;
    $self->{crowd}->history->epoch;
    $self->_seconds(0.5);
    $self->{rig}->redis->start;
}

sub _cut {
    my ($self, $name, $seconds) = @_;
    my $wire = $self->_wire($name);
    $wire->cut;
    $self->_seconds($seconds);
    $wire->pass;
}

sub _point {
    my ($self, $what) = @_;
    my $rig = $self->{rig};
    $rig->fault("$what once");
    $self->_until(sub { $rig->fault_happened });
}

# Until another has its slots; then it wakes up.
sub _paused {
    my ($self, $what) = @_;
    my $rig = $self->{rig};

    $self->_point($what);
    my $frozen = $rig->wait_stopped_child;
    $self->_until(sub { !$rig->slots_of($frozen) });
    $self->{crowd}->some_more(10);
    kill 'CONT', $frozen;
}

1;
