package Chat::Node;

# A script for node, or for Debian's python, as part of a test: each line "ok
# TEXT" or "not ok TEXT" that it prints is a check, any other line a remark, and
# it must end with status 0.
#
#   run_node("$FindBin::Bin/client/two_people.mjs", 60, $stack->port);

use warnings;
use strict;

use Exporter qw(import);
use Test::More ();

use Chat::Process qw(wait_until);

our @EXPORT_OK = qw(node run_node run_python);

sub node {
    return (grep({ -x } map { "$_/node" } split /:/, $ENV{PATH}),
        '/usr/bin/node')[0];
}

sub run_node { _run('node', node(), @_) }

sub run_python { _run('python', '/usr/bin/python3', @_) }

sub _run {
    my ($name, $program, $script, $seconds, @args) = @_;
    my $process = Chat::Process->start(
        name => $name,
        command => [ $program, $script, @args ],
        may_end => 1);

    my $ended = eval { wait_until("$name to end", $seconds, sub {
        !$process->alive }) };
    my $status = $process->{status};

    $process->kill_hard unless $ended;
    $process->stop if $ended;

    for my $line (split /\n/, $process->output) {
        $line =~ /\A(not )?ok (.*)/
            ? Test::More::ok(!$1, $2) : Test::More::diag($line);
    }

    Test::More::ok($ended, "$name ended within $seconds s");
    Test::More::is($status, 0, 'with status 0') if $ended;
}

1;
