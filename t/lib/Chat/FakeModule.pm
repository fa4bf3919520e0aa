package Chat::FakeModule;

# Stands in for nginx when the workers are tested: adds jobs, hears replies and
# events, as one nginx process does.
#
#   my $module = Chat::FakeModule->new(redis => $redis)->start;
#   my $r = $module->request('POST', '/api/messages', { to => $bob, text => 'hi' },
#       uid => $alice);                          # { status, json, headers }
#   my $answer = $module->event($alice, 'send-message', { to => $bob, text => 'hi' });
#   $module->hear("user:$bob");
#   my $told = $module->told(5);                 # { offset, packets, ... }

use warnings;
use strict;

use JSON::PP ();
use Time::HiRes qw(time);

use Chat::Bus qw(decode_envelope encode_envelope direct_id fresh_id slot_of);
use Chat::Process qw(wait_until);

use constant SECONDS_TO_ANSWER => 20;
use constant TTL_MS => 10_000;
use constant LOG_MS => 180_000;

my $json = JSON::PP->new->canonical->utf8->allow_nonref;

sub new {
    my ($class, %o) = @_;
    return bless { slots => Chat::Bus::SLOTS, replies => {}, told => [],
        node => 'fake', %o }, $class;
}

# Waits for the workers to have made the epoch, as the module does.
sub start {
    my ($self) = @_;

    $self->{incarnation} = sprintf '%s.%d.%08x', $self->{node}, $$,
        rand 2**32;
    $self->{commands} = $self->{redis}->client;
    $self->{subscriber} = $self->{redis}->client;
    $self->{subscriber}->subscribe($self->_key("reply:$self->{incarnation}"));

    wait_until('an epoch', SECONDS_TO_ANSWER,
        sub { $self->{commands}->cmd('HGET', $self->_key('meta'), 'epoch') });
    $self->alive;
    return $self;
}

sub _key { Chat::Bus::PREFIX . $_[1] }

# Leases the incarnation, keeps the logs of those people.
sub alive {
    my ($self, @uids) = @_;
    $self->{commands}->cmd('FCALL', 'chat_v1_node', 0, Chat::Bus::PREFIX,
        $self->{incarnation}, 10_000, LOG_MS, @uids);
}


# ---- jobs -------------------------------------------------------------------

