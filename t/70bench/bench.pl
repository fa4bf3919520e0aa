#!/usr/bin/perl

# Measures the whole system on one machine: a stack of its own, people who
# exist already, the load generator's modes one after the other.  Prints a table
# and leaves var/bench/TIME.json.
#
#   t/70bench/bench.pl [--seconds N] [--nginx N] [--lane 'default+read 2' ...]
#                      [run ...]
#
# The runs are those of the table below; without names all of them.  Beside what
# the clients saw stands what it cost: CPU time of each server per message or
# page, how many messages went into one insert, and private memory.  Ends with
# status 1 if a run said that something was not answered well.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";

use File::Path qw(make_path);
use Getopt::Long;
use IO::Handle;
use JSON::PP ();
use POSIX qw(strftime sysconf _SC_CLK_TCK);

use Chat::Mongo;
use Chat::Process qw(root tool testdir read_file write_file);
use Chat::Stack;

use constant USERS => 2_000;

# name, mode and its options; `unit` is the key of what one operation took.
my @runs = (
    { name => 'idle', mode => 'idle', options => [ '--sockets', 10_000,
        '--token-pad' ], unit => 'ready' },
    { name => 'closed', mode => 'closed', options => [], unit => 'ack_ms' },
    { name => 'closed-10000', mode => 'closed',
        options => [ '--conversations', '10000-random' ], unit => 'ack_ms' },
    { name => 'rate', mode => 'rate', options => [ '--rate', 1000 ],
        unit => 'told_ms' },
    { name => 'history', mode => 'history', options => [],
        unit => 'page_ms' },
    { name => 'fanout', mode => 'fanout', options => [ '--sockets', 1_000,
        '--messages', 200 ], unit => 'all_ms' },
);

my %o = (seconds => 20, nginx => 1, lane => []);
GetOptions(\%o, 'seconds=i', 'nginx=i', 'lane=s@') or exit 2;

my %wanted = map { $_ => 1 } @ARGV;
my @unknown = grep { my $name = $_; !grep { $_->{name} eq $name } @runs } @ARGV;
die "no such run: @unknown\n" if @unknown;
@runs = grep { $wanted{$_->{name}} } @runs if @ARGV;

my $json = JSON::PP->new->canonical->utf8;
my $ticks = sysconf(_SC_CLK_TCK);


# ---- the system -------------------------------------------------------------

{
    # The stack of the tests, with room for as many sockets as a process may
    # have, and without writing each request down.
    package Chat::BenchStack;
    use parent -norequire, 'Chat::Stack';

    sub configuration {
        my ($self) = @_;
        my $conf = $self->SUPER::configuration;
        chomp(my $files = `sh -c "ulimit -Hn"`);

        $conf =~ s/worker_connections \d+/worker_connections $files/;
        $conf =~ s/(?=events )/worker_rlimit_nofile $files;\n/;
        $conf =~ s/(%%TEST_GLOBALS_HTTP%%)/$1\n    access_log off;/;
        return $conf;
    }
}

$ENV{CHAT_LOG_LEVEL} ||= 'notice';

my $stack = Chat::BenchStack->new(worker_processes => $o{nginx},
    @{$o{lane}} ? (lanes => $o{lane}) : ())->start;
$stack->worker->wait_leases;

sub insert_users {
    my ($file) = @_;
    my $now = Chat::Mongo->date(time);
    my (@ids, @documents);

    for my $n (1 .. USERS) {
        my $id = sprintf '6500000000000000%08x', $n;
        push @ids, $id;
        push @documents, { _id => Chat::Mongo->oid($id),
            email => "user$n\@example.org", fullName => "User $n",
            firstName => 'User', lastName => "$n", role => 'member',
            points => 0, status => 'active', isBureau => JSON::PP::false,
            isActive => JSON::PP::true, createdAt => $now, updatedAt => $now };
    }

    $stack->mongo->insert('users', @documents);
    write_file($file, join '', map { "$_\n" } @ids);
}


# ---- what it costs ----------------------------------------------------------

