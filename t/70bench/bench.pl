#!/usr/bin/perl

# Measures the whole system on one machine: a stack of its own, people who
# exist already, the load generator's modes one after the other.  Prints a table
# and leaves var/bench/TIME.json.
#
#   t/70bench/bench.pl [--seconds N] [--repeat N] [--nginx N]
#                      [--lane 'default+read 2' ...] [run | group ...]
#   t/70bench/bench.pl fanout-nchan [ARG...]       see fanout-nchan.pl
#   t/70bench/bench.pl node [ARG...]               see node.pl
#
# The runs are those of the table below; without names all but those of the
# group "growth".  Beside what the clients saw stands what it cost: CPU time of
# each server per message or page, how many messages went into one insert, and
# private memory; "ratio" is the cost in units of a loop that is timed before
# and after each run, so that figures of different minutes can be compared.
# With --repeat each figure is the median; each time everything is started
# anew.  Ends with status 1 if a run said that something was not answered well.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";

use File::Path qw(make_path);
use Getopt::Long;
use IO::Handle;
use JSON::PP ();
use POSIX qw(strftime);

use Chat::Bench;
use Chat::Fill;
use Chat::Process qw(root write_file);

use constant USERS => 2_000;
use constant SOCKETS => 10_000;     # that are idle, or sent away by a reload
use constant PAIRS => 8;            # conversations that history is read of

# name, mode and its options; `unit` is the key of what one operation took;
# `fill` puts into MongoDB what has to be there, `users` is how many; `begins`
# happens when everybody is there.
my @runs = (
    { name => 'idle', mode => 'idle', options => [ '--sockets', SOCKETS,
        '--token-pad' ], unit => 'ready' },
    { name => 'closed', mode => 'closed', options => [], unit => 'ack_ms' },
    { name => 'closed-10000', mode => 'closed',
        options => [ '--conversations', '10000-random' ], unit => 'ack_ms',
        fill => sub { $_[0]->conversations(0, drawn_pairs(10_000)) } },
    { name => 'closed-10000-new', mode => 'closed',
        options => [ '--conversations', '10000-random' ], unit => 'ack_ms' },
    { name => 'rate', mode => 'rate', options => [ '--rate', 1_000 ],
        unit => 'told_ms' },
    { name => 'rate-6000', mode => 'rate', options => [ '--rate', 6_000 ],
        unit => 'told_ms' },
    (map { history($_) } 100, 100_000),
    { name => 'fanout', mode => 'fanout', options => [ '--sockets', 1_000,
        '--messages', 200 ], unit => 'all_ms' },
    { name => 'reload', mode => 'reload', unit => 'away_ms',
        users => SOCKETS, options => [ '--sockets', SOCKETS, '--rate', 500,
            '--seconds', 60 ],
        fill => sub { $_[0]->conversations(0, pairs(SOCKETS / 2)) },
        begins => sub { $_[0]->nginx->{process}->signal('HUP') } },
    (map { growing_users($_) } 160, 1_600, 16_000),
    (map { growing_conversations($_) } 1_000, 10_000, 100_000),
    (map { growing_history($_) } 100, 1_000, 10_000),
);

# Each conversation has so many messages; the pages are drawn among all.
sub history {
    my ($messages) = @_;
    return { name => "history-$messages", group => 'history',
        mode => 'history', unit => 'page_ms',
        options => [ '--conversations', PAIRS, '--depth', $messages ],
        fill => sub { $_[0]->conversations($messages, pairs(PAIRS)) } };
}

# So many are connected, and all of them write in turn.
sub growing_users {
    my ($users) = @_;
    return { name => "users-$users", group => 'growth', mode => 'rate',
        unit => 'told_ms', users => $users,
        options => [ '--rate', 2_000, '--senders', $users ] };
}

# So many exist, and a thousand of them, drawn at random, are written in.
sub growing_conversations {
    my ($count) = @_;
    return { name => "conversations-$count", group => 'growth',
        mode => 'closed', unit => 'ack_ms',
        options => [ '--conversations', '1000-random' ],
        fill => sub { $_[0]->conversations(0, drawn_pairs(1_000, $count)) } };
}

sub growing_history {
    my ($messages) = @_;
    return { name => "messages-$messages", group => 'growth',
        mode => 'closed', unit => 'ack_ms', options => [],
        fill => sub { $_[0]->conversations($messages, pairs(100)) } };
}

# The conversations of mode "closed" and, with -random, of 200 senders.
sub pairs { map { [ 2 * $_, 2 * $_ + 1 ] } 0 .. $_[0] - 1 }

sub drawn_pairs {
    my ($senders, $people) = (200, USERS - 200);
    my %pairs;

    for my $share (map { $_ / $senders } @_) {
        for my $sender (0 .. $senders - 1) {
            for my $n (0 .. $share - 1) {
                my $other = $senders + ($sender * $share + $n) % $people;
                $pairs{"$sender $other"} = [ $sender, $other ];
            }
        }
    }
    return values %pairs;
}

