#!/usr/bin/perl

# Recovery, rule by rule: several nginx with one Redis, the log of somebody who
# was away, generations, sign-ins that end, polling and its upgrade; and what a
# client keeps as its offset.  t/40protocol/recovery.t has the main road.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Nginx ();
use Chat::Polling;
use Chat::Process qw(wait_until);
use Chat::Stack;

my $stack = Chat::Stack->new(worker_processes => 2)->start;
my $redis = $stack->redis;
my ($alice, $bob) = $stack->people(qw(alice bob));
my $writer = $stack->socket($alice);
my $sent = 0;

sub write_to {
    my ($to) = @_;
    my $answer = $writer->call('send-message',
        { to => $to->id, text => 'n' . ++$sent });
    $answer->{ok} or die 'not sent';
}

# What a client keeps: see the rule of socket.io-client.
sub offset_of {
    for (reverse @{$_[0]{packets}}) {
        return $1 if /\A2\[.*,"(\d+\.\d+)"\]\z/s;
    }
    return $_[0]{kept};
}

sub fresh_socket {
    my ($person, %o) = @_;
    my $socket = $stack->socket($person, keep_packets => 1, %o);
    $socket->event('online-users');
    return $socket;
}

sub come_back {
    my ($person, $old, %o) = @_;
    my $offset = $o{offset} // offset_of($old);
    my $socket = Chat::SocketIO->connect(port => $stack->port,
        keep_packets => 1, kept => $offset, auth => {
            token => $person->token, pid => $old->{pid}, offset => $offset }, %o);
    $socket->{first} = $socket->event('authenticated') if $socket->connected;
    return $socket;
}

sub is_recovered {
    my ($what, $old, $new) = @_;
    ok($new->{first}{recovered} && $new->sid eq $old->sid, "$what: recovered");
    return $new;
}

sub is_fresh {
    my ($what, $old, $new) = @_;
    ok($new->connected && !$new->{first}{recovered} && $new->sid ne $old->sid
        && $new->{pid} ne $old->{pid}, "$what: a fresh session");
    return $new;
}

sub texts { join ' ', map { $_->{text} } $_[0]->take_events('new-message', $_[1]) }


# ---- two nginx, one Redis ---------------------------------------------------

my $second = Chat::Nginx->new;
my $conf = $stack->configuration;
$conf =~ s/127\.0\.0\.1:8080/127.0.0.1:8081/g;
$conf =~ s/chat_zone /chat_node second; chat_zone /;
$second->run($conf);
$second->wait_linked;
my @ports = ($stack->port, Chat::Nginx::port(8081));

my $socket = fresh_socket($bob);
for my $round (1 .. 6) {
    my $silent = $round > 3;
    my $old = $socket;

    $old->close unless $silent;
    write_to($bob);
    my $missed = !$silent || !$old->event('new-message');
    $socket = is_recovered("node $round", $old,
        come_back($bob, $old, port => $ports[$round % 2]));
    $old->wait_closed if $silent;
    write_to($bob);
    is(texts($socket, 1 + $missed), join(' ', map { "n$_" }
        $sent - $missed .. $sent), "node $round: each message once");
}
$second->stop;
$socket = is_recovered('a node that is gone', $socket, come_back($bob, $socket));


# ---- generations ------------------------------------------------------------

# the close of an earlier connection comes late
$redis->cmd('PUBLISH', 'chat:user:' . $bob->id,
    '- c - -' . "\nsid: " . $socket->sid . "\ngeneration: 1\n\n");
write_to($bob);
is(texts($socket, 1), "n$sent", 'a close of an earlier generation is not for it');

# both come with the same pid
my $old = $socket;
my ($one, $two) = map { Chat::SocketIO->connect(port => $stack->port, wait => 0,
    keep_packets => 1, kept => offset_of($old), auth => { token => $bob->token,
        pid => $old->{pid}, offset => offset_of($old) }) } 1, 2;
$one->wait_for('one of two claims to win', sub {
    1 == grep { $_->closed } $one, $two });
($socket) = grep { !$_->closed } $one, $two;
$socket->wait_connected;
is($socket->sid, $old->sid, 'of two claims the later one has the session');
write_to($bob);
is(texts($socket, 1), "n$sent", '… and hears');
$old->wait_closed;


# ---- logs -------------------------------------------------------------------

# his other tab lives, so there is a log, but it began after the offset
my $tab = fresh_socket($bob);
$socket->close;
$redis->cmd('DEL', 'chat:log:' . $bob->id);
my $third = fresh_socket($bob);
$socket = is_fresh('a log that is younger', $socket, come_back($bob, $socket));
$_->close for $tab, $third;

# past the window: what is kept ends with it
$socket->close;
$redis->cmd('PEXPIRE', $_, 1)
    for 'chat:log:' . $bob->id, 'chat:pid:' . $socket->{pid};
wait_until('the window to be over', 20,
    sub { !$redis->cmd('EXISTS', 'chat:log:' . $bob->id) });
