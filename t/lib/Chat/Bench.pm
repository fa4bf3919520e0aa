package Chat::Bench;

# What is measured and with what: the stack of the tests with room for many
# sockets, what each of its servers has cost so far, and a loop that tells how
# fast the machine is at this minute.
#
#   my $stack = Chat::Bench->new(worker_processes => 1)->start;
#   my $before = $stack->snapshot;
#   ...
#   my $cost = Chat::Bench::cost($before, $stack->snapshot, $messages);

use warnings;
use strict;

use parent 'Chat::Stack';

use Digest::SHA qw(sha256);
use JSON::PP ();
use POSIX qw(sysconf _SC_CLK_TCK);

use Chat::Process qw(read_file tool);

use constant SPIN => 40_000;
use constant MONGO_SIZE => { cache_gb => 1, oplog_mb => 1_000 };

my $ticks = sysconf(_SC_CLK_TCK);

# A mongod of a size that people run, which is by itself half the memory.
sub new {
    my ($class, %o) = @_;
    return $class->SUPER::new(mongo_size => MONGO_SIZE, %o);
}

# Room for as many sockets as a process may have, without writing each request
# down and without closing a connection that has had a thousand.
sub configuration {
    my ($self) = @_;
    my $conf = $self->SUPER::configuration;
    chomp(my $files = `sh -c "ulimit -Hn"`);

    $conf =~ s/worker_connections \d+/worker_connections $files/;
    $conf =~ s/(?=events )/worker_rlimit_nofile $files;\n/;
    $conf =~ s/(%%TEST_GLOBALS_HTTP%%)/$1
    access_log off;
    keepalive_requests 1000000000;/;
    return $conf;
}

sub stop {
    my ($self) = @_;
    $self->$_->stop for qw(nginx worker redis mongo);
}

# Runs the load generator: $run has its mode and options; users: the file of
# their ids; seconds.  `begins` is called when everybody is there; in mode idle
# that is all, and the sockets are closed when it returns.  Returns the results.
sub load {
    my ($self, $run, %o) = @_;
    my $idle = $run->{mode} eq 'idle';
    my @command = (tool('load'), $run->{mode}, '--port', $self->port,
        '--users', $o{users}, '--key', $self->{key_file},
        '--seconds', $idle ? 600 : $o{seconds}, @{$run->{options}});

    pipe my $in_read, my $in_write or die "pipe: $!";
    my $pid = open my $out, '-|';
    defined $pid or die "fork: $!";

    unless ($pid) {
        close $in_write;
        open STDIN, '<&', $in_read;
        exec @command or POSIX::_exit(127);
    }

    close $in_read;
    my %result;

    while (my $line = <$out>) {
        %result = (%result, %{JSON::PP::decode_json($line)});
        $o{begins}->() if delete $result{begins} || $idle;
        close $in_write;
    }

    close $out;
    return { %result, status => $? >> 8 };
}

# Microseconds of CPU that a fixed piece of work takes, half of it in the
# kernel, as with the servers: what is measured in another minute, or beside
# other work, is compared by its ratio to this.
sub spin {
    pipe my $out, my $in or die "pipe: $!";
    my $bytes = 'x' x 512;
    my @before = times;

    for (1 .. SPIN) {
        syswrite $in, $bytes;
        sysread $out, my $read, 512;
        $bytes = sha256($read) x 16;
    }

    my @after = times;
    return 1e6 * ($after[0] + $after[1] - $before[0] - $before[1]) / SPIN;
}

# Processes by kind; a MongoDB that is not ours is not looked at.
sub processes {
    my ($self) = @_;
    my $mongod = $self->mongo->{process};
    return {
        nginx  => [ $self->nginx->workers ],
        redis  => [ $self->redis->{process}->pid ],
        worker => [ $self->worker->children ],
        $mongod ? (mongod => [ $mongod->pid ]) : (),
    };
}

# Seconds of CPU, from /proc/PID/stat: user and system.
sub cpu_of {
    my $seconds = 0;
    for my $pid (@_) {
        my ($behind_name) = (split /\) /, read_file("/proc/$pid/stat"))[-1];
        my @fields = split ' ', $behind_name;
        $seconds += ($fields[11] + $fields[12]) / $ticks;
    }
    return $seconds;
}

# Bytes that no other process shares.
sub private_of {
    my $bytes = 0;
    for my $pid (@_) {
        my $text = read_file("/proc/$pid/smaps_rollup");
        $bytes += 1024 * $_ for $text =~ /^Private_\w+: +(\d+)/mg;
    }
    return $bytes;
}

# Insert commands, and documents in them, since mongod started.
sub inserts {
    my ($self) = @_;
    my $status = $self->mongo->command(serverStatus => 1);
    return ($status->{metrics}{commands}{insert}{total},
        $status->{opcounters}{insert});
}

sub snapshot {
    my ($self) = @_;
    my $of = $self->processes;
    my ($commands, $documents) = $self->inserts;
    return { commands => $commands, documents => $documents,
        cpu => { map { $_ => cpu_of(@{$of->{$_}}) } keys %$of },
        private => { map { $_ => private_of(@{$of->{$_}}) } keys %$of } };
}

# What happened between two snapshots, shared by what was done meanwhile.
sub cost {
    my ($before, $after, $done) = @_;
    my %each = map {
        $_ => 1e6 * ($after->{cpu}{$_} - $before->{cpu}{$_}) / ($done || 1)
    } keys %{$after->{cpu}};
    my $commands = $after->{commands} - $before->{commands};

    $each{all} += $each{$_} for grep { $_ ne 'all' } keys %each;
    return { cpu_us_each => \%each, private_bytes => $after->{private},
        $commands ? (batch =>
            ($after->{documents} - $before->{documents}) / $commands) : () };
}

1;