# beside another server, in a script of its own
exec "$FindBin::Bin/$ARGV[0].pl", @ARGV[1 .. $#ARGV]
    if @ARGV && $ARGV[0] =~ /^(?:fanout-nchan|node)\z/;

my %o = (seconds => 20, repeat => 1, nginx => 1, lane => []);
GetOptions(\%o, 'seconds=i', 'repeat=i', 'nginx=i', 'lane=s@') or exit 2;

sub is_called { my ($run, $name) = @_;
    $run->{name} eq $name || ($run->{group} || '') eq $name }

for my $name (@ARGV) {
    die "no such run: $name\n" unless grep { is_called($_, $name) } @runs;
}

@runs = grep {
    my $run = $_;
    @ARGV ? grep { is_called($run, $_) } @ARGV : !is_called($run, 'growth');
} @runs;

my $json = JSON::PP->new->canonical->utf8;
$ENV{CHAT_LOG_LEVEL} ||= 'notice';


# ---- runs -------------------------------------------------------------------

sub measure {
    my ($run) = @_;
    my $stack = Chat::Bench->new(worker_processes => $o{nginx},
        @{$o{lane}} ? (lanes => $o{lane}) : ())->start;
    $stack->worker->wait_leases;

    my $fill = Chat::Fill->new($stack->mongo);
    my $file = $fill->users_file($run->{users} || USERS);
    $run->{fill}->($fill) if $run->{fill};

    my ($before, $held, $spin) = ($stack->snapshot, undef, Chat::Bench::spin());
    my $result = $stack->load($run, users => $file, seconds => $o{seconds},
        begins => sub {
            $held = $stack->snapshot;
            $run->{begins}->($stack) if $run->{begins};
        });
    my $after = $stack->snapshot;
    $spin = ($spin + Chat::Bench::spin()) / 2;

    # the warm-up costs too, so costs are shared by all that was done
    my $idle = $run->{mode} eq 'idle';
    my $done = $result->{sent} // $result->{messages} // $result->{ready};
    my ($from, $to) = $idle ? ($before, $held) : ($held || $before, $after);
    my $cost = Chat::Bench::cost($from, $to, $done);

    $cost->{private_bytes_each} = { map {
        $_ => ($to->{private}{$_} - $from->{private}{$_}) / $done
    } keys %{$to->{private}} } if $idle && $done;

    $stack->stop;
    return { name => $run->{name}, options => $run->{options}, %$result, %$cost,
        spin_us => $spin, ratio => $cost->{cpu_us_each}{all} / $spin };
}

# Of the same run several times: each number's median; a status is the worst.
sub median {
    my ($first) = @_;

    if (ref $first eq 'HASH') {
        return { map { my $key = $_; $key => median(grep { defined }
            map { $_->{$key} } @_) } keys %$first };
    }

    return $first if ref $first || $first !~ /^-?[\d.]+(?:e[-+]?\d+)?$/i;
    return (sort { $a <=> $b } @_)[$#_ / 2];
}


# ---- the table --------------------------------------------------------------

my @servers = qw(nginx redis worker mongod all);
my $format = '%-20s %8s %7s %7s %7s %7s %7s %7s %7s %7s %6s %6s %s' . "\n";

sub cell { defined $_[0] ? sprintf $_[1], $_[0] : '-' }

sub print_row {
    my ($run, $r) = @_;
    my $times = $r->{$run->{unit}};
    $times = {} unless ref $times;

    printf $format, $r->{name}, cell($r->{per_second} // $r->{rate}, '%.0f'),
        (map { cell($times->{$_}, '%.2f') } qw(p50 p99 max)),
        (map { cell($r->{cpu_us_each}{$_}, '%.1f') } @servers),
        cell($r->{ratio}, '%.1f'), cell($r->{batch}, '%.1f'),
        $r->{status} ? 'FAILED' : 'ok';
    STDOUT->flush;
}

printf $format, 'run', 'a second', 'p50 ms', 'p99 ms', 'max ms',
    (map { "$_ us" } @servers), 'ratio', 'batch', '';

my (%measured, $failed);

for my $turn (1 .. $o{repeat}) {
    for my $run (@runs) {
        my $result = measure($run);
        push @{$measured{$run->{name}}}, $result;
        print_row($run, $result);
        $failed ||= $result->{status};
    }
}

my @results = map { median(@{$measured{$_->{name}}}) } @runs;

if ($o{repeat} > 1) {
    print "medians of $o{repeat}\n";
    print_row($runs[$_], $results[$_]) for 0 .. $#runs;
}

for my $r (grep { $_->{private_bytes_each} } @results) {
    printf "%s: %.0f private bytes of nginx and %.0f of the workers a socket\n",
        $r->{name}, @{$r->{private_bytes_each}}{qw(nginx worker)};
}

my $dir = root() . '/var/bench';
my $name = "$dir/" . strftime('%Y%m%d-%H%M%S', localtime) . '.json';
make_path($dir);
write_file($name, $json->pretty->encode({ options => \%o, runs => \@results,
    measured => \%measured }));
print "$name\n";

exit($failed ? 1 : 0);