# kind, lane, slot (or target: the text it is computed from), headers, body;
# id, ttl, from.  Returns the job's id.
sub add {
    my ($self, %j) = @_;
    my $id = $j{id} // fresh_id();
    my $slot = $j{slot} // slot_of($j{target} // $id, $self->{slots});
    my $text = encode_envelope(
        words => [ $id, $j{kind}, $j{ttl} // TTL_MS,
            $j{from} // $self->{incarnation} ],
        headers => $j{headers}, body => $j{body});

    $self->{commands}->cmd('XADD', $self->_key("jobs:$j{lane}:$slot"), '*',
        'j', $text);
    return $id;
}

# { status, type, headers, body (behind the packets), packets, json }
sub reply {
    my ($self, $id, $seconds) = @_;
    $self->_hear_until("the reply to $id", $seconds,
        sub { $self->{replies}{$id} });
    return delete $self->{replies}{$id};
}

sub replied { exists $_[0]{replies}{$_[1]} }

# A REST request: data becomes JSON.  Options: uid, lane, target, headers, and
# those of add(); wait => 0 returns the id.
sub request {
    my ($self, $method, $path, $data, %o) = @_;
    my ($bare, $query) = split /\?/, $path, 2;
    my $lane = $o{lane} // ($bare =~ m{^/api/auth/} ? 'auth'
        : $method =~ /^(?:GET|HEAD)$/ ? 'read' : 'default');

    my $id = $self->add(kind => 'http', %o, lane => $lane,
        target => $o{target} // $self->_target($bare, $data, $o{uid}),
        headers => { method => $method, path => $bare, query => $query,
            type => defined $data ? 'application/json' : undef,
            ip => '127.0.0.1', $self->_identity($o{uid}),
            %{$o{headers} || {}} },
        body => $o{body} // (defined $data ? $json->encode($data) : ''));

    return ($o{wait} // 1) ? $self->reply($id) : $id;
}

# A socket's event with its answer's first argument; data is its argument.
sub event {
    my ($self, $uid, $name, $data, %o) = @_;
    my $id = $self->add(kind => 'event', lane => 'default', %o,
        target => $o{target} // $self->_target('', $data, $uid),
        headers => { $self->_identity($uid), sid => $o{sid} // 'sid-of-' . $uid,
            nsp => '/', name => $name, ack => 1, %{$o{headers} || {}} },
        body => $json->encode([ $data ]));

    return $id unless $o{wait} // 1;
    my $reply = $self->reply($id);
    return $reply->{json}[0];
}

# A session's beginning: the whole reply.
sub open_session {
    my ($self, $uid, %o) = @_;
    my $id = $self->add(kind => 'session', lane => 'read', target => $uid,
        headers => { $self->_identity($uid), sid => $o{sid} // "sid-of-$uid",
            generation => 1, nsp => '/', state => 'open', ip => '127.0.0.1',
            %{$o{headers} || {}} });
    return ($o{wait} // 1) ? $self->reply($id) : $id;
}

sub presence {
    my ($self, $uid, $count) = @_;
    $self->add(kind => 'presence', lane => 'read', target => $uid,
        headers => { uid => $uid, count => $count });
}

# [conversation, uid, seq]...
sub delivered {
    my ($self, @lines) = @_;
    $self->add(kind => 'delivered', lane => 'default', from => '-',
        target => $lines[0][0], body => join '', map { "@$_\n" } @lines);
}

sub _identity {
    my ($self, $uid) = @_;
    return () unless defined $uid;
    return (uid => $uid, role => 'member', iat => int(time), exp =>
        int(time) + 3600);
}

# What the module finds in path and body, as far as tests ask for it.
sub _target {
    my ($self, $path, $data, $uid) = @_;
    return $1 if $path =~ m{^/api/conversations/([0-9a-f]{24})};
    return direct_id($uid, $1)
        if $path =~ m{^/api/messages/(?:send/)?([0-9a-f]{24})(?:/read)?$};
    return undef unless ref $data eq 'HASH';
    return $data->{conversationId} if $data->{conversationId};
    my $other = $data->{to} // $data->{userId};
    return defined $other && defined $uid ? direct_id($uid, $other) : $uid;
}


# ---- hearing ----------------------------------------------------------------

# Channels without prefix: user:ID, conv:ID, all.
sub hear {
    my ($self, @channels) = @_;
    $self->{subscriber}->subscribe(map { $self->_key($_) } @channels);
}

# The next event: { channel, offset, flags, conversation, seq, headers,
# packets => [ [name, args...] ] }.  With a test, the first it is true for.
sub told {
    my ($self, $seconds, $test) = @_;
    my $found;

    $self->_hear_until('an event', $seconds, sub {
        my $told = $self->{told};
        for my $i (0 .. $#$told) {
            next if $test && !$test->($told->[$i]);
            ($found) = splice @$told, $i, 1;
            return 1;
        }
        return 0;
    });
    return $found;
}

# The first with a packet of that name: the packet's first argument.
sub told_packet {
    my ($self, $name, $seconds) = @_;
    my $event = $self->told($seconds, sub {
        grep { $_->[0] eq $name } @{$_[0]{packets}} });
    return (grep { $_->[0] eq $name } @{$event->{packets}})[0][1];
}

sub _hear_until {
    my ($self, $what, $seconds, $condition) = @_;
    my $end = time + ($seconds // SECONDS_TO_ANSWER);

    until ($condition->()) {
        my ($channel, $text) = $self->{subscriber}->message($end - time)
            or die "waited in vain for: $what\n";
        $self->_sort_in($channel, decode_envelope($text));
    }
}

sub _sort_in {
    my ($self, $channel, $e) = @_;
    my $kind = substr $channel, length Chat::Bus::PREFIX;

    if ($kind =~ /^reply:/) {
        my ($id, $status, $type) = @{$e->{words}};
        $self->{replies}{$id} = $self->_reply($status, $type, $e);
        return;
    }

    my ($offset, $flags, $conversation, $seq) = @{$e->{words}};
    push @{$self->{told}}, { channel => $kind, offset => $offset,
        flags => $flags, conversation => $conversation, seq => $seq,
        headers => $e->{headers},
        packets => [ map { $json->decode($_) } split /\n/, $e->{body} ] };
}

sub _reply {
    my ($self, $status, $type, $e) = @_;
    my $body = $e->{body};

    $body = $self->{commands}->cmd('GET', $self->_key("blob:$e->{headers}{blob}"))
        if $e->{headers}{blob};
    my $packets = substr $body, 0, $e->{headers}{packets} // 0, '';

    return { status => $status, type => $type, headers => $e->{headers},
        body => $body, packets => [ map { $json->decode($_) } split /\n/, $packets ],
        json => length $body ? scalar eval { $json->decode($body) } : undef };
}

1;
