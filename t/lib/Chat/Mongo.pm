package Chat::Mongo;

# A MongoDB for the test: a one-member replica set of its own, as the real thing
# is.  With CHAT_MONGO_URI a test that neither stops nor fills the server
# uses that one instead, in a database of its own.
#
#   my $mongo = Chat::Mongo->new->start;
#   my @users = $mongo->find('users', { email => 'a@example.org' });

use warnings;
use strict;

use IPC::Open2;
use JSON::PP ();

use Chat::Process qw(root tool testdir free_port);

my $count = 0;
my $json = JSON::PP->new->canonical->utf8->allow_nonref;

# own: this test stops, pauses or fills the server; cache_gb, oplog_mb: its size.
sub new {
    my ($class, %o) = @_;
    my $self = bless { db => sprintf('chat_%x_%x', $$, time), cache_gb => 0.25,
        oplog_mb => 64, %o }, $class;

    if ($ENV{CHAT_MONGO_URI} && !$o{own}) {
        ($self->{uri} = $ENV{CHAT_MONGO_URI}) =~
            s{^(mongodb(?:\+srv)?://[^/?]+)(?:/[^?]*)?}{$1/$self->{db}};
        return $self;
    }

    $self->{db} = 'chat';
    $self->{dir} = testdir() . '/mongod' . ++$count;
    mkdir $self->{dir} or die "$self->{dir}: $!";
    $self->{port} = free_port();
    $self->{uri} = "mongodb://127.0.0.1:$self->{port}/chat"
        . '?replicaSet=chat&w=majority&journal=true';

    return $self;
}

sub mongod {
    for ($ENV{MONGOD} || (),
         (map { "$_/mongod" } split /:/, $ENV{PATH}),
         root() . '/var/tools/mongod')
    {
        return $_ if -x $_ && !-d _;
    }
    die "no mongod: run ./build.sh test once, or set MONGOD\n";
}

sub start {
    my ($self) = @_;
    return $self unless $self->{port};

    $self->{process} = Chat::Process->start(
        name => 'mongod',
        command => [ mongod(), '--replSet', 'chat', '--bind_ip', '127.0.0.1',
            '--port', $self->{port}, '--dbpath', $self->{dir},
            '--nounixsocket', '--quiet', '--oplogSize', $self->{oplog_mb},
            '--wiredTigerCacheSizeGB', $self->{cache_gb}, '--setParameter',
            'diagnosticDataCollectionEnabled=false', @{$self->{arguments} || []} ]);

    system(tool('mongo_tool'), '--primary', "127.0.0.1:$self->{port}", 'chat')
        and die "mongod did not start\n" . $self->{process}->output;

    return $self;
}

# The data stays: start() finds it again.
sub stop      { $_[0]->_hang_up; $_[0]{process}->stop }
sub kill_hard { $_[0]->_hang_up; $_[0]{process}->kill_hard }
sub pause     { $_[0]{process}->pause }
sub resume    { $_[0]{process}->resume }

sub uri { $_[0]{uri} }


# A command document; keys may be a hash, or an array where order counts (the
# command's name comes first).  Dies with the server's words.
sub command {
    my ($self, @pairs) = @_;
    my @text;

    while (my ($key, $value) = splice @pairs, 0, 2) {
        push @text, $json->encode($key) . ':' . $json->encode($value);
    }

    $self->_connect unless $self->{tool};
    print { $self->{in} } '{' . join(',', @text) . "}\n";
    my $line = readline $self->{out};
    defined $line or die "mongo_tool ended\n";

    my $reply = $json->decode($line);
    $reply->{ok} or die "mongodb: $reply->{errmsg}\n";
    die "mongodb: $reply->{writeErrors}[0]{errmsg}\n" if $reply->{writeErrors};

    return $reply;
}

# options: sort, limit, projection, as in the command "find".
sub find {
    my ($self, $collection, $filter, %options) = @_;
    my $batch = delete $options{batchSize} || 100_000;
    my $sort = delete $options{sort};
    my $cursor = $self->command(find => $collection, filter => $filter || {},
        $sort ? (sort => $sort) : (), batchSize => $batch, %options)->{cursor};
    my @found = @{$cursor->{firstBatch}};

    while ($cursor->{id}) {
        $cursor = $self->command(getMore => $cursor->{id},
            collection => $collection)->{cursor};
        push @found, @{$cursor->{nextBatch}};
    }

    return @found;
}

sub find_one {
    my ($self, $collection, $filter, %options) = @_;
    return ($self->find($collection, $filter, %options, limit => 1))[0];
}

sub count {
    my ($self, $collection, $filter) = @_;
    return $self->command(count => $collection, query => $filter || {})->{n};
}

sub insert {
    my ($self, $collection, @documents) = @_;
    while (my @some = splice @documents, 0, 10_000) {
        $self->command(insert => $collection, documents => \@some);
    }
}

sub update {
    my ($self, $collection, $filter, $change) = @_;
    return $self->command(update => $collection,
        updates => [ { q => $filter, u => $change, multi => JSON::PP::true } ]);
}

# Extended JSON of an ObjectId, and of a time in seconds.
sub oid  { { '$oid' => $_[-1] } }
sub date { { '$date' => { '$numberLong' => sprintf '%.0f', 1000 * $_[-1] } } }


sub _connect {
    my ($self) = @_;
    $self->{tool} = open2($self->{out}, $self->{in}, tool('mongo_tool'),
        $self->{uri});
}

sub _hang_up {
    my ($self) = @_;
    my $pid = delete $self->{tool} or return;
    close $self->{in};
    close $self->{out};
    waitpid $pid, 0;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $@, $!);
    eval { $self->command(dropDatabase => 1) } unless $self->{port};
    $self->_hang_up;
}

1;
