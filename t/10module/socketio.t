#!/usr/bin/perl

# Socket.IO packets: CONNECT and who is refused, events and their answers,
# DISCONNECT, and what breaks the protocol.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id slot_of);
use Chat::Front;
use Chat::JWT qw(jwt);
use Chat::Process qw(wait_until);

my $front = Chat::Front->new(socket => 'chat_timeout 2s;')->start;
my $worker = $front->worker;
my ($ws, $job, $text);

sub connect_packet { '40{"token":"' . $_[0] . '"}' }

# CONNECT until the session job is there.
sub asking {
    my ($uid, %o) = @_;
    my $ws = $front->websocket(%o);
    $ws->send_text(connect_packet($front->token($uid, %{$o{claims} || {}})));
    return ($ws, $worker->job_of('session'));
}

sub joined {
    my ($uid, %o) = @_;
    my ($ws, $job) = asking($uid, %o);
    $worker->grant($job);
    $ws->text =~ /^40/ && $ws->text =~ /authenticated/ or die 'not joined';
    return ($ws, $job);
}


# ---- CONNECT ----------------------------------------------------------------

my $exp = time + 3000;
my $iat = time - 5;

($ws, $job) = asking('alice', headers => [ 'User-Agent: Tester/1.0' ],
    claims => { exp => $exp, iat => $iat, role => 'teacher', sid => 'device7' });

my %want = (uid => 'alice', role => 'teacher', 'token-session' => 'device7',
    iat => $iat, exp => $exp, ip => '127.0.0.1', agent => 'Tester/1.0',
    nsp => '/', state => 'open', generation => 1);

is_deeply({ map { $_ => $job->{headers}{$_} } keys %want }, \%want,
    'the session job says who, from where and until when');
is($job->{lane}, 'read', 'it is in the lane for reads');
is($job->{slot}, slot_of('alice'), "in the slot of the user's id");
is($job->{ttl}, 2000, 'and lives as long as chat_timeout');
like($job->{headers}{sid}, qr/^[\w-]{20}$/, 'it names the socket');

$worker->finish($job, packets => [ [ 'authenticated', { user => 1 } ],
    [ 'online-users', [ 'bob' ] ] ]);
is($ws->text, qq(40{"sid":"$job->{headers}{sid}"}),
    'CONNECT is granted with the sid');
is($ws->text, '42["authenticated",{"user":1}]', "then the reply's packets");
is($ws->text, '42["online-users",["bob"]]', '… in order');

my $sid = $job->{headers}{sid};


# ---- who is refused ---------------------------------------------------------

my $key = $front->{key};

for my $case (
    [ 'no token', undef ],
    [ 'junk', 'junk' ],
    [ 'an empty token', '' ],
    [ 'an expired token', $front->token('eve', exp => time - 1) ],
    [ 'a token that is not yet good', $front->token('eve', nbf => time + 60) ],
    [ 'a wrong signature', jwt('x' x 32, sub => 'eve') ],
    [ 'alg none', jwt($key, sub => 'eve', _header => { alg => 'none' }) ],
    [ 'another algorithm', jwt($key, sub => 'eve',
        _header => { alg => 'HS512' }) ],
    [ 'a token of nobody', jwt($key) ],
    [ 'an id that cannot be one', jwt($key, sub => "eve\nuid: admin") ],
    [ 'a role that would forge a header', jwt($key, sub => 'eve',
        role => "a\nuid: admin") ],
    [ 'a token longer than any', 'x' x 10_000 ],
) {
    my ($name, $token) = @$case;
    my $ws = $front->websocket;
    $ws->send_text(defined $token ? connect_packet($token) : '40');
    like($ws->text, qr/^44\{"message":"[^"]+","data":\{"code":"unauthorized"\}\}$/,
        "$name is refused");
    $ws->send_text('40');
    like($ws->text, qr/^44/, '… and the connection stays');
}