write_to($bob) for 1 .. 3;
my $after = is_fresh('past the window', $socket, come_back($bob, $socket));
my ($unread) = values %{$after->{first}{unread}};
is(texts($after, $unread), join(' ', map { "n$_" } $sent - $unread + 1 .. $sent),
    'unread messages come, as many as are counted');
cmp_ok($unread, '>=', 3, '… those of that time among them');
is($after->count('new-message'), 0, '… and no more');
$after->close;


# ---- sign-ins ---------------------------------------------------------------

# the event that closes is behind the offset: nothing goes on past it
my $desk = $stack->http->login('bob');
$socket = fresh_socket($desk);
write_to($bob);
$socket->event('new-message', 20, sub { $_[0]{text} eq "n$sent" });
my $before = offset_of($socket);
$desk->post('/api/auth/logout');
$socket->wait_closed;
like($socket->closed, qr/disconnected by the server/, 'a sign-in that ends: 41');
$socket->{kept} = $before;
ok(come_back($desk, $socket, offset => $before)->error, 'its token is refused');
is_fresh('another sign-in of the same person', $socket,
    come_back($bob, $socket, offset => $before))->close;

# he is away when all sign-ins end
my $away = fresh_socket($bob);
write_to($bob);
$away->event('new-message', 20, sub { $_[0]{text} eq "n$sent" });
$away->close;
my $else = $stack->http->login('bob');
$else->post('/api/auth/logout', { all => JSON::PP::true() });
ok(come_back($bob, $away)->error, 'all sign-ins ended: an older token is refused');
my $again = $stack->http->login('bob');
is_fresh('a new sign-in after that', $away, come_back($again, $away))->close;
$bob = $again;


# ---- polling ----------------------------------------------------------------

# Packets of the session's chat: Engine.IO's 4 taken off.
sub poll_until {
    my ($p, $packets, $pattern) = @_;
    until (grep { /$pattern/ } @$packets) {
        push @$packets, map { /\A4(.*)\z/s ? $1 : () } $p->get;
    }
}

sub connect_packet {
    my ($person, $old) = @_;
    return '40' . JSON::PP->new->encode({ token => $person->token,
        pid => $old->{pid}, offset => offset_of($old) });
}

$socket = fresh_socket($bob);
for my $round (1 .. 4) {
    my $old = $socket;
    my $unread = $old->count('new-message');
    $old->close;
    write_to($bob) for 1 .. 3;

    my $p = Chat::Polling->open(port => $stack->port);
    my ($post, @packets) = $p->start('POST', connect_packet($bob, $old));
    if ($round % 2) {
        poll_until($p, \@packets, qr/\A0/);
        is($p->end($post)->{status}, 200, "polling $round: taken");

    } else {                                  # the upgrade begins before CONNECT
        my $get = $p->start('GET');
        my $ws = $p->websocket;
        $ws->send_text('2probe');
        $ws->text eq '3probe' or die 'no upgrade';
        push @packets, map { /\A4(.*)\z/s ? $1 : () } split /\x1e/,
            $p->end($get)->{body};
        is($p->end($post)->{status}, 200, "polling $round: taken");
        $ws->send_text('5');
        until (grep { /\A0/ } @packets) {
            my $text = $ws->text // die "closed\n";
            push @packets, $1 if $text =~ /\A4(.*)\z/s;
        }
        $p->{ws} = $ws;
    }

    my @missed = map { /\A2\["new-message",.*"text":"(n\d+)"/ } @packets;
    is("@missed", join(' ', map { "n$_" } $sent - 2 .. $sent),
        "polling $round: what was missed, in order");
    my ($granted) = grep { /\A0/ } @packets;
    like($granted, qr/"sid":"\Q@{[ $old->sid ]}"/, "polling $round: the same session");

    # and from there by WebSocket, while polling looks open
    my $seen = bless { packets => \@packets, pid => $old->{pid}, sid => $old->sid },
        'Chat::SocketIO';
    $socket = is_recovered("polling $round, then a socket", $seen,
        come_back($bob, $seen));
}


# ---- what clients keep ------------------------------------------------------

# Of what is not logged nothing ends in a text, or it would be kept.
my $carl = $stack->people('carl');
my $watch = fresh_socket($bob);
my $guest = $stack->socket($carl);
$guest->call('send-message', { to => $bob->id, text => 'first' });
$guest->call('typing', { to => $bob->id });
$watch->event('typing');
$watch->event('user-online', 30, sub { $_[0]{userId} eq $carl->id });
$guest->close;
$watch->event('user-offline', 30, sub { $_[0]{userId} eq $carl->id });
my @kept = grep { /\A2.*"\]\z/s && !/,"\d+\.\d+"\]\z/ } @{$watch->{packets}};
is("@kept", '', 'no event without an offset ends in a text');
my %seen = map { /\A2\["([^"]+)"/ ? ($1 => 1) : () } @{$watch->{packets}};
is(join(' ', sort grep { $seen{$_} } qw(authenticated online-users typing
    user-online user-offline new-message)), 'authenticated new-message '
    . 'online-users typing user-offline user-online', 'all kinds of them were there');
$watch->close;
write_to($bob);
is_recovered('and the client goes on from its offset', $watch,
    come_back($bob, $watch));

done_testing();
