package Chat::Nginx;

# nginx with the module, in the manner of nginx's own Test::Nginx: the same
# calls, the same %%MARKS%% in a configuration.
#
#   my $t = Chat::Nginx->new->has('http_ssl')->plan(3);
#   $t->write_file_expand('nginx.conf', <<'EOF');
#   %%TEST_GLOBALS%%
#   events { }
#   http {
#       %%TEST_GLOBALS_HTTP%%
#       server { listen 127.0.0.1:8080; ... }
#   }
#   ...
#   $t->run;
#   like(http_get('/'), qr/200 OK/, 'answers');
#
# Ports 8000 to 8999 of a configuration stand for free ones: port(8080) tells
# which.  When nginx stops its error log is judged: no alert, crit or emerg.

use warnings;
use strict;

use Exporter qw(import);
use IO::Socket::INET;
use Test::More ();
use Time::HiRes qw(time);

use Chat::Process qw(build_dir testdir free_port wait_until);

our @EXPORT_OK = qw(port http http_get http_head http_start http_end
    http_content);
our %EXPORT_TAGS = (http => \@EXPORT_OK);

use constant SECONDS_TO_ANSWER => 20;

my %ports;
my $count = 0;

sub port { $ports{$_[-1]} ||= free_port() }

# A number that stands for this port, free or not.
sub set_port { $ports{$_[0]} = $_[1] }


# ---- the server -------------------------------------------------------------

sub new {
    my ($class, %o) = @_;
    my $n = ++$count;
    my $self = bless { %o, dir => testdir() . "/nginx$n",
        name => $n > 1 ? "nginx$n" : 'nginx', allowed => [] }, $class;

    mkdir $self->{dir} or die "$self->{dir}: $!";
    return $self;
}

