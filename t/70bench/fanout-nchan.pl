#!/usr/bin/perl

# The fan-out of one message to many sockets, ours and that of Debian's nchan
# (libnginx-mod-nchan) on the same machine, turn by turn.
#
#   t/70bench/fanout-nchan.pl [--sockets N] [--messages N] [--rounds N]
#
# Each has one nginx process, and the same load generator for its clients.  Ours
# is the whole way of a message: the worker stores it, and nginx notes whom it
# reached; nchan's is from memory.  A message has as many bytes in both.
# Printed are the medians of the rounds, and our part of nchan's.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Getopt::Long;
use JSON::PP ();

use Chat::Bench;
use Chat::Nginx;
use Chat::Process qw(tool testdir write_file);

use constant {
    NCHAN => '/usr/lib/nginx/modules/ngx_nchan_module.so',
    PORT => 8090,
    TEXT_BYTES => 100,
    EVENT_BYTES => 480,         # what a text of 100 becomes on the wire
};

my %o = (sockets => 10_000, messages => 30, rounds => 3);
GetOptions(\%o, 'sockets=i', 'messages=i', 'rounds=i') && !@ARGV
    or die "usage: fanout-nchan.pl [--sockets N] [--messages N] [--rounds N]\n";
-f NCHAN or die "apt-get install libnginx-mod-nchan\n";

$ENV{CHAT_LOG_LEVEL} ||= 'notice';
chomp(my $files = `sh -c "ulimit -Hn"`);

my $stack = Chat::Bench->new->start;
$stack->worker->wait_leases;
my @people = $stack->people(qw(alice bob));
my $users = testdir() . '/users';
write_file($users, join '', map { $_->id . "\n" } @people);

my $nchan = Chat::Nginx->new;
$nchan->run(<<"EOC");
load_module @{[ NCHAN ]};
@{[ $> ? '' : 'user root;' ]}
pid %%TESTDIR%%/nginx.pid;
error_log %%TESTDIR%%/error.log notice;
daemon off;
worker_rlimit_nofile $files;
events { worker_connections $files; }
http {
    access_log off;
    nchan_shared_memory_size 128m;
    server {
        listen 127.0.0.1:@{[ PORT ]};
        location = /pubsub {
            nchan_pubsub websocket;
            nchan_channel_id bench;
            nchan_message_buffer_length 4;
        }
    }
}
EOC

# Until all have heard a message, and nginx's CPU time for one message to one
# socket, of what the load generator says in two lines: that all are there, and
# the result.
sub round {
    my ($nginx, $port, @arguments) = @_;
    my @command = (tool('load'), @arguments, '--port', $port, '--users', $users,
        '--key', $stack->{key_file}, '--sockets', $o{sockets},
        '--messages', $o{messages});
    my ($before, $result);

    open my $out, '-|', @command or die "load: $!\n";
    while (my $line = <$out>) {
        $before //= Chat::Bench::cpu_of($nginx->workers);
        $result = JSON::PP->new->decode($line);
    }
    close $out or die "load: status $?\n";

    my $cpu = Chat::Bench::cpu_of($nginx->workers) - $before;
    return { all_ms => $result->{all_ms}{p50},
        cpu_us => 1e6 * $cpu / $o{sockets} / $o{messages} };
}

sub median { (sort { $a <=> $b } @_)[$#_ / 2] }

my %rounds;

for my $n (1 .. $o{rounds}) {
    push @{$rounds{ours}}, round($stack->nginx, $stack->port, 'fanout',
        '--text-bytes', TEXT_BYTES);
    push @{$rounds{nchan}}, round($nchan, Chat::Nginx::port(PORT), 'raw',
        '--path', '/pubsub', '--text-bytes', EVENT_BYTES);
}

my %median = map {
    my $rounds = $rounds{$_};
    $_ => { map { my $key = $_; $key => median(map { $_->{$key} } @$rounds) }
        qw(all_ms cpu_us) }
} keys %rounds;

printf "%-6s %8s %14s\n", '', 'all ms', 'nginx us each';
printf "%-6s %8.1f %14.2f\n", $_, @{$median{$_}}{qw(all_ms cpu_us)}
    for qw(ours nchan);
printf "%-6s %8.2f %14.2f\n", 'ratio',
    map { $median{ours}{$_} / $median{nchan}{$_} } qw(all_ms cpu_us);
