package Chat::FakeWorker;

# Stands in for the workers when the module is tested: holds every slot, hands
# the test each job, and finishes it through the real Redis functions.
#
#   my $worker = Chat::FakeWorker->new(redis => $redis)->start;
#   my $job = $worker->job;                      # waits for the next one
#   $worker->finish($job, status => 200, body => '{}');
#
# A test that waits for the answer elsewhere has them served by a process of
# its own, with a sub that returns what finish() takes:
#
#   $worker->serve(sub { my ($job) = @_; return (status => 204) });

use warnings;
use strict;

use JSON::PP ();
use Time::HiRes qw(sleep);

use Chat::Bus qw(decode_envelope encode_envelope);
use Chat::Process qw(wait_until);

use constant SECONDS_TO_ARRIVE => 20;
use constant LEASE_MS => 600_000;
use constant LANES => qw(default read auth upload);

my $json = JSON::PP->new->canonical->utf8->allow_nonref;
my $count = 0;

# redis (with functions loaded), slots, lanes => [...]
sub new {
    my ($class, %o) = @_;
    return bless { slots => Chat::Bus::SLOTS, lanes => [ LANES ],
        owner => 'fake.' . $$ . '.' . ++$count, ready => [], children => [],
        %o }, $class;
}

sub fcall {
    my ($self, $name, @args) = @_;
    $self->{connection} ||= $self->{redis}->client;
    return $self->{connection}->cmd('FCALL', "chat_v1_$name", 0,
        Chat::Bus::PREFIX, @args);
}

# Makes the epoch and takes every slot; a process renews the announcement.
sub start {
    my ($self) = @_;

    $self->{redis}->load_functions;
    my ($run_id) = $self->{redis}->cmd('INFO', 'server') =~ /^run_id:(\w+)/m;
    $self->{epoch} = $self->fcall('epoch', $run_id, Chat::Bus::VERSION,
        $self->{slots})->[0];
    $self->_lease('+');

    $self->_fork(sub { while (1) { $self->_lease('='); sleep 1 } });
    return $self;
}

sub epoch { $_[0]{epoch} }

sub _lease {
    my ($self, $sign) = @_;
    my $lanes = join ',', @{$self->{lanes}};
    my $mongo = $self->{mongo_state} || 'up';

    $self->fcall('lease', $self->{owner}, LEASE_MS,
        "lanes=$lanes mongo=$mongo version=test",
        map { ($sign, $_) } $self->_suffixes);
}

sub _suffixes {
    my ($self) = @_;
    return map { my $lane = $_; map { "$lane:$_" } 0 .. $self->{slots} - 1 }
        @{$self->{lanes}};
}

# Gives everything up, as workers that stop.
sub stop {
    my ($self) = @_;
    $self->_end_children;
    $self->fcall('release', $self->{owner}, 0, 1,
        map { ($_, '') } $self->_suffixes);
}


# ---- jobs -------------------------------------------------------------------

# { id, kind, ttl, from, headers, body, json, lane, slot, entry, tries }
sub job {
    my ($self, $seconds) = @_;
    my $job;
    wait_until('a job', $seconds // SECONDS_TO_ARRIVE,
        sub { $job = shift(@{$self->{ready}}) || $self->_take });
    return $job;
}

