package Chat::Hall;

# People in large conversations, before a faked worker: numbered events go to
# users and conversations, and each client's numbers are what it heard.
#
#   my $hall = Chat::Hall->new(Chat::Front->new(recovery => '2m')->start);
#   my $ann = $hall->joined('ann', $id);
#   $hall->say("c$id", 'uann');
#   is($hall->heard($ann), '1 2');

use warnings;
use strict;

use Chat::Process qw(wait_until);
use Chat::SocketIO;

sub new {
    my ($class, $front) = @_;
    return bless { front => $front, worker => $front->worker, n => 0,
        mark => 0 }, $class;
}

# The last number; and the last so many, as heard() says them.
sub n    { $_[0]{n} }
sub last { my ($self, $n) = @_; join ' ', $self->{n} - $n + 1 .. $self->{n} }


# ---- clients ----------------------------------------------------------------

# A socket that awaits its CONNECT, and its session job.
sub asking {
    my ($self, $uid, %auth) = @_;
    my $front = $self->{front};
    my $client = $front->client($uid, wait => 0, keep_packets => 1, hall => $uid,
        auth => { token => $front->token($uid), %auth });

    return ($client, $self->session_job);
}

# Serves the clients while it waits.
sub session_job {
    my ($self) = @_;
    wait_until('a session job', 20, sub {
        Chat::SocketIO::serve(0.01);
        $self->{worker}->waiting('session') });
    return $self->{worker}->job_of('session');
}

# A socket whose user hears these conversations.
sub joined {
    my ($self, $uid, @ids) = @_;
    my ($client, $job) = $self->asking($uid);
    $self->{worker}->grant($job, channels => \@ids);
    $client->wait_connected;
    return $client;
}

# With the pid and the offset of that one, which may look open; %auth: others.
sub comes_back {
    my ($self, $old, $ids, %auth) = @_;
    my ($client, $job) = $self->asking($old->{hall}, pid => $old->{pid},
        offset => offset_of($old), %auth);
    $client->{kept} = $auth{offset} // offset_of($old);
    $self->{worker}->grant($job, channels => $ids);
    $client->wait_connected;
    $client->{recovered} = $job->{headers}{state} eq 'resume';
    return $client;
}

# What a client keeps: see the rule of socket.io-client.
sub offset_of {
    my ($client) = @_;
    for (reverse @{$client->{packets} || []}) {
        return $1 if /\A2\[.*,"(\d+\.\d+)"\]\z/s;
    }
    return $client->{kept};
}


# ---- events -----------------------------------------------------------------

# Tells, in one step: for a target (u…, c…) a numbered event; for [ how, user,
# conversation ] that he begins (j) or ends (l) to hear it; else what it is.
sub say {
    my ($self, @what) = @_;
    $self->{worker}->tell(map {
        !ref ? { to => [ $_ ], packets => [ [ 'n', ++$self->{n} ] ] }
        : ref eq 'ARRAY' ? { to => [ "u$_->[1]" ], flags => $_->[0],
            conversation => $_->[2], packets => [ [ 'moved', {} ] ] }
        : $_ } @what);
}

# The numbers that each client has heard by now.
sub heard {
    my ($self, @clients) = @_;
    my $last = ++$self->{mark};
    my %users = map { ("u$_->{hall}" => 1) } @clients;

    $self->say({ to => [ sort keys %users ], packets => [ [ 'mark', $last ] ] });
    $_->event('mark', 20, sub { $_[0] == $last }) for @clients;
    return join ' | ', map { numbers($_->take_all) } @clients;
}

sub numbers { join ' ', map { $_->[1] } grep { $_->[0] eq 'n' } @_ }

1;
