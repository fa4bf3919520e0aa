#!/usr/bin/perl

# Sockets while nginx is exchanged below them, by a reload and by another
# binary: they are sent away at the rate of chat_drain, come back and go on
# where they were; no message is missing, none comes twice, and who watches them
# from another nginx sees nobody come or go.  Then nginx quits.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);

use Chat::JWT qw(jwt);
use Chat::Nginx ();
use Chat::Process qw(wait_until);
use Chat::SocketIO;
use Chat::Stack;

use constant { LISTENERS => 24, RATE => 8 };

my $stack = Chat::Stack->new(worker_processes => 2,
    http => 'chat_drain rate=' . RATE . '/s;', worker => "presence contacts\n");
my $conf = $stack->configuration =~ s/ reuseport//r;
my $nginx = $stack->nginx;

# under a sanitizer the new binary needs what the old one had
my $keep = join '', map { "env $_;\n" } qw(LD_PRELOAD ASAN_OPTIONS
    UBSAN_OPTIONS);

$stack->redis->start;
$stack->mongo->start;
$stack->worker->start;
$nginx->run_daemon("$keep$conf");
$stack->wait_healthy;

my $other = Chat::Nginx->new->run($conf =~ s/127\.0\.0\.1:8080/127.0.0.1:8081/r);
$other->wait_linked;


# ---- who is there -----------------------------------------------------------

my ($writer, @people) = $stack->people('writer', map { "p$_" } 1 .. LISTENERS);
my $watch = Chat::SocketIO->connect(port => Chat::Nginx::port(8081),
    token => $writer->token);
my (@wrote, %edges);

# Each gets one more message, through the other nginx.
sub write_all {
    for my $n (0 .. $#people) {
        my $answer = $watch->call('send-message', { to => $people[$n]->id,
            text => '' . ++$wrote[$n] });
        $answer->{ok} or die "not sent: $answer->{error}{code}\n";
    }
    $edges{$_->[0]}++ for grep { $_->[0] =~ /^user-/ } $watch->take_all;
}

write_all();
my ($node) = grep { -x } map { "$_/node" } split /:/, $ENV{PATH};
my $client = Chat::Process->start(name => 'listeners', command => [ $node,
    "$FindBin::Bin/client/drain.mjs", 'http://127.0.0.1:' . $stack->port,
    map { $stack->token(sub => $_->id, role => 'member',
        exp => int(time) + 86400) } @people ]);

# What was said since the beginning: kind => [ [ n, text ], … ].
sub said {
    my $output = $client->output;
    my %said;
    push @{$said{$1}}, [ $2, $3 ] while $output =~ /^(\w+) (\d+) ?(.*)\n/mg;
    return \%said;
}

sub are_there {
    my $said = said();
    my %there;
    for my $line ($client->output =~ /^(joined \d+|lost \d+)/mg) {
        my ($what, $n) = split / /, $line;
        $there{$n} = $what eq 'joined';
    }
    return LISTENERS == grep { $_ } values %there;
}

wait_until('all to join', 60, \&are_there);
wait_until('all to be seen', 20, sub {
    $watch->wait_for('a turn', sub { 1 });
    Chat::SocketIO::serve(0.1);
    $edges{$_->[0]}++ for grep { $_->[0] =~ /^user-/ } $watch->take_all;
    return ($edges{'user-online'} // 0) >= LISTENERS;
});
%edges = ();
my $joined = @{said()->{joined}};

# After whatever was done to nginx: all are back, and had all of it.
sub all_is_well {
    my ($name, @old) = @_;

    wait_until("$name: the old processes to leave", 60, sub {
        write_all();
        !grep { kill 0, $_ } @old;
    });
    pass("$name: the old processes leave");

    wait_until("$name: all to be back", 60, \&are_there);
    write_all();
    wait_until("$name: all to be heard", 20, sub {
        LISTENERS == grep { $_->[1] == $wrote[$_->[0]] } @{said()->{heard}} });

    my $said = said();
    my (@heard, %reasons);
    push @{$heard[$_->[0]]}, $_->[1] for @{$said->{heard}};
    is(scalar(grep { "@{$heard[$_]}" ne join ' ', 1 .. $wrote[$_] }
        0 .. $#people), 0, "$name: each heard everything once, in order");

    my @again = @{$said->{joined}}[$joined .. $#{$said->{joined}}];
    cmp_ok(scalar @again, '>=', LISTENERS, "$name: all were sent away");
    is(scalar(grep { $_->[1] ne 'true' } @again), 0,
        "$name: all went on where they were");
    $joined = @{$said->{joined}};

    $reasons{$_->[1]}++ for @{$said->{lost}};
    ok(!$reasons{'io-server-disconnect'} && !$said->{refused},
        "$name: nobody was told to stay away");

    # longer than somebody without a socket stays online
    my $until = time + 6;
    while (time < $until) {
        Chat::SocketIO::serve(0.2);
        write_all();
    }
    is(join(' ', %edges), '', "$name: nobody was seen to come or go");
}


# ---- a reload ---------------------------------------------------------------

my @old = $nginx->workers;
kill 'HUP', $nginx->pid;
all_is_well('a reload', @old);

# the log says when each was closed, by whole seconds
my %second = map { $_ => 1 } $nginx->read_file('error.log')
    =~ /(\d\d:\d\d:\d\d) .* closed: nginx leaves/g;
cmp_ok(scalar keys %second, '>=', 2, 'they were closed one after the other');


# ---- another binary ---------------------------------------------------------

my $master = $nginx->pid;
@old = ($master, $nginx->workers);
kill 'USR2', $master;
wait_until('the new master', 30, sub {
    $nginx->read_file('nginx.pid.oldbin') =~ /^$master$/
    && -s $nginx->testdir_of . '/nginx.pid' && $nginx->workers == 2 });
write_all();

kill 'WINCH', $master;
wait_until('the old workers to leave', 60, sub {
    write_all();
    !grep { kill 0, $_ } @old[1 .. $#old] });
kill 'QUIT', $master;
all_is_well('another binary', @old);


# ---- the end ----------------------------------------------------------------

@old = ($nginx->pid, $nginx->workers);
kill 'QUIT', $nginx->pid;
wait_until('nginx to quit', 60, sub { !grep { kill 0, $_ } @old });
pass('nginx quits');
my %lost;
$lost{$_->[1]}++ for @{said()->{lost}};
ok(!$lost{'io-server-disconnect'}, 'also then nobody is told to stay away');
wait_until('them to be offline', 60, sub {
    Chat::SocketIO::serve(0.2);
    $edges{$_->[0]}++ for grep { $_->[0] =~ /^user-/ } $watch->take_all;
    ($edges{'user-offline'} // 0) == LISTENERS });
pass('who did not come back is offline in the end');

$client->kill_hard;
done_testing();
