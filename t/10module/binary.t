#!/usr/bin/perl

# Attachments from the bus to clients, in each form that they take; what is
# volatile; what may stand at the end of a packet.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use MIME::Base64 qw(encode_base64);
use Test::More;

use Chat::Front;
use Chat::Polling;

my $front = Chat::Front->new(recovery => '1m', server => <<'EOC')->start;
    location = /plain/ { chat_socket; chat_recovery off; }
    location = /patient/ { chat_socket; chat_recovery off; chat_send_queue 64m; }
EOC
my $worker = $front->worker;

my $holder = '{"_placeholder":true,"num":0}';
my $offset = qr/"\d+\.\d+"/;

# A socket of alice, by one of the ways; what it hears next, bytes as base64.
sub alice {
    my ($way, $path) = @_;
    my $packet = '40{"token":"' . $front->token('alice') . '"}';
    my $self = { way => $way };

    if ($way eq 'polling') {
        $self->{p} = Chat::Polling->open(port => $front->port, path => $path);
        my $post = $self->{p}->start('POST', $packet);
        $worker->grant($worker->job_of('session'));
        $self->{p}->end($post);
        my @all;
        push @all, $self->{p}->get while @all < 2;
    } else {
        $self->{ws} = $front->websocket(path =>
            "$path?EIO=4&transport=websocket" . ($way eq 'base64' ? '&b64=1' : ''));
        $self->{ws}->send_text($packet);
        $worker->grant($worker->job_of('session'));
        $self->{ws}->text for 1 .. 2;
    }
    return $self;
}

sub hears {
    my ($self, $count) = @_;
    my @all;
    if ($self->{p}) {
        push @all, $self->{p}->get while @all < $count;
    } else {
        @all = map { my $f = $self->{ws}->frame // { opcode => 0 };
            $f->{opcode} == 2 ? 'bytes ' . encode_base64($f->{payload}, '')
                              : $f->{payload} // 'nothing' } 1 .. $count;
    }
    return join ' ', @all;
}

# An event of alice: a whole line of packets, and what is attached.
sub told {
    my ($lines, %o) = @_;
    my @attached = @{delete $o{attached} || []};
    $worker->tell({ to => [ 'ualice' ], body => $lines . join('', @attached),
        @attached ? (headers => { att => join ',', map { length } @attached }) : (),
        %o });
}


# ---- events -----------------------------------------------------------------

my %sockets;
for my $way (qw(websocket base64 polling)) {
    $sockets{$way} = alice($way, '/socket.io/');
    $sockets{"$way plain"} = alice($way, '/plain/');
}

told(qq(["a",1]\n2-["b",$holder,{"x":{"_placeholder":true,"num":1}}]\n1-["c",$holder]),
    attached => [ "\x00\xff\n", '', 'third' ]);

my %bytes = (websocket => 'bytes ', base64 => 'b', polling => 'b');
for my $name (sort keys %sockets) {
    my ($way, $plain) = split ' ', $name;
    my ($b, $o) = ($bytes{$way}, $plain ? '' : qr/,$offset/);
    my $p = qr/\Q{"_placeholder":true,"num":\E/;
    like(hears($sockets{$name}, 6),
        qr/^42\["a",1$o\] 452-\["b",${p}0\},\{"x":${p}1\}\}$o\] ${b}AP8K $b 451-\["c",${p}0\}$o\] ${b}dGhpcmQ=$/,
        "$name: attachments behind their packets");
}

my $large = join '', map { chr rand 256 } 1 .. 100_000;
told(qq(1-["large",$holder]), attached => [ $large ]);
for my $way (qw(websocket base64 polling)) {
    is((split / /, hears($sockets{$way}, 2), 2)[1],
        $bytes{$way} . encode_base64($large, ''), "$way: a large one");
    hears($sockets{"$way plain"}, 2);
}

told(qq(["before"]\n11-["much",$holder]\n1-\n-["x"]\n{"a":1}\n3["x"]\n["after"]));
like(hears($sockets{websocket}, 2), qr/^42\["before",$offset\] 42\["after",$offset\]$/,
    'what is no packet is left out');
hears($_, 2) for grep { $_ != $sockets{websocket} } values %sockets;
$front->nginx->allow(qr/a packet of a worker cannot be read/);