# Processes by kind; a MongoDB that is not ours is not looked at.
sub processes {
    my $mongod = $stack->mongo->{process};
    return {
        nginx  => [ $stack->nginx->workers ],
        redis  => [ $stack->redis->{process}->pid ],
        worker => [ $stack->worker->children ],
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
    my $status = $stack->mongo->command(serverStatus => 1);
    return ($status->{metrics}{commands}{insert}{total},
        $status->{opcounters}{insert});
}

sub snapshot {
    my $of = processes();
    my ($commands, $documents) = inserts();
    return { commands => $commands, documents => $documents,
        cpu => { map { $_ => cpu_of(@{$of->{$_}}) } keys %$of },
        private => { map { $_ => private_of(@{$of->{$_}}) } keys %$of } };
}


# ---- runs -------------------------------------------------------------------

# The load generator with its results; `hold` is called while its sockets are
# open (mode idle), and they are closed when it returns.
sub load_run {
    my ($run, $users_file, $hold) = @_;
    my @command = (tool('load'), $run->{mode}, '--port', $stack->port,
        '--users', $users_file, '--key', $stack->{key_file},
        '--seconds', $hold ? 600 : $o{seconds}, @{$run->{options}});

    pipe my $in_read, my $in_write or die "pipe: $!";
    my $pid = open my $out, '-|';
    defined $pid or die "fork: $!";

    unless ($pid) {
        close $in_write;
        open STDIN, '<&', $in_read;
        exec @command or POSIX::_exit(127);
    }

    close $in_read;
    my $result;

    while (my $line = <$out>) {
        $result = { %{$result || {}}, %{$json->decode($line)} };
        $hold->() if $hold && exists $result->{ready} && !$result->{sockets};
        close $in_write;
    }

    close $out;
    my $status = $? >> 8;
    return { %{$result || {}}, status => $status };
}

sub measure {
    my ($run, $users_file) = @_;
    my $before = snapshot();
    my $held;
    my $result = load_run($run, $users_file,
        $run->{mode} eq 'idle' ? sub { $held = snapshot() } : undef);
    my $after = $held || snapshot();

    # the warm-up costs too, so costs are shared by all that was done
    my $done = $result->{sent} // $result->{messages} // $result->{ready};
    my $commands = $after->{commands} - $before->{commands};

    $result->{cpu_s} = { map { $_ => $after->{cpu}{$_} - $before->{cpu}{$_} }
        keys %{$after->{cpu}} };
    $result->{cpu_us_each} = { map {
        $_ => $done ? 1e6 * $result->{cpu_s}{$_} / $done : 0
    } keys %{$after->{cpu}} };
    $result->{batch} = ($after->{documents} - $before->{documents}) / $commands
        if $commands;
    $result->{private_bytes} = $after->{private};
    $result->{private_bytes_each} = { map {
        $_ => ($after->{private}{$_} - $before->{private}{$_}) / $done
    } keys %{$after->{private}} } if $held && $done;

    return { name => $run->{name}, options => $run->{options}, %$result };
}


# ---- the table --------------------------------------------------------------

my @servers = qw(nginx redis worker mongod);
my $format = '%-13s %9s %8s %8s %8s  %7s %7s %7s %7s %6s %s' . "\n";

sub cell { defined $_[0] ? sprintf $_[1], $_[0] : '-' }

sub print_row {
    my ($run, $r) = @_;
    my $times = $r->{$run->{unit}};
    $times = {} unless ref $times;

    printf $format, $r->{name}, cell($r->{per_second} // $r->{rate}, '%.0f'),
        (map { cell($times->{$_}, '%.2f') } qw(p50 p99 max)),
        (map { cell($r->{cpu_us_each}{$_}, '%.1f') } @servers),
        cell($r->{batch}, '%.1f'), $r->{status} ? 'FAILED' : 'ok';
}

my $users_file = testdir() . '/users';
insert_users($users_file);

printf $format, 'run', 'a second', 'p50 ms', 'p99 ms', 'max ms',
    (map { "$_ us" } @servers), 'batch', '';

my (@results, $failed);

for my $run (@runs) {
    my $result = measure($run, $users_file);
    print_row($run, $result);
    STDOUT->flush;
    push @results, $result;
    $failed ||= $result->{status};
}

for my $r (grep { $_->{private_bytes_each} } @results) {
    printf "%s: %.0f private bytes of nginx and %.0f of the workers a socket\n",
        $r->{name}, @{$r->{private_bytes_each}}{qw(nginx worker)};
}

my $dir = root() . '/var/bench';
my $file = "$dir/" . strftime('%Y%m%d-%H%M%S', localtime) . '.json';
make_path($dir);
write_file($file, $json->pretty->encode({ options => \%o, runs => \@results }));
print "$file\n";

exit($failed ? 1 : 0);
