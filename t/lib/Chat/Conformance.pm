package Chat::Conformance;

# conf/conformance.conf as an operator would run it: Redis, mongod, workers with
# "diagnostics on", nginx.  What real clients and other people's test suites
# are run against.
#
#   my $c = Chat::Conformance->new(reuseport => 1)->start;
#   my $url = 'http://127.0.0.1:' . $c->port;     # short pings
#   my $calm = 'http://127.0.0.1:' . $c->port(1); # the usual ones

use warnings;
use strict;

use parent 'Chat::Stack';

use Chat::Nginx ();
use Chat::Process qw(root read_file);

use constant FIRST_PORT => 8080;

# reuseport (0); patient: clients on a busy machine have 20 s to pong and to
# CONNECT; ports => [ the two ], else free ones.
sub new {
    my ($class, %o) = @_;
    my $ports = $o{ports} || [];
    my $self = $class->SUPER::new(%o, worker => "diagnostics on\n",
        lanes => [ 'default+read 2' ]);

    Chat::Nginx::set_port(FIRST_PORT + $_, $ports->[$_]) for 0 .. $#$ports;
    return $self;
}

sub port { Chat::Nginx::port(FIRST_PORT + ($_[1] // 0)) }

# Our paths and ports for the operator's.
sub configuration {
    my ($self) = @_;
    my $url = $self->redis->url;
    my $listen = $self->{reuseport} ? ' reuseport' : '';
    my $conf = read_file(root() . '/conf/conformance.conf');

    $conf =~ s/^(?:load_module|user|pid|error_log) .*\n//mg;
    $conf =~ s/^(?=worker_processes )/%%TEST_GLOBALS%%\n/m;
    $conf =~ s/^(http \{\n)/$1    %%TEST_GLOBALS_HTTP%%\n/m;
    $conf =~ s/^ *access_log off;\n//m;
    $conf =~ s/unix:\S*redis\.sock/$url/;
    $conf =~ s/\blisten 300(\d);/'listen 127.0.0.1:'
        . (FIRST_PORT + $1) . "$listen;"/ge;
    $conf =~ s/(chat_(?:ping|connect)_timeout) \w+/$1 20s/g if $self->{patient};

    return $conf;
}

1;
