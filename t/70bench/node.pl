#!/usr/bin/perl

# The same load for ours and for a chat as many have it today, of Node, Express,
# Socket.IO and Mongoose (node-stack), on the same machine, turn by turn.
#
#   t/70bench/node.pl [--seconds N] [--rounds N] [--nginx N]
#
# Both have a mongod of the same kind, and in it the same people and
# conversations; both acknowledge a message when a majority has it in its
# journal.  Printed are the medians of the rounds, CPU time of each server for
# one message or page, and ours divided by the other's.  "behind" says that a
# rate was more than the server could do: how long a message takes then depends
# on how long that lasts.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Getopt::Long;

use Chat::Bench;
use Chat::Fill;
use Chat::NodeStack;

use constant {
    USERS => 200,
    PAIRS => 100,
    MESSAGES => 100,            # in the conversation of each pair
    LATE_MS => 1_000,
};

# `unit` is the key of what one operation took.  History comes first, while a
# conversation has as many messages as were put there, and last what may be too
# much.
my @runs = (
    { name => 'history', mode => 'history', options => [], unit => 'page_ms' },
    { name => 'rate-300', mode => 'rate', options => [ '--rate', 300 ],
        unit => 'told_ms' },
    { name => 'closed', mode => 'closed', options => [], unit => 'ack_ms' },
    { name => 'rate-1000', mode => 'rate', options => [ '--rate', 1_000 ],
        unit => 'told_ms' },
);

my @stacks = ([ ours => 'Chat::Bench' ], [ node => 'Chat::NodeStack' ]);
my @servers = qw(nginx redis worker node mongod all);
my @columns = (qw(per_second p50 p99), @servers);

my %o = (seconds => 10, rounds => 3, nginx => 1);
GetOptions(\%o, 'seconds=i', 'rounds=i', 'nginx=i') && !@ARGV
    or die "usage: node.pl [--seconds N] [--rounds N] [--nginx N]\n";
-d Chat::NodeStack::folder() . '/node_modules'
    or die "npm ci in t/70bench/node-stack, or ./build.sh bench node\n";

$ENV{CHAT_LOG_LEVEL} ||= 'notice';

my %measured;

sub measure {
    my ($stack, $run, $users) = @_;
    my $before;
    my $result = $stack->load($run, users => $users, seconds => $o{seconds},
        begins => sub { $before = $stack->snapshot });

    $before or die "$run->{name}: nobody was let in\n";
    my $cost = Chat::Bench::cost($before, $stack->snapshot, $result->{sent});

    return { per_second => $result->{per_second} // $result->{rate},
        word => word($result), %{$result->{$run->{unit}}},
        %{$cost->{cpu_us_each}} };
}

# Half of the messages late: more came than was done.
sub word {
    my ($result) = @_;
    my $late = $result->{told_ms} && $result->{told_ms}{p50} > LATE_MS;
    return 'FAILED' if $result->{failed} || $result->{status} && !$late;
    return $late ? 'behind' : 'ok';
}

sub turn {
    my ($name, $class) = @_;
    my $stack = $class->new(worker_processes => $o{nginx})->start;
    my $fill = Chat::Fill->new($stack->mongo);
    my $users = $fill->users_file(USERS);

    $fill->conversations(MESSAGES, map { [ 2 * $_, 2 * $_ + 1 ] }
        0 .. PAIRS - 1);
    push @{$measured{$_->{name}}{$name}}, measure($stack, $_, $users) for @runs;
    $stack->stop;
}

sub median { (sort { $a <=> $b } @_)[$#_ / 2] }

# Of several results, column by column; a server has its column in all or none.
sub medians {
    my @results = @_;
    return { map { my $column = $_;
        defined $results[0]{$column}
            ? ($column => median(map { $_->{$column} } @results)) : ()
    } @columns };
}

# The worst that was said of any round.
sub worst {
    my %said = map { $_->{word} => 1 } @_;
    return (grep { $said{$_} } qw(FAILED behind ok))[0];
}

sub print_row {
    my ($name, @cells) = @_;
    printf '%-16s' . ' %9s' x @columns . " %s\n", $name, @cells;
}

sub cells {
    my ($row, @formats) = @_;
    return map { defined $row->{$columns[$_]}
        ? sprintf $formats[$_], $row->{$columns[$_]} : '-' } 0 .. $#columns;
}

for (1 .. $o{rounds}) {
    turn(@$_) for @stacks;
}

my @formats = ('%.0f', ('%.2f') x 2, ('%.1f') x @servers);
my $failed = 0;

print_row('', 'a second', 'p50 ms', 'p99 ms', (map { "$_ us" } @servers), '');

for my $name (map { $_->{name} } @runs) {
    my %row;

    for my $of (qw(ours node)) {
        my $results = $measured{$name}{$of};
        my $word = worst(@$results);
        $failed ||= $word eq 'FAILED';
        $row{$of} = medians(@$results);
        print_row("$name $of", cells($row{$of}, @formats), $word);
    }

    my %ratio = map { $_ => $row{ours}{$_} / $row{node}{$_} }
        grep { $row{ours}{$_} && $row{node}{$_} } @columns;
    print_row("$name ratio", cells(\%ratio, ('%.3f') x @columns), '');
}

exit($failed ? 1 : 0);
