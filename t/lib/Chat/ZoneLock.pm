package Chat::ZoneLock;

# An nginx process that is killed while it is inside the shared zone: it is
# frozen, and the zone is written as if it had just gone in.
#
#   Chat::ZoneLock::kill_inside($nginx, $pid);

use warnings;
use strict;

use Chat::Process qw(read_file wait_until);

use constant { ZONE => 32 << 20, POINTERS => 64, CLOCK => 5 };

# What its error log says then.
sub allow {
    my ($nginx) = @_;
    return $nginx->allow(qr/exited on signal 9/,
        qr/shared memory zone "chat" was locked by/);
}

sub kill_inside {
    my ($nginx, $victim) = @_;
    no warnings 'portable';                    # addresses have 64 bits
    my ($from) = read_file("/proc/$victim/maps")
        =~ m{^([0-9a-f]+)-\S+ rw-s \S+ \S+ \d+ +/dev/zero}m or die 'no zone';
    my $zone = hex $from;
    my $began = time - `ps -o etimes= -p @{[ $nginx->pid ]}`;

    kill 'STOP', $victim;
    open my $memory, '+<:raw', "/proc/$victim/mem" or die "memory: $!";
    my $word = sub {
        my ($at, $value) = @_;
        sysseek $memory, $at, 0;
        return syswrite $memory, pack 'Q', $value if defined $value;
        sysread $memory, my $bytes, 8 or return -1;
        return unpack 'Q', $bytes;
    };

    # the header of the zone points to ours: nobody inside, and when it began
    my ($ours) = grep { $_ > $zone && $_ < $zone + ZONE && $word->($_) == 0
        && abs($word->($_ + 8) - $began) < CLOCK }
        map { $word->($zone + 8 * $_) } 0 .. POINTERS - 1;
    $ours or die 'not found in the zone';
    wait_until('the lock to be free', 5, sub { $word->($zone) == 0 });

    $word->($ours, $victim);
    $word->($zone, $victim);
    kill 'KILL', $victim;
}

1;
