package Chat::MongoSet;

# A replica set of three, whose primary a test kills or makes step down.
#
#   my $mongo = Chat::MongoSet->new->start;
#   $mongo->kill_primary;         # it comes back with start_member()

use warnings;
use strict;

use parent 'Chat::Mongo';

use Chat::Process qw(testdir free_port wait_until);

use constant { MEMBERS => 3, SECONDS_TO_ELECT => 40 };

sub new {
    my ($class, %o) = @_;
    my $self = bless { db => 'chat', %o }, $class;

    $self->{members} = [ map { { port => free_port(),
        dir => testdir() . "/member$_" } } 1 .. MEMBERS ];
    mkdir $_->{dir} or die "$_->{dir}: $!" for @{$self->{members}};
    $self->{uri} = 'mongodb://' . join(',', map { "127.0.0.1:$_->{port}" }
        @{$self->{members}}) . '/chat?replicaSet=chat&w=majority&journal=true';
    $self->{port} = $self->{members}[0]{port};

    return $self;
}

sub start {
    my ($self) = @_;
    $self->_run($_) for @{$self->{members}};

    # elections in a second, as in no production: the test has many of them
    my $seed = $self->_alone($self->{members}[0]);
    wait_until('the set to be initiated', SECONDS_TO_ELECT, sub { eval {
        $seed->command(replSetInitiate => { _id => 'chat', members =>
            [ map { { _id => $_, host => "127.0.0.1:$self->{members}[$_]{port}" } }
                0 .. MEMBERS - 1 ],
            settings => { electionTimeoutMillis => 1000,
                heartbeatIntervalMillis => 200 } }, '$db' => 'admin') } });
    $self->wait_primary;
    return $self;
}

sub stop {
    my ($self) = @_;
    $self->_hang_up;
    $_->{process}->stop for grep { $_->{process} } @{$self->{members}};
}

sub start_member {
    my ($self, $member) = @_;
    $self->_run($member);
}

# The member that says it is writable.
sub primary {
    my ($self) = @_;
    for my $member (grep { $_->{process} } @{$self->{members}}) {
        my $hello = eval { $self->_alone($member)->command(hello => 1,
            '$db' => 'admin') } or next;
        return $member if $hello->{isWritablePrimary};
    }
    return undef;
}

sub wait_primary {
    my ($self) = @_;
    return wait_until('a primary', SECONDS_TO_ELECT, sub { $self->primary });
}

# Returns the member, which is down.
sub kill_primary {
    my ($self) = @_;
    my $member = $self->wait_primary;
    $member->{process}->kill_hard;
    delete $member->{process};
    delete($member->{alone})->_hang_up;
    return $member;
}

sub step_down {
    my ($self) = @_;
    my $member = $self->wait_primary;
    eval { $self->_alone($member)->command(replSetStepDown => 10,
        secondaryCatchUpPeriodSecs => 5, '$db' => 'admin') };
    return $member;
}

# The tool asks whom it took for the primary; after an election it knows better.
sub command {
    my ($self, @pairs) = @_;
    return wait_until('the primary to answer', SECONDS_TO_ELECT, sub {
        my $reply = eval { $self->SUPER::command(@pairs) };
        die $@ if !$reply && $@ !~ /primary|No suitable servers|Failed to/;
        return $reply;
    });
}

# A primary that is stopped gives up its place first, and mongod 6.0.5 now and
# then aborts at it: not what is tested.
sub _run {
    my ($self, $member) = @_;
    $member->{process} = Chat::Process->start(
        name => 'mongod', may_die => 1,
        command => [ Chat::Mongo::mongod(), '--replSet', 'chat', '--bind_ip',
            '127.0.0.1', '--port', $member->{port}, '--dbpath', $member->{dir},
            '--nounixsocket', '--quiet', '--wiredTigerCacheSizeGB', '0.25',
            '--oplogSize', '64', '--setParameter',
            'diagnosticDataCollectionEnabled=false', '--setParameter',
            'shutdownTimeoutMillisForSignaledShutdown=100' ]);
}

# A connection to this member and no other.
sub _alone {
    my ($self, $member) = @_;
    return $member->{alone} ||= bless { db => 'chat', port => $member->{port},
        uri => "mongodb://127.0.0.1:$member->{port}/chat?directConnection=true"
            . '&serverSelectionTimeoutMS=1000&socketTimeoutMS=3000' },
        'Chat::Mongo';
}

1;
