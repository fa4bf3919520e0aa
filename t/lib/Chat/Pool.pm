package Chat::Pool;

# Connections to nginx, and which of its processes has taken each: for tests
# that want a request in this process, or in any but that.
#
#   my $pool = Chat::Pool->new($nginx, $port);
#   my $socket = $pool->take(not => $pid);

use warnings;
use strict;

use IO::Socket::INET;

use Chat::Process qw(read_file wait_until);

use constant AT_ONCE => 64;

sub new {
    my ($class, $nginx, $port) = @_;
    return bless { nginx => $nginx, port => $port, ready => [] }, $class;
}

# in => the process's id, or not => one.
sub take {
    my ($self, %o) = @_;

    for (1 .. 20) {
        my $ready = $self->{ready};
        for my $i (0 .. $#$ready) {
            my ($pid, $socket) = @{$ready->[$i]};
            next if $o{in} ? $pid != $o{in} : $pid == $o{not};
            splice @$ready, $i, 1;
            return $socket;
        }
        $self->_fill;
    }
    die "no connection to the process that is wanted\n";
}

# Forgets them: those of a process that has gone are closed.
sub empty { $_[0]{ready} = [] }

sub _fill {
    my ($self) = @_;
    my @sockets = map { IO::Socket::INET->new(
        PeerAddr => "127.0.0.1:$self->{port}") or die "connect: $!" } 1 .. AT_ONCE;
    my %taken;

    $self->empty;
    wait_until('connections to be accepted', 20, sub {
        %taken = $self->_taken;
        !grep { !$taken{$_->sockport} } @sockets;
    });
    $self->{ready} = [ map { [ $taken{$_->sockport}, $_ ] } @sockets ];
}

# Client's port => process.
sub _taken {
    my ($self) = @_;
    my $end = sprintf '0100007F:%04X 0100007F:', $self->{port};
    my $connections = read_file('/proc/net/tcp');
    my (%port, %taken);

    $port{$2} = hex $1 while $connections
        =~ /\d+: \Q$end\E(\w+) (?:\S+ +){6}([1-9]\d*)/g;

    for my $pid ($self->{nginx}->workers) {
        for (map { (readlink // '') =~ /^socket:\[(\d+)\]/ } glob "/proc/$pid/fd/*") {
            $taken{$port{$_}} = $pid if $port{$_};
        }
    }
    return %taken;
}

1;
