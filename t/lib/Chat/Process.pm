package Chat::Process;

# The ground under every test: a folder of its own, ports nobody else uses, and
# servers that end with the test, whatever happens to it.  When a test ends, its
# servers are stopped (the last started first) and judged: one that died of a
# signal, would not stop, left a core or a sanitizer report, or logged what it
# must not, makes the test fail, though every check in it was fine.

use warnings;
use strict;

use Config;
use Cwd qw(abs_path);
use Exporter qw(import);
use Fcntl qw(:flock O_RDWR O_CREAT);
use File::Basename qw(basename dirname);
use File::Temp ();
use IO::Socket::INET;
use POSIX qw(:sys_wait_h);
use Scalar::Util qw(weaken);
use Time::HiRes qw(time sleep);

our @EXPORT_OK = qw(root build_dir tool testdir free_port wait_until
    read_file write_file all_alive);

use constant SECONDS_TO_START => 20;
use constant SECONDS_TO_STOP  => 20;
use constant LAST_WORDS => 20;               # lines of a server that died

my $root = abs_path(dirname(__FILE__) . '/../../..');
my $owner = $$;
my ($testdir, @running, @problems, @port_locks, %names);


# ---- places -----------------------------------------------------------------

sub root { $root }

# What is tested: var/build, or what CHAT_BUILD names (the sanitized build).
sub build_dir {
    my $dir = $ENV{CHAT_BUILD} || 'var/build';
    return $dir =~ m{^/} ? $dir : "$root/$dir";
}

sub tool { "$root/var/build/t/$_[0]" }

# Removed at the end, unless CHAT_LEAVE is set.
sub testdir {
    $testdir ||= File::Temp->newdir('chat-XXXXXX', TMPDIR => 1,
        CLEANUP => !$ENV{CHAT_LEAVE});
    return "$testdir";
}

# Below the range the kernel draws from, and locked until the test ends, so
# that tests running side by side cannot meet.
sub free_port {
    my $locks = "/tmp/chat-ports-$<";
    mkdir $locks;

    for (1 .. 1000) {
        my $port = 20000 + int rand 12000;
        sysopen my $lock, "$locks/$port", O_RDWR | O_CREAT
            or die "$locks/$port: $!";
        next unless flock $lock, LOCK_EX | LOCK_NB;
        IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port,
            Listen => 1, ReuseAddr => 1) or next;
        push @port_locks, $lock;
        return $port;
    }

    die "no free port";
}

sub read_file {
    my ($path) = @_;
    open my $fh, '<:raw', $path or return '';
    local $/;
    return scalar <$fh> // '';
}

sub write_file {
    my ($path, $content) = @_;
    open my $fh, '>:raw', $path or die "$path: $!";
    print $fh $content;
    close $fh or die "$path: $!";
}


# Asks again and again until the answer is true; dies when time is over.
sub wait_until {
    my ($what, $seconds, $condition) = @_;
    my $end = time + $seconds;

    while (1) {
        my $answer = $condition->();
        return $answer if $answer;
        die "waited $seconds s for: $what\n" if time > $end;
        sleep 0.01;
    }
}


# ---- servers ----------------------------------------------------------------

# name, command => [...]; env => {...}; ready => sub, asked until it is true;
# judge => sub, called after the stop: returns what is wrong, a line each;
# stop_signal (TERM); may_die: however it ends is fine.  Its output goes to
# TESTDIR/NAME.out.
sub start {
    my ($class, %o) = @_;
    my $name = $o{name} . ($names{$o{name}}++ ? "-$names{$o{name}}" : '');
    my $self = bless { stop_signal => 'TERM', %o, name => $name }, $class;

    -x $self->{command}[0] or die "$self->{command}[0] is not built\n";
    $self->{pid} = $self->_fork;
    push @running, $self;

    if ($o{ready}) {
        eval { wait_until("$name to start", SECONDS_TO_START, sub {
            $self->alive or die "$name ended while starting\n";
            $o{ready}->();
        }) } or die $@ . $self->output;
    }

    return $self;
}

sub _fork {
    my ($self) = @_;
    my $dir = testdir();

    defined(my $pid = fork) or die "fork: $!";
    return $pid if $pid;

    die_with_parent('TERM');
    setpgrp;
    chdir $dir;
    open STDIN, '<', '/dev/null';
    open STDOUT, '>>', "$dir/$self->{name}.out";
    open STDERR, '>&', \*STDOUT;

    my $options = "log_path=$dir/sanitizer.$self->{name}";
    $ENV{ASAN_OPTIONS} = join ':', $options, $self->{asan_options} // (),
        $ENV{ASAN_OPTIONS} // ();
    $ENV{UBSAN_OPTIONS} = "$options:print_stacktrace=1";
    $ENV{LSAN_OPTIONS} = "suppressions=$root/t/lsan.supp:print_suppressions=0";
    %ENV = (%ENV, %{$self->{env} || {}});

    exec { $self->{command}[0] } @{$self->{command}} or POSIX::_exit(127);
}