# Attachments that are not there: nobody hears it, and nobody is closed, which
# would be within a second.
my $ear = alice('websocket', '/socket.io/');
told(qq(2-["missing",$holder]\n), attached => [ 'one' ]);
told(qq(1-["missing",$holder]), headers => { att => '900' });
told('["after"]');
like(hears($_, 1), qr/^42\["after"/, 'an event without its attachments is left out')
    for $ear, values %sockets;
ok(!$ear->{ws}->frame(1.5) && !$ear->{ws}->eof, '… and nobody is closed for it');
$ear->{ws}->close;
$front->nginx->allow(qr/attachments of an event cannot be read/);


# ---- the end of a packet ----------------------------------------------------

sub heard_by_websockets {
    return map { hears($sockets{$_}, 1) } 'websocket', 'websocket plain';
}

for my $case (
    [ '["e","text"]', '["e","text",null]' ],
    [ '["e","text" ]', '["e","text" ,null]' ],
    [ '["e"]', '["e",null]' ],
    [ '["e","text",1]', '["e","text",1]' ],
    [ '["e",{"a":"b"}]', '["e",{"a":"b"}]' ],
    [ '["e",["a"]]', '["e",["a"]]' ],
) {
    my ($said, $guarded) = @$case;
    told($said, logged => 0);
    my ($recovering, $plain) = heard_by_websockets();
    is($recovering, "42$guarded", "$said is not taken for an offset");
    is($plain, "42$said", '… and is as it was where nobody recovers');
    hears($sockets{$_}, 1) for grep { !/websocket/ } keys %sockets;
}
told('["e","text"]');
like((heard_by_websockets())[0], qr/^42\["e","text",$offset\]$/,
    'what is logged has its offset');
hears($sockets{$_}, 1) for grep { !/websocket/ } keys %sockets;


# ---- replies ----------------------------------------------------------------

sub asked {
    my ($result, $count, $socket) = @_;
    $socket //= $sockets{websocket};
    $socket->{ws}->send_text('427["ask"]');
    $worker->finish($worker->job_of('ask'), %$result);
    return hears($socket, $count);
}

my $lines = qq(1-["p",$holder]\n["q","text"]\n);
like(asked({ body => qq(${lines}2-[$holder,{"_placeholder":true,"num":1}]abcd),
        headers => { packets => length $lines, att => '1,1,2' } }, 6),
    qr/^451-\["p",\Q$holder\E\] bytes YQ== 42\["q","text",null\] 462-7\[\Q$holder\E,[^ ]+\] bytes Yg== bytes Y2Q=$/,
    "a reply's packets and its ack have each their own");
like(asked({ body => '[1]', headers => { att => '9' } }, 1),
    qr/^437\[\{"ok":false,"error":\{"code":"internal"/,
    'attachments that are not there: an answer that says no');
like(asked({ body => '[1]', headers => { packets => 9 } }, 1),
    qr/^437\[\{"ok":false,"error":\{"code":"internal"/, '… nor packets');
like(asked({ body => 'what' }, 1), qr/^437\[\{"ok":false/, '… nor an ack');
is(asked({ body => "?[\"q\",\"text\"]\n[1]", headers => { packets => 14 } }, 2)
        =~ s/^42\d+/42#/r, '42#["q","text"] 437[1]',
    'what asks for an ack may end in a string');
my $plain = $sockets{'websocket plain'};
is(asked({ body => qq(1-[$holder]x), headers => { att => 5 } }, 1, $plain)
        =~ s/:.*//r, '437[{"ok"', 'longer than the reply');
$front->nginx->allow(qr/the parts of a reply are not where it says/);

$sockets{websocket}{ws}->send_text('427["ask"]');
$worker->finish($worker->job_of('ask'), body => qq(2-[$holder]x),
    headers => { att => 1 });
is($sockets{websocket}{ws}->closed, 0,
    'a packet with too few of them: the client comes back');


# ---- volatile ---------------------------------------------------------------

my $p = $sockets{polling}{p};
told('["v",1]', flags => 'v', logged => 0);
is(hears($sockets{'websocket plain'}, 1), '42["v",1]', 'a WebSocket hears it');
told('["n",2]', logged => 0);
is(hears($sockets{polling}, 1), '42["n",2]',
    'polling does not, when no GET is there, and does not wait');
my $get = $p->park;
told(qq(1-["v",$holder]), flags => 'v', logged => 0, attached => [ 'x' ]);
is(join(' ', split /\x1e/, $p->end($get)->{body}), qq(451-["v",$holder] beA==),
    '… and does with one, attachments and all');

# more than the kernel takes for one who does not read; the other's answer says
# that it was written as far as it can be
my $slow = alice('websocket', '/patient/');
my $reads = alice('websocket', '/plain/');
for my $n (1 .. 30) {
    told(qq(["fill",$n,{"a":"@{[ 'z' x 500_000 ]}"}]));
    $reads->{ws}->text;
}
asked({ body => '[1]' }, 1, $reads);
told(qq(1-["v",$holder]), flags => 'v', logged => 0, attached => [ 'x' ]);
told('["last"]');
is(hears($reads, 3), qq(451-["v",$holder] bytes eA== 42["last"]),
    'who reads hears what is volatile');
my @heard = map { hears($slow, 1) =~ s/,\{.*//r } 1 .. 31;
is("@heard", join(' ', (map { qq(42["fill",$_) } 1 .. 30), '42["last"]'),
    'who does not misses that alone');

done_testing();