# Is it of that kind (or http path, or event name)?  A session's job `again`,
# which tests seldom wait for, is called that.
sub _is {
    my ($job, $what) = @_;
    my $again = ($job->{headers}{state} // '') eq 'again';
    return grep { defined && $_ eq $what } $again ? 'again' : $job->{kind},
        @{$job->{headers}}{qw(path name)};
}

# How many jobs of that kind are there now.
sub waiting {
    my ($self, $what) = @_;
    my @all;
    while (my $job = shift(@{$self->{ready}}) || $self->_take) {
        push @all, $job;
    }
    $self->{ready} = \@all;
    return scalar grep { _is($_, $what) } @all;
}

# The next job of that kind (or http path, or event name); others stay.
sub job_of {
    my ($self, $what, $seconds) = @_;
    my @others;
    while (1) {
        my $job = $self->job($seconds);
        if (_is($job, $what)) {
            unshift @{$self->{ready}}, @others;
            return $job;
        }
        push @others, $job;
    }
}

# True if no job is there now; the streams hold what was added before.
sub idle { !@{$_[0]{ready}} && !($_[0]{ready}[0] = $_[0]->_take)
    && !pop @{$_[0]{ready}} }

# What is new in any stream, in one step: a server in a process of its own takes
# from the same ones.
my $take_all = <<'LUA';
local jobs = {}
for _, suffix in ipairs(ARGV) do
    local taken = KEYS[1] .. 'taken:' .. suffix
    for _, e in ipairs(redis.call('XRANGE', KEYS[1] .. 'jobs:' .. suffix,
                                  '(' .. (redis.call('GET', taken) or '0'), '+')) do
        redis.call('SET', taken, e[1])
        jobs[#jobs + 1] = suffix
        jobs[#jobs + 1] = e[1]
        jobs[#jobs + 1] = e[2][2]
    end
end
return jobs
LUA

sub _take {
    my ($self) = @_;
    my $taken = $self->{redis}->cmd('EVAL', $take_all, 1, Chat::Bus::PREFIX,
        $self->_suffixes);

    while (my ($suffix, $entry, $text) = splice @$taken, 0, 3) {
        my ($lane, $slot) = split /:/, $suffix;
        my $e = decode_envelope($text);
        my ($id, $kind, $ttl, $from) = @{$e->{words}};
        push @{$self->{ready}}, { id => $id, kind => $kind, ttl => $ttl,
            from => $from, headers => $e->{headers}, body => $e->{body},
            json => scalar eval { $json->decode($e->{body}) },
            lane => $lane, slot => $slot, entry => $entry, text => $text };
    }
    return shift @{$self->{ready}};
}

# status (200), type, headers, body or json; packets => [ [name, args...] ];
# events => [ { to => ['u1', 'c2', 'a'], packets => [...] or body, logged (1), flags,
# conversation, seq, headers } ]; marks => { conversation => {field => n} };
# adds => [ [lane:slot, envelope] ].  Returns what `finish` says of the job.
sub finish {
    my ($self, $job, %r) = @_;
    my $marks = $r{marks} || {};
    my $events = $r{events} || [];
    my $adds = $r{adds} || [];
    my @args = ("$job->{lane}:$job->{slot}", $job->{entry}, $self->_reply($job, %r));

    push @args, scalar keys %$marks;
    push @args, $_, scalar keys %{$marks->{$_}}, %{$marks->{$_}}
        for sort keys %$marks;
    push @args, scalar @$events, map { $self->_event(%$_) } @$events;
    push @args, scalar @$adds, map { @$_ } @$adds;

    my $answer = $self->fcall('finish', $self->{owner}, 1, @args);
    die "finish: $answer->[1]\n" if $answer->[1] ne '';
    return $answer->[0];
}

# Channel, envelope, and where a large body goes.
sub _reply {
    my ($self, $job, %r) = @_;
    return ('', '', '', '') if $job->{from} eq '-' || $job->{kind} eq 'presence';

    my $packets = join '', map { $json->encode($_) . "\n" } @{$r{packets} || []};
    my $body = $r{body} // (exists $r{json} ? $json->encode($r{json}) : '');
    my %headers = %{$r{headers} || {}};
    my @blob = ('', '');

    $headers{packets} = length $packets if length $packets;
    $body = $packets . $body;

    if (length $body > 16384 || $r{blob}) {
        @blob = ($job->{id}, $body);
        $headers{blob} = $job->{id};
        $body = '';
    }

    return ($job->{from}, encode_envelope(
        words => [ $job->{id}, $r{status} // 200,
            $r{type} // (length $body || @blob ? 'application/json' : '-') ],
        headers => \%headers, body => $body), @blob);
}

# The offset is put in front by Redis.
sub _event {
    my ($self, %e) = @_;
    my $tail = encode_envelope(
        words => [ $e{flags} // '-', $e{conversation} // '-', $e{seq} // '-' ],
        headers => $e{headers},
        body => $e{body} // join '', map { $json->encode($_) . "\n" }
            @{$e{packets} || []});

    return (($e{logged} // 1) ? 'l' : '-', $tail, scalar @{$e{to}}, @{$e{to}});
}

# Events that no job caused (`tell`).
sub tell {
    my ($self, @events) = @_;
    $self->fcall('tell', $self->{owner}, 'read:0', 0, scalar @events,
        map { $self->_event(%$_) } @events);
}

# The answer to a session job that grants CONNECT; channels: the large
# conversations of that user, in this one and whenever none are named.
sub grant {
    my ($self, $job, %more) = @_;
    my $uid = $job->{headers}{uid};
    my $channels = delete $more{channels} // $self->{channels}{$uid} // [];
    my %headers = @$channels ? (channels => join ',', @$channels) : ();

    $headers{offset} = $self->fcall('cut', $uid, 180_000,
        map { "+$_" } @$channels)->[0]
        if ($job->{headers}{state} // '') eq 'open';

    return $self->finish($job, headers => \%headers,
        packets => [ [ 'authenticated', { user => { _id => $uid } } ] ], %more);
}

# What a user's sessions hear from now on.
sub channels {
    my ($self, $uid, @ids) = @_;
    $self->{channels}{$uid} = \@ids;
}


# ---- processes --------------------------------------------------------------

# Every job from now on goes to the sub, in a process of its own; kinds it
# does not answer (an empty list) are granted or answered with 200.
sub serve {
    my ($self, $answer) = @_;

    $self->_fork(sub {
        while (1) {
            my $job = $self->job(3600);
            my @result = $answer ? $answer->($job) : ();
            if (!@result && $job->{kind} eq 'session'
                && ($job->{headers}{state} // '') =~ /^(?:open|resume)$/)
            {
                defined $job->{headers}{uid} ? $self->grant($job)
                                             : $self->finish($job);
                next;
            }
            $self->finish($job, @result ? @result : (json => [ { ok => 1 } ]));
        }
    });
    return $self;
}

sub _fork {
    my ($self, $work) = @_;
    my $parent = $$;

    defined(my $pid = fork) or die "fork: $!";
    if (!$pid) {
        Chat::Process::die_with_parent('KILL');
        $SIG{TERM} = 'DEFAULT';
        delete $self->{connection};
        eval { $work->() };
        # at the end Redis goes first
        print STDERR "# fake worker: $@" if $@ !~ /connection closed/;
        POSIX::_exit(1);
    }
    push @{$self->{children}}, $pid;
}

sub _end_children {
    my ($self) = @_;
    for my $pid (splice @{$self->{children}}) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!);
    $self->_end_children unless ($self->{owner} // '') !~ /^fake\.$$\./;
}

1;