$ws = $front->websocket;
$ws->send_text('40{"token":{"a":1}}');
like($ws->text, qr/^44\{/, 'a token that is no string is refused');
$ws->send_text('40/admin,{"token":"' . $front->token('eve') . '"}');
is($ws->text, '44/admin,{"message":"Invalid namespace"}',
    'an unknown namespace is refused by its name');
$ws->send_text('40/admin');
is($ws->text, '44/admin,{"message":"Invalid namespace"}', '… without a comma too');
$ws->send_text(connect_packet($front->token('eve')));
$worker->finish($worker->job_of('session'), status => 403,
    json => { message => "gone \"away\"", code => 'disabled' });
is($ws->text, '44{"message":"gone \"away\"","data":{"code":"disabled"}}',
    'a refusal by the worker has its words');
$ws->send_text(connect_packet($front->token('eve')));
$worker->finish($worker->job_of('session'), status => 401, body => 'nonsense');
is($ws->text, '44{"message":"Not allowed","data":{"code":"forbidden"}}',
    'a refusal without words has ours');
$ws->send_text(connect_packet($front->token('eve')));
$worker->grant($worker->job_of('session'));
like($ws->text, qr/^40\{"sid"/, 'and the next CONNECT may be granted');


# ---- the handshake's token --------------------------------------------------

for my $header ('Authorization: Bearer ', 'Cookie: jwt=') {
    my $ws = $front->websocket(headers => [ $header . $front->token('carol') ]);
    $ws->send_text('40');
    $job = $worker->job_of('session');
    is($job->{headers}{uid}, 'carol', "$header… speaks for a CONNECT without");
    $worker->grant($job);
    $ws->text =~ /^40/ && $ws->text or die;
    $ws->send_text('41');
    is($worker->job_of('session')->{headers}{state}, 'close', 'it leaves');
    $ws->send_text('40');
    is($worker->job_of('session')->{headers}{state}, 'open',
        '… and may come again');
    $ws->close;
}

$ws = $front->websocket(headers => [ 'Authorization: Bearer '
    . $front->token('carol') ]);
$ws->send_text(connect_packet($front->token('dave')));
$job = $worker->job_of('session');
is($job->{headers}{uid}, 'dave', "CONNECT's own token comes first");
$ws->close;

$ws = $front->websocket(headers => [ 'Cookie: jwt=' . $front->token('carol') ]);
$ws->send_text(connect_packet('junk'));
like($ws->text, qr/^44/, 'and a bad one is not made good by the cookie');


# ---- events -----------------------------------------------------------------

my $conversation = direct_id('alice', 'bob');

($ws) = joined('alice');
$ws->send_text('425["send-message",{"to":"bob","text":"h\u00e9 \"q\""},2]');
$job = $worker->job_of('send-message');
is($job->{kind}, 'event', 'an event is a job');
is($job->{lane}, 'default', '… of the lane default');
is($job->{slot}, slot_of($conversation), '… in the slot of the conversation');
is($job->{body}, '[{"to":"bob","text":"h\u00e9 \"q\""},2]',
    '… with the arguments as they came');
is($job->{headers}{ack}, 1, '… which says that an ack is awaited');
is($job->{headers}{nsp}, '/', '… and where');
$worker->finish($job, body => '[{"ok":true, "n":1.0}]');
is($ws->text, '435[{"ok":true, "n":1.0}]', 'the reply is the ack, as it came');

$ws->send_text('42["ping-me"]');
$job = $worker->job_of('ping-me');
is($job->{body}, '[]', 'an event without arguments has none');
ok(!defined $job->{headers}{ack}, 'no ack is awaited');
is($job->{slot}, slot_of('alice'), "without a conversation: the user's slot");
$worker->finish($job, json => [ { ok => 1 } ]);

$ws->send_text('420["two" , {"conversationId":"' . $conversation . '"} ]');
$job = $worker->job_of('two');
is($job->{slot}, slot_of($conversation), 'conversationId gives the slot');
$worker->finish($job, json => [], packets => [ [ 'before', {} ] ]);
is($ws->text, '42["before",{}]', "a reply's packets come before its ack");
is($ws->text, '430[]', '… and no answer came for what wanted none');

for my $n (1 .. 5) { $ws->send_text(qq(42${n}["n",$n])) }
my @jobs = map { $worker->job_of('n') } 1 .. 5;
is(join(' ', map { $_->{json}[0] } @jobs), '1 2 3 4 5',
    'events of a socket arrive in order');
$worker->finish($jobs[$_], json => [ $_ ]) for reverse 0 .. 4;
is(join(' ', map { $ws->text } 1 .. 5), '435[4] 434[3] 433[2] 432[1] 431[0]',
    'answers find their ids');

$ws->send_text('427["big"]');
$job = $worker->job_of('big');
$worker->finish($job, json => [ 'x' x 50_000 ]);
is(length $ws->text, 50_000 + length '437[""]', 'a large answer arrives');

$ws->send_text('428["many"]');
$worker->finish($worker->job_of('many'), json => [ 1 ],
    packets => [ map { [ 'p', { n => $_ } ] } 1 .. 300 ]);
is(join(',', map { $ws->text =~ /(\d+)\}/ } 1 .. 300), join(',', 1 .. 300),
    'many packets arrive in order');
is($ws->text, '438[1]', '… before the ack');


# ---- no answer --------------------------------------------------------------

$ws->send_text('429["slow"]');
$job = $worker->job_of('slow');
like($ws->text(5), qr/^439\[\{"ok":false,"error":\{"code":"timeout","message":/,
    'an event that nobody answers fails in time');
$worker->finish($job, json => [ 'late' ]);
$ws->send_text('42["slow"]');
$job = $worker->job_of('slow');
like($ws->text(5), qr/^42\["error",\{"code":"timeout","message":/,
    '… with an event where no ack is awaited');
$worker->finish($job, json => [ 'late' ]);

$worker->stop;
wait_until('the module to see it', 20, sub {
    $ws->send_text('4210["x"]');
    my $text = $ws->text;
    return $text =~ /"unavailable"/;
});
pass('without workers an event fails at once');

my $other = $front->websocket;
$other->send_text(connect_packet($front->token('bob')));
is($other->closed(10), 0,
    'a CONNECT that cannot be answered now closes the engine');
$worker->start;
wait_until('the module to see it', 20, sub {
    $ws->send_text('4211["back"]');
    my $text = $ws->text(0.2) or return 1;
    return $text !~ /"unavailable"/;
});
$worker->finish($worker->job_of('back'), json => [ 1 ]);
pass('workers are back');


# ---- authenticate -----------------------------------------------------------

($ws) = joined('alice');

my $fresh = $front->token('alice', role => 'admin', exp => time + 9999);
$ws->send_text(qq(421["authenticate",{"token":"$fresh"}]));
is($ws->text, '431[{"ok":true}]', 'a fresh token is taken');
$ws->send_text('422["who"]');
$job = $worker->job_of('who');
is($job->{headers}{role}, 'admin', '… and speaks for what follows');
$worker->finish($job, json => [ 1 ]);
$ws->text;

for my $case (
    [ "another user's", '{"token":"' . $front->token('bob') . '"}' ],
    [ 'a bad one', '{"token":"junk"}' ],
    [ 'none', '{}' ],
    [ 'no object', '"junk"' ],
) {
    my ($name, $argument) = @$case;
    $ws->send_text(qq(423["authenticate",$argument]));
    like($ws->text, qr/^433\[\{"ok":false,"error":\{"code":"unauthorized"/,
        "a token is refused: $name");
}
$ws->send_text('424["who"]');
$job = $worker->job_of('who');
is($job->{headers}{uid}, 'alice', 'the socket is who it was');
$worker->finish($job, json => [ 1 ]);
$ws->text;


# ---- DISCONNECT -------------------------------------------------------------

($ws, $job) = joined('frank');
$sid = $job->{headers}{sid};
$ws->send_text('41');
$job = $worker->job_of('session');
is($job->{headers}{state}, 'close', 'a DISCONNECT is told');
is($job->{headers}{sid}, $sid, '… of that socket');
$ws->send_text(connect_packet($front->token('frank')));
$job = $worker->job_of('session');
isnt($job->{headers}{sid}, $sid, 'a new CONNECT has a new sid');
$worker->grant($job);
like($ws->text, qr/^40/, 'and is granted on the same connection');
$ws->text;

$ws->send_text('427["never"]');
$worker->job_of('never');
$ws->close;
$front->wait_metric('sockets', $front->metric('sockets'));


# ---- the protocol broken ----------------------------------------------------

for my $packet ('42', '42[]', '42{}', '42[true]', '42["connect"]', '42["a"', '42["a"]x',
    '42["a",]', "42[\"a\t\"]", '42["a\ud800"]', '4-1["a"]', '42-1["a"]', '49', '4',
    '41["x"]', '41/other', '42/other,["a"]', '44{"message":"x"}', '431{}',
    '450-["a"]', '45-["a"]', '4511-["a"]', '451-["a",{"_placeholder":true,"num":1}]',
    '40', '40{"token":"x"}', '42' . '["a",' . '[' x 512 . ']' x 512 . ']')
{
    my $before = $front->metric('protocol_errors_total');
    my ($ws) = joined('grace');
    $ws->send_text($packet);
    is($ws->closed, 0, 'closed, without a code, after '
        . (length $packet > 40 ? 'JSON that is too deep' : $packet));
    is($front->metric('protocol_errors_total'), $before + 1, '… and counted');
}

for my $packet ('42["a"]', '41', '431[]', '40[]', '40null', '40"x"', '40{"a"') {
    my $ws = $front->websocket;
    $ws->send_text($packet);
    is($ws->closed, 0, "before a CONNECT closed after $packet");
}

($ws) = joined('heidi');
$ws->send_text('4399[1]');
$ws->send_text('423["on"]');
$worker->finish($worker->job_of('on'), json => [ 1 ]);
is($ws->text, '433[1]', 'an ack that nobody asked for is ignored');

done_testing();
