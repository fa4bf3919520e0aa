package Chat::Worker;

# chat-worker: its supervisor and the processes it forks.
#
#   my $worker = Chat::Worker->new(redis => $redis, mongo => $mongo,
#       key_file => $file, conf => "fanout_limit 3\n")->start;

use warnings;
use strict;

use Chat::Process qw(build_dir testdir wait_until read_file write_file);

my $count = 0;

# conf: further lines, after ours; lanes: instead of ours (an array).
sub new {
    my ($class, %o) = @_;
    my $n = ++$count;
    my $self = bless { conf => '', %o, dir => testdir() . "/worker$n",
        name => $n > 1 ? "worker$n" : 'worker', allowed => [] }, $class;

    $self->{lanes} ||= [ 'default+read 2', 'auth+upload 1' ];
    mkdir $self->{dir} or die "$self->{dir}: $!";
    return $self;
}

sub configuration {
    my ($self) = @_;
    my $url = $self->{redis}->url;
    my $uri = $self->{mongo}->uri;
    my $lanes = join '', map { "lane $_\n" } @{$self->{lanes}};

    # cost 4 is bcrypt's least: a test is no place to be slow on purpose
    return <<"EOC" . $lanes . $self->{conf};
redis $url
mongodb $uri
jwt_key HS256 $self->{key_file}
log $self->{dir}/worker.log
pid $self->{dir}/worker.pid
bcrypt_cost 4
EOC
}

sub start {
    my ($self) = @_;
    write_file("$self->{dir}/worker.conf", $self->configuration);

    $self->{process} = Chat::Process->start(
        name => $self->{name},
        command => [ $self->{binary} || build_dir() . '/worker/chat-worker',
            '-c', "$self->{dir}/worker.conf" ],
        env => $self->{env},
        judge => sub { $self->_bad_lines });

    return $self;
}

# Other lanes, while it runs.
sub change_lanes {
    my ($self, @lanes) = @_;
    $self->{lanes} = \@lanes;
    write_file("$self->{dir}/worker.conf", $self->configuration);
    $self->reload;
}

sub stop      { $_[0]{process}->stop }
sub kill_hard { $_[0]{process}->kill_hard }
sub pause     { $_[0]{process}->pause }
sub resume    { $_[0]{process}->resume }
sub reload    { $_[0]{process}->signal('HUP') }
sub pid       { $_[0]{process}->pid }
sub log       { read_file("$_[0]{dir}/worker.log") }

# The processes that work, in the order they were forked.
sub children {
    my ($self) = @_;
    my $pid = $self->pid;
    return split ' ', `ps -o pid= --ppid $pid --sort start_time`;
}

# Returns when every slot of the lanes has a holder.
sub wait_leases {
    my ($self, %o) = @_;
    my $slots = $o{slots} || 16;
    my @lanes = @{$o{lanes} || [ map { split /\+/, (split)[0] } @{$self->{lanes}} ]};
    my @keys = map { my $lane = $_; map { "chat:slot:$lane:$_" } 0 .. $slots - 1 }
        @lanes;

    wait_until('the slots to be held', 20, sub {
        $self->{redis}->cmd('EXISTS', @keys) == @keys;
    });
    return $self;
}

# Lines of the log that this test provokes.
sub allow {
    my ($self, @patterns) = @_;
    push @{$self->{allowed}}, @patterns;
    return $self;
}

sub _bad_lines {
    my ($self) = @_;
    my $log = $self->log;
    my @bad = Chat::Process::reports($log);

    for my $line (split /\n/, $log) {
        next unless $line =~ /signal (?:11|6|7|8|4)\b/;
        next if grep { $line =~ $_ } @{$self->{allowed}};
        push @bad, $line;
    }
    return @bad;
}

1;