# PR_SET_PDEATHSIG: a test that is killed takes its servers with it.
sub die_with_parent {
    my ($signal) = @_;
    syscall($Config{archname} =~ /x86_64/ ? 157 : 167, 1,
        $signal eq 'KILL' ? 9 : 15);
}

sub pid { $_[0]{pid} }

sub output { read_file(testdir() . "/$_[0]{name}.out") }

sub _last_words {
    my ($self) = @_;
    my @lines = split /\n/, $self->output;
    return join "\n", @lines > LAST_WORDS ? @lines[-LAST_WORDS .. -1] : @lines;
}

sub alive {
    my ($self) = @_;
    return 0 unless $self->{pid};
    return 1 unless waitpid($self->{pid}, WNOHANG) == $self->{pid};
    $self->{status} = $?;
    $self->{pid} = undef;
    return 0;
}

# Whether every server that was started and not stopped runs.
sub all_alive { !grep { !$_->alive } @running }

sub signal {
    my ($self, $signal) = @_;
    kill $signal, $self->{pid} if $self->{pid};
}

# Freezes and thaws the process and its children.
sub pause  { kill 'STOP', -$_[0]{pid} }
sub resume { kill 'CONT', -$_[0]{pid} }

# Kills it at once, children too; that is the test's wish and no problem.
sub kill_hard {
    my ($self) = @_;
    return unless $self->{pid};
    kill 'KILL', -$self->{pid};
    waitpid $self->{pid}, 0;
    $self->{pid} = undef;
    $self->_forget;
}

sub stop {
    my ($self, $signal) = @_;
    my $end = time + SECONDS_TO_STOP;
    my $died = !$self->alive;

    $self->_forget;

    unless ($died) {
        $self->resume;
        $self->signal($signal || $self->{stop_signal});
        sleep 0.005 while $self->alive && time < $end;
    }

    if ($self->{pid}) {
        $self->_problem('did not stop in ' . SECONDS_TO_STOP . ' s');
        $self->kill_hard;

    } elsif ($self->{may_die}) {
        return;

    } elsif (my $by = ($self->{status} // 0) & 127) {
        $self->_problem("ended by signal $by\n" . $self->_last_words);

    } elsif ($died && !$self->{may_end}) {
        $self->_problem('ended by itself, status ' . ($self->{status} >> 8)
            . "\n" . $self->_last_words);
    }

    $self->_problem($_) for $self->{judge} ? $self->{judge}->() : ();
    $self->_judge_reports;
}

# The beginnings of sanitizers' reports in a log, as far as a stack goes.
sub reports {
    my ($log) = @_;
    return $log =~ /^(.*(?:ERROR:\ \w+Sanitizer|:\ runtime\ error:).*\n
        (?:(?!\d{4}[-\/]).*\n){0,20})/mgx;
}

sub _forget {
    my ($self) = @_;
    @running = grep { $_ != $self } @running;
}

sub _problem {
    my ($self, $text) = @_;
    push @problems, "$self->{name}: $text";
}

# Sanitizers write NAME.PID, one a process, or on standard error: gcc's two
# runtimes take each other's settings.
sub _judge_reports {
    my ($self) = @_;
    my $dir = testdir();

    $self->_problem($_) for reports($self->output);

    for my $file (glob "$dir/sanitizer.$self->{name}.*") {
        $self->_problem("sanitizer report\n" . read_file($file));
        unlink $file;
    }

    for my $file (grep { -e } glob "$dir/core $dir/core.*") {
        $self->_problem('left a core: ' . basename($file));
        unlink $file;
    }
}


# ---- the end ----------------------------------------------------------------

$SIG{INT} = $SIG{TERM} = $SIG{HUP} = sub { exit 1 };

END {
    if ($$ == $owner) {
        my $status = $?;
        local $@;

        while (@running) {
            my $last = $running[-1];
            eval { $last->stop; 1 } or push @problems, "$last->{name}: $@";
        }

        for (@problems) {
            my $text = $_;
            $text =~ s/^/# /mg;
            print STDERR "$text\n";
        }

        print STDERR "# left: " . testdir() . "\n" if $ENV{CHAT_LEAVE} && $testdir;
        $? = $status || (@problems ? 1 : 0);
    }
}

1;
