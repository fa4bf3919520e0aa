#!/usr/bin/perl

# A reload while sessions poll: they are closed one by one, each is told, what
# was queued comes first, and the old processes leave.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);

use Chat::Front;
use Chat::Polling;
use Chat::Pool;
use Chat::Process qw(wait_until);
use Chat::WebSocket;

use constant RS => "\x1e";

my $front = Chat::Front->new(worker_processes => 2, listen => 'reuseport',
    server => <<'EOC')->start;
location = /engine.io/ { chat_echo engine; }
location = /echo/ { chat_echo websocket; }
EOC
my $nginx = $front->nginx;

sub engine { Chat::Polling->open(port => $front->port, path => '/engine.io/') }

my @old = $nginx->workers;
my @parked = map { my $p = engine(); [ $p, $p->start('GET') ] } 1 .. 20;
my @waiting = map { engine() } 1 .. 10;
my @queued = map { my $p = engine(); $p->post('4kept'); $p } 1 .. 10;
my $probing = engine();
my $probe = $probing->websocket;
my $bare = Chat::WebSocket->connect(port => $front->port, path => '/echo/');
my @sockets = map { my $p = engine(); $p->upgrade } 1 .. 4;

$_->send_text('4x') for @sockets;
is($_->text, '4x', 'a session with its WebSocket') for @sockets;

$nginx->reload;

my $new = engine();
is($new->post('4new'), 200, 'new sessions are served');
is_deeply([ $new->get ], [ '4new' ], 'by the new processes');

my %ends = map { $_->[0]->end($_->[1])->{body} => 1 } @parked;
is(join(' ', keys %ends), '1', 'a parked GET hears the end');

# until its turn has come a session goes on, from whichever process
for my $p (@waiting) {
    my $r;
    do { $r = $p->request('GET') } while $r->{body} =~ /^4/;
    like("$r->{status} $r->{body}", qr/^200 (?:1|6\x{1e}1)$/,
        'one without a GET hears it with the next');
    is($p->request('GET')->{status}, 400, 'and is forgotten');
}

is(join(' ', map { ($_->get)[0] } @queued), join(' ', ('4kept') x 10),
    'what was queued comes first');

is($_->closed, 0, 'WebSockets are closed') for @sockets, $bare, $probe;

wait_until('the old processes to leave', 20, sub {
    my %now = map { $_ => 1 } map { /(\d+)/ } `ps -o pid= --ppid @{[ $nginx->pid ]}`;
    !grep { $now{$_} } @old;
});
pass('the old processes leave');
is($queued[0]->request('GET')->{status}, 400, 'their sessions are forgotten');


# ---- requests that came in elsewhere ----------------------------------------

# a process without sessions of its own stays for the GETs it has passed on
for my $turn (1 .. 4) {
    @parked = map { my $p = engine(); [ $p, $p->start('GET') ] } 1 .. 10;
    @old = $nginx->workers;
    $nginx->reload;
    is(join(' ', map { $_->[0]->end($_->[1])->{body} } @parked),
        join(' ', (1) x @parked), "reload $turn: each GET is answered");
    wait_until('the old processes to leave', 20, sub {
        !grep { kill 0, $_ } @old });
}


# ---- a drain that would take minutes ----------------------------------------

$nginx->stop;
@$front{qw(main http)} = ('worker_shutdown_timeout 1s;', 'chat_drain rate=1/s;');
$nginx->run($front->configuration);
$front->wait_healthy;

@old = $nginx->workers;
@sockets = map { my $p = engine(); $p->upgrade } 1 .. 100;
@waiting = map { engine() } 1 .. 50;
@parked = map { my $p = engine(); [ $p, $p->start('GET') ] } 1 .. 50;
$nginx->reload;
ok((grep { $_->pump } @sockets) > 50, 'most are still there');

my $start = time;
wait_until('the old processes to leave', 60, sub { !grep { kill 0, $_ } @old });
cmp_ok(time - $start, '<', 30, 'worker_shutdown_timeout cuts it short');
is(scalar(grep { !defined $_->closed } @sockets), 0, 'the WebSockets have ended');
$_->[0]->{http} && eval { $_->[0]->end($_->[1]) } for @parked;
is($front->metric('sessions'), 0, 'no session is left');
is(engine()->post('4x'), 200, 'the new processes serve');

done_testing();
