#!/usr/bin/perl

# Connection state recovery: who comes back with pid and offset is sent what
# was missed, in order, before CONNECT is granted, and goes on in the same
# session; and when that is not possible, in a fresh one.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id);
use Chat::Process qw(wait_until);
use Chat::Stack;

my $stack = Chat::Stack->new(worker_processes => 4, server => <<'EOC')->start;
location = /plain/ { chat_socket; chat_recovery off; }
EOC
my ($alice, $bob) = $stack->people(qw(alice bob));
my $writer = $stack->socket($alice);
my $sent = 0;

sub write_one {
    my $answer = $writer->call('send-message',
        { to => $bob->id, text => 'n' . ++$sent });
    $answer->{ok} or die 'not sent';
    return $answer->{message};
}

# What a client keeps: see the rule of socket.io-client.
sub offset_of {
    my ($socket) = @_;
    my $offset = $socket->{kept};
    for (@{$socket->{packets}}) {
        $offset = $1 if /\A2\[.*,"(\d+\.\d+)"\]\z/s;
    }
    return $offset;
}

sub come_back {
    my ($person, $old, %o) = @_;
    my $socket = Chat::SocketIO->connect(port => $stack->port,
        keep_packets => 1, kept => offset_of($old),
        auth => { token => $o{token} // $person->token,
            pid => $o{pid} // $old->{pid},
            offset => $o{offset} // offset_of($old) }, %o);
    return $socket;
}

# As clients do: it may be too early.
sub come_back_at_last {
    my (@how) = @_;
    my $socket;
    wait_until('to come back', 30, sub {
        $socket = come_back(@how);
        $socket->connected });
    return $socket;
}

sub recovered { $_[0]->event('authenticated')->{recovered} ? 1 : 0 }

sub texts { join ' ', map { $_->{text} } @_ }


# ---- what goes out ----------------------------------------------------------

my $socket = $stack->socket($bob, keep_packets => 1);
like($socket->{packets}[0], qr/\A0\{"sid":"[\w-]{20}","pid":"[\w-]{20}"\}\z/,
    'CONNECT brings a pid');
isnt($socket->{pid}, $socket->sid, 'which is not the sid');
my $hello = $socket->event_args('authenticated');
ok(!$hello->[0]{recovered}, 'a fresh session');
like($hello->[1], qr/\A\d+\.\d+\z/, 'authenticated has the first offset');
is(scalar @{$socket->event_args('online-users')}, 1, 'and it alone');

write_one();
my $args = $socket->event_args('new-message');
is(scalar @$args, 2, 'an event has its offset as last argument');
like($args->[1], qr/\A\d+\.\d+\z/, 'as text');
$writer->emit('typing', { to => $bob->id });
is(scalar @{$socket->event_args('typing')}, 1, 'a volatile one has none');

my $plain = $stack->socket($bob, path => '/plain/', keep_packets => 1);
like($plain->{packets}[0], qr/\A0\{"sid":"[\w-]{20}"\}\z/,
    'where recovery is off there is no pid');
is(scalar @{$plain->event_args('authenticated')}, 1, 'and no offset');
write_one();
is(scalar @{$plain->event_args('new-message', 20,
    sub { $_[0]{text} eq "n$sent" })}, 1, 'of no event');
$plain->disconnect;
$socket->event('new-message');


# ---- again and again --------------------------------------------------------

for my $round (1 .. 5) {
    my ($sid, $pid, $count) = ($socket->sid, $socket->{pid}, $round * 2);
    $socket->close;
    write_one() for 1 .. $count;

    $socket = come_back($bob, $socket);
    is($socket->sid, $sid, "$round: the same session");
    is($socket->{pid}, $pid, "$round: the same pid");
    my @names = map { /\A(\d)(?:\["([^"]+)")?/ ? $2 // $1 : '?' }
        @{$socket->{packets}};
    is(join(' ', @names[0 .. $count]),
        join(' ', ('new-message') x $count, '0'),
        "$round: what was missed comes before CONNECT");
    ok(recovered($socket), "$round: recovered");
    is(texts($socket->take_events('new-message', $count)),
        join(' ', map { "n$_" } $sent - $count + 1 .. $sent),
        "$round: in order");
    write_one();
    is($socket->event('new-message')->{text}, "n$sent", "$round: and goes on");
    is($socket->count('new-message'), 0, "$round: nothing twice");
}

$socket->close;
$socket = come_back($bob, $socket);
ok(recovered($socket), 'also when nothing was missed');

# before any event: the offset of `authenticated`
my $carl = $stack->people('carl');
my $quiet = $stack->socket($carl, keep_packets => 1);
$quiet->event('online-users');
$quiet->close;
$writer->call('send-message', { to => $carl->id, text => 'first' });
$quiet = come_back($carl, $quiet);
ok(recovered($quiet), 'also when no event was seen yet');
is($quiet->event('new-message')->{text}, 'first', 'and brings it');

# unread messages at the beginning: none of them is lost by a cut
my $dora = $stack->people('dora');
$writer->call('send-message', { to => $dora->id, text => "u$_" }) for 1 .. 3;
my $unread = $stack->socket($dora, keep_packets => 1);
my @unread = map { $unread->event_args('new-message') } 1 .. 3;
is(scalar @{$unread->event_args('authenticated')}, 1,
    'with unread messages authenticated has no offset');
is_deeply([ map { scalar @$_ } @unread ], [ 1, 1, 2 ], 'the last of them has it');
$unread->close;
ok(recovered(come_back($dora, $unread)), 'and is good');


# ---- the old connection looks open ------------------------------------------

sub heard {
    my ($socket) = @_;
    return map { /\A2\["new-message",.*"text":"(n\d+)"/ } @{$socket->{packets}};
}

for my $round (1 .. 5) {
    my ($old, $first) = ($socket, $sent);
    my $count = heard($old);

    write_one() for 1 .. 3;
    my ($offset, @before) = (offset_of($old), heard($old));
    $socket = come_back($bob, $old, offset => $offset);
    ok(recovered($socket), "silent $round: recovered");
    is($socket->sid, $old->sid, "silent $round: the same session");
    $old->wait_closed;
    unlike($old->closed, qr/disconnected by the server/,
        "silent $round: the old connection ends, without 41");

    write_one();
    $socket->event('new-message', 20, sub { $_[0]{text} eq "n$sent" });
    is(join(' ', @before[$count .. $#before], heard($socket)),
        join(' ', map { "n$_" } $first + 1 .. $sent),
        "silent $round: each message once, in order");
    $socket->forget_events;
}


# ---- fresh sessions ---------------------------------------------------------

sub fresh {
    my ($what, $old, $new) = @_;
    ok(!recovered($new), "$what: not recovered");
    isnt($new->sid, $old->sid, "$what: another session");
    isnt($new->{pid}, $old->{pid}, "$what: another pid");
    return $new;
}

my $offset = offset_of($socket);
my ($epoch, $n) = split /\./, $offset;

fresh('an unknown pid', $socket, come_back($bob, $socket, pid => 'x' x 20))->close;
fresh('a pid of another length', $socket, come_back($bob, $socket, pid => 'x'))
    ->close;
fresh('another epoch', $socket,
    come_back($bob, $socket, offset => ($epoch - 1) . ".$n"))->close;
fresh("no offset ($_)", $socket, come_back($bob, $socket, offset => $_))->close
    for 'x', "$epoch.", "$epoch.x", "$epoch." . '9' x 30, ".$n", "$epoch.0";
fresh('somebody else\'s pid', $socket, come_back($alice, $socket))->close;
ok(!$socket->closed, 'none of it closed the session');

my $gone = $stack->socket($bob, keep_packets => 1);
$gone->event('authenticated');
$gone->disconnect;
wait_until('the pid to be forgotten', 20,
    sub { !$stack->redis->cmd('EXISTS', 'chat:pid:' . $gone->{pid}) });
$gone->close;
fresh('after a disconnect', $gone, come_back($bob, $gone))->close;

# as Redis has it after the window
$socket->close;
$stack->redis->cmd('DEL', 'chat:log:' . $bob->id);
write_one() for 1 .. 3;
my $late = fresh('past the window', $socket, come_back($bob, $socket));
is($late->event('new-message')->{text}, 'n1', 'and unread messages are there');

$late->close;
write_one();
$stack->redis->cmd('XTRIM', 'chat:log:' . $bob->id, 'MAXLEN', 1);
write_one();
$socket = fresh('a trimmed log', $late, come_back($bob, $late));


# ---- a sign-in that ended ---------------------------------------------------

my $login = $stack->http->login('bob');
my $lost = Chat::SocketIO->connect(port => $stack->port,
    token => $login->token, keep_packets => 1);
$lost->event('new-message');
$lost->close;
$login->post('/api/auth/logout');
my $after = come_back($bob, $lost, token => $login->token);
ok($after->error, 'a revoked token is refused');
fresh('the session of a sign-in that ended', $lost, come_back($bob, $lost))
    ->close;


# ---- nginx, Redis -----------------------------------------------------------

$socket->close;
write_one();
$writer->close;
$stack->nginx->stop;
$stack->nginx->run($stack->configuration);
$stack->wait_healthy;
my $sid = $socket->sid;
$socket = come_back($bob, $socket);
ok(recovered($socket), 'nginx was restarted: recovered');
is($socket->sid, $sid, '… the same session');
is($socket->event('new-message')->{text}, "n$sent", '… and what was missed');

$stack->redis->stop;
$stack->redis->start;
$stack->wait_healthy;
$socket->wait_closed(30);
fresh('Redis was restarted', $socket, come_back_at_last($bob, $socket));

done_testing();