sub binary { $ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx' }

# Skips the test when nginx was built without a feature ("http_ssl").
sub has {
    my ($self, @features) = @_;
    my $built = `@{[ binary() ]} -V 2>&1`;

    for my $feature (@features) {
        $built =~ /--with-\Q$feature\E(?:_module)?\b/
            or Test::More::plan(skip_all => "nginx has no $feature");
    }
    return $self;
}

sub plan {
    my ($self, $tests) = @_;
    Test::More::plan(tests => $tests);
    return $self;
}

# Lines of the error log that this test provokes.
sub allow {
    my ($self, @patterns) = @_;
    push @{$self->{allowed}}, @patterns;
    return $self;
}

sub testdir_of { $_[0]{dir} }

sub write_file {
    my ($self, $name, $content) = @_;
    Chat::Process::write_file("$self->{dir}/$name", $content);
    return $self;
}

sub write_file_expand {
    my ($self, $name, $content) = @_;
    return $self->write_file($name, $self->expand($content));
}

sub read_file {
    my ($self, $name) = @_;
    return Chat::Process::read_file("$self->{dir}/$name");
}

sub module { build_dir() . '/module/ngx_http_chat_module.so' }

sub expand {
    my ($self, $text) = @_;
    my $dir = $self->{dir};
    my $level = $ENV{CHAT_LOG_LEVEL} || 'info';
    my $user = $> ? '' : 'user root;';
    my $module = module();

    $text =~ s/%%TEST_GLOBALS%%/<<"EOC"/eg;
load_module $module;
$user
pid $dir\/nginx.pid;
error_log $dir\/error.log $level;
daemon off;
EOC
    $text =~ s/%%TEST_GLOBALS_HTTP%%/<<"EOC"/eg;
    root $dir;
    access_log $dir\/access.log;
    client_body_temp_path $dir\/client_body_temp;
    proxy_temp_path $dir\/proxy_temp;
    fastcgi_temp_path $dir\/fastcgi_temp;
    uwsgi_temp_path $dir\/uwsgi_temp;
    scgi_temp_path $dir\/scgi_temp;
EOC
    $text =~ s/%%TESTDIR%%/$dir/g;
    $text =~ s/%%PORT_(\d+)%%/port($1)/eg;
    $text =~ s/(127\.0\.0\.1:)(8\d\d\d)\b/$1 . port($2)/eg;

    return $text;
}

sub run {
    my ($self, $conf) = @_;
    my $dir = $self->{dir};
    my $module = module();

    $self->write_file_expand('nginx.conf', $conf) if defined $conf;
    -f $module or die "$module is not built: run ./build.sh\n";
    unlink "$dir/nginx.pid";

    $self->{process} = Chat::Process->start(
        name => $self->{name},
        command => [ binary(), '-p', "$dir/", '-c', 'nginx.conf',
            '-e', "$dir/error.log" ],
        env => _preload($module),
        # nginx frees no configuration when it ends
        asan_options => 'detect_leaks=0',
        ready => sub { -s "$dir/nginx.pid" },
        judge => sub { $self->_bad_lines });

    return $self;
}

# Starts nginx and ends it, all its masters, when it is ended.
use constant KEEPER => <<'EOC';
my $dir = shift;
sub master {
    open my $file, '<', "$dir/$_[0]" or return ();
    my $pid = int(<$file> || 0);
    return $pid && kill(0, $pid) ? $pid : ();
}
$SIG{TERM} = sub {
    my @all = map { master($_) } qw(nginx.pid nginx.pid.oldbin);
    kill 'TERM', @all;
    select undef, undef, undef, 0.02 while grep { kill 0, $_ } @all;
    exit 0;
};
system(@ARGV) == 0 or exit 1;
sleep 1 while 1;
EOC

# As run(), but with a parent that is not the test: only so does nginx exchange
# its binary (USR2).  Masters are then found by their pid files.
sub run_daemon {
    my ($self, $conf) = @_;
    my $dir = $self->{dir};
    my $module = module();
    my $text = $self->expand($conf);

    $text =~ s/^daemon off;$/daemon on;/m;
    $self->write_file('nginx.conf', $text);
    unlink "$dir/nginx.pid";

    $self->{process} = Chat::Process->start(
        name => $self->{name},
        command => [ $^X, '-e', KEEPER, $dir, binary(), '-p', "$dir/", '-c',
            'nginx.conf', '-e', "$dir/error.log" ],
        env => _preload($module),
        asan_options => 'detect_leaks=0',
        ready => sub { -s "$dir/nginx.pid" },
        judge => sub { $self->_bad_lines });
    $self->{daemon} = 1;

    return $self;
}

# The first lines of "nginx -t" for a configuration, and whether it passed.
sub test_conf {
    my ($self, $conf) = @_;
    my $dir = $self->{dir};
    local %ENV = (%ENV, %{_preload(module())}, ASAN_OPTIONS => 'detect_leaks=0');

    $self->write_file_expand('test.conf', $conf);
    my $said = qx{@{[ binary() ]} -t -p $dir/ -c test.conf -e $dir/test.log 2>&1};
    return ($? == 0, $said);
}

# A sanitized module needs the runtime in the process before it.
sub _preload {
    my ($module) = @_;
    my @libraries = `ldd $module` =~ m{=> (/\S*lib(?:asan|ubsan)\.so\S*)}g;
    return @libraries ? { LD_PRELOAD => join ' ', @libraries } : {};
}

sub _bad_lines {
    my ($self) = @_;
    my $log = $self->read_file('error.log');
    my @bad = Chat::Process::reports($log);

    for my $line (split /\n/, $log) {
        next unless $line =~ /\[(?:alert|crit|emerg)\]/;
        next if grep { $line =~ $_ } @{$self->{allowed}};
        push @bad, $line;
    }
    return @bad;
}

sub stop      { $_[0]{process}->stop($_[1]) }
sub kill_hard { $_[0]{process}->kill_hard }
sub pid       { $_[0]{daemon} ? $_[0]->read_file('nginx.pid') + 0
                : $_[0]{process}->pid }

# The processes that serve, in the order they were started.
sub workers {
    my ($self) = @_;
    my $pid = $self->pid;
    my @workers = `ps -o pid=,args= --ppid $pid --sort start_time`
        =~ /^ *(\d+) .*worker process$/mg;
    return @workers;
}

# The nginx process at the other end of a client's TCP socket.
sub process_of {
    my ($self, $socket) = @_;
    my $ends = sprintf '%s:%04X %s:%04X', '0100007F', $socket->peerport,
        '0100007F', $socket->sockport;
    my ($inode) = Chat::Process::read_file('/proc/net/tcp')
        =~ /\d+: \Q$ends\E (?:\S+ +){6}(\d+)/ or return undef;

    for my $pid ($self->workers) {
        return $pid if grep { (readlink // '') eq "socket:[$inode]" }
            glob "/proc/$pid/fd/*";
    }
    return undef;
}

# Returns when new processes serve and the old ones are leaving.
sub reload {
    my ($self) = @_;
    my %old = map { $_ => 1 } $self->workers;

    $self->{process}->signal('HUP');
    wait_until('nginx to reload', SECONDS_TO_ANSWER, sub {
        my @now = $self->workers;
        @now && !grep { $old{$_} } @now;
    });
    return $self;
}

# Returns when the last word of each process about Redis is that it is ready,
# and about no lane that nobody holds its slots.
sub wait_linked {
    my ($self) = @_;

    wait_until('all processes to be linked to Redis', SECONDS_TO_ANSWER, sub {
        my (%redis, %lane);

        for ($self->read_file('error.log')
            =~ /\] (\d+#\d+: (?:\*\d+ )?chat: (?:redis|lane) .*)/g)
        {
            $redis{$1} = $2 if /^(\d+)#.* chat: redis \S+: (.*)/;
            $lane{$1}{$2} = $3 if /^(\d+)#.* chat: lane (\S+): (.*)/;
        }

        !grep { ($redis{$_} // '') !~ /^ready,/
            || grep { /^no worker/ } values %{$lane{$_} || {}} } $self->workers;
    });
    return $self;
}

# Returns the match of a line in the error log, as soon as it is there.
sub wait_log {
    my ($self, $pattern, $seconds) = @_;
    wait_until("$pattern in error.log", $seconds || SECONDS_TO_ANSWER,
        sub { $self->read_file('error.log') =~ $pattern });
}


# ---- requests, as bytes -----------------------------------------------------

sub http_get {
    my ($path, %extra) = @_;
    return http("GET $path HTTP/1.0\r\nHost: localhost\r\n\r\n", %extra);
}

sub http_head {
    my ($path, %extra) = @_;
    return http("HEAD $path HTTP/1.0\r\nHost: localhost\r\n\r\n", %extra);
}

# The whole answer, until the server closes; start => 1 returns the socket.
sub http {
    my ($request, %extra) = @_;
    my $socket = http_start($request, %extra);
    return $extra{start} ? $socket : http_end($socket);
}

sub http_start {
    my ($request, %extra) = @_;
    my $socket = $extra{socket} || IO::Socket::INET->new(
        PeerAddr => '127.0.0.1:' . ($extra{port} || port(8080)))
        or die "connect: $!\n";

    $socket->autoflush(1);
    print $socket $request;
    return $socket;
}

sub http_end {
    my ($socket, $seconds) = @_;
    my $end = time + ($seconds || SECONDS_TO_ANSWER);
    my $reply = '';
    my $want = '';

    vec($want, fileno $socket, 1) = 1;

    while (1) {
        my $left = $end - time;
        $left > 0 && select(my $ready = $want, undef, undef, $left) > 0
            or return $reply;
        sysread($socket, $reply, 65536, length $reply) or return $reply;
    }
}

sub http_content {
    my ($reply) = @_;
    return (split /\r\n\r\n/, $reply // '', 2)[1];
}

1;
