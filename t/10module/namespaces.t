#!/usr/bin/perl

# Namespaces: each a socket of its own on one connection; whom the chat's
# events reach; sessions without a user.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP ();
use Test::More;

use Chat::Bus qw(slot_of);
use Chat::Front;
use Chat::Process qw(wait_until);

my $front = Chat::Front->new(
    socket => 'chat_namespace /custom /other;',
    server => <<'EOC')->start;
    location = /open/ { chat_socket; chat_auth off; chat_namespace /custom; }
    location = /maybe/ { chat_socket; chat_auth optional; chat_recovery 1m; }
    location = /soon/ {
        chat_socket; chat_auth off; chat_namespace /custom;
        chat_connect_timeout 2s;
    }
EOC
my $worker = $front->worker;

use constant QUERY => '?EIO=4&transport=websocket';

sub auth { '{"token":"' . $front->token($_[0]) . '"}' }

# Joins a namespace; the session job.
sub join_as {
    my ($ws, $nsp, $payload, %result) = @_;
    $ws->send_text($nsp eq '/' ? "40$payload" : "40$nsp,$payload");
    my $job = $worker->job_of('session');
    $nsp eq '/' && $job->{headers}{uid} ? $worker->grant($job, %result)
                                        : $worker->finish($job, %result);
    my $head = $nsp eq '/' ? '' : "$nsp,";
    my $text = $ws->text;
    $text =~ /^40\Q$head\E\{"sid":"\Q$job->{headers}{sid}\E"/ or die "not joined: $text";
    $ws->text if $nsp eq '/' && $job->{headers}{uid};
    return $job;
}

# ---- several on one connection ----------------------------------------------

my $ws = $front->websocket;
my $root = join_as($ws, '/', auth('alice'));
my $custom = join_as($ws, '/custom', auth('alice'),
    packets => [ [ 'hello', { n => 1 } ] ]);

is($custom->{headers}{nsp}, '/custom', 'the session job names the namespace');
is($custom->{headers}{uid}, 'alice', '… and who it is');
isnt($custom->{headers}{sid}, $root->{headers}{sid}, 'each has a sid of its own');
is($ws->text, '42/custom,["hello",{"n":1}]', "a reply's packets are in it");
is($front->metric('sockets'), 2, 'both are counted');

$ws->send_text('42/custom,5["ping-me",1]');
my $job = $worker->job_of('ping-me');
is($job->{headers}{nsp}, '/custom', 'an event says where it came from');
is($job->{headers}{sid}, $custom->{headers}{sid}, '… by whom');
$ws->send_text('425["ping-me",2]');
my $other = $worker->job_of('ping-me');
is($other->{headers}{nsp}, '/', '… and the same in `/`');
$worker->finish($other, json => [ 'root' ]);
$worker->finish($job, json => [ 'custom' ]);
is($ws->text, '435["root"]', 'ids are of a namespace:');
is($ws->text, '43/custom,5["custom"]', 'each gets its own answer');

# a logged event of the user, then an answer, by which all before has come
sub told_then_answered {
    my ($nsp, @events) = @_;
    my $head = $nsp eq '/' ? '' : "$nsp,";
    $ws->send_text("42${head}9[\"go\"]");
    $worker->finish($worker->job_of('go'), json => [ 'gone' ], events => \@events);
    my @texts;
    while (my $text = $ws->text) {
        push @texts, $text;
        last if $text eq "43${head}9[\"gone\"]";
    }
    return join ' | ', @texts;
}

like(told_then_answered('/custom',
    { to => [ 'ualice' ], packets => [ [ 'news', { n => 1 } ] ] }),
    qr{^42\["news",\{"n":1\}\] \| 43/custom,9\["gone"\]$},
    "a user's events reach his socket in `/` alone");

$ws->send_text('41/custom,');
$job = $worker->job_of('session');
is_deeply([ @{$job->{headers}}{qw(nsp state sid)} ],
    [ '/custom', 'close', $custom->{headers}{sid} ], 'leaving one is told');
like(told_then_answered('/'), qr/gone/, '… and the other goes on');
isnt(join_as($ws, '/custom', auth('alice'))->{headers}{sid},
    $custom->{headers}{sid}, 'it can be joined again, with another sid');
join_as($ws, '/other', auth('bob'));
is($front->metric('sockets'), 3, 'three are joined, one as somebody else');

$worker->finish($worker->job_of('last'), json => [ 1 ], events => [
    { to => [ 'ualice' ], flags => 'c', logged => 0 } ])
    if $ws->send_text('421["last"]') || 1;
is(join(' ', sort map { $ws->text // '' } 1 .. 2), '41 41/custom,',
    'who is told to go leaves every namespace that he is in');
$ws->closed(5);
$front->wait_metric('sockets', 0);


# ---- refused, and the rules -------------------------------------------------

$ws = $front->websocket;
$ws->send_text('40/custom,' . auth('eve'));
$worker->finish($worker->job_of('session'), status => 403,
    json => { message => 'not here', code => 'private' });
is($ws->text, '44/custom,{"message":"not here","data":{"code":"private"}}',
    'a refusal names the namespace');
$ws->send_text('40/custom,{"token":"junk"}');
like($ws->text, qr{^44/custom,\{"message":"[^"]+","data":\{"code":"unauthorized"\}\}$},
    '… so does that of a bad token');
for my $name ('/nowhere', '/Custom', '/custom/', '/custom?x=1') {
    $ws->send_text("40$name,{}");
    is($ws->text, qq(44$name,{"message":"Invalid namespace"}), "there is no $name");
}
join_as($ws, '/custom', auth('eve'));
join_as($ws, '/', auth('eve'));

for my $case (
    [ '40/custom,' . auth('eve'), 'a second CONNECT' ],
    [ '42/other,["x"]', 'an event where it has not joined' ],
    [ '43/other,1[]', 'an ack there' ],
    [ '41/other,', 'leaving it' ],
    [ '42/nowhere,["x"]', 'an event where nothing is' ],
    [ '41/custom,["x"]', 'leaving with words' ],
) {
    my ($packet, $name) = @$case;
    my $ws = $front->websocket;
    join_as($ws, '/custom', auth('eve'));
    $ws->send_text($packet);
    is($ws->closed, 0, "$name closes the connection");
}
{
    my $ws = $front->websocket;
    join_as($ws, '/', auth('eve'));
    $ws->send_text('41');
    $worker->job_of('session');
    $ws->send_text('42["x"]');
    is($ws->closed, 0, 'so does an event after leaving');
}


# ---- without a user ---------------------------------------------------------

sub open_ws {
    my $ws = $front->websocket(path => $_[0] . QUERY, @_[1 .. $#_]);
    return $ws;
}

$ws = open_ws('/open/', headers => [ 'Authorization: Bearer junk' ]);
$job = join_as($ws, '/', '{"token":"opaque","pid":"p","offset":"o"}');
ok(!exists $job->{headers}{uid}, 'nobody is in the session job');
is($job->{body}, '{"token":"opaque","pid":"p","offset":"o"}',
    "… but CONNECT's payload is");
is($job->{slot}, slot_of($job->{headers}{sid}), '… in the slot of the socket');
$ws->send_text('421["x",{"to":"bob"}]');
my $event = $worker->job_of('x');
ok(!exists $event->{headers}{uid}, 'nor in an event');
is($event->{slot}, $job->{slot}, '… which stays in order with others');
$worker->finish($event, json => [ 1 ]);
is($ws->text, '431[1]', 'it is answered');
is_deeply([ grep { /log:$|pid:/ } @{$front->redis->cmd('KEYS', 'chat:*')} ], [],
    'no log, nothing to recover');
$worker->tell({ to => [ 'a' ], packets => [ [ 'all', {} ] ], logged => 0 });
$ws->send_text('422["y"]');
$worker->finish($worker->job_of('y'), json => [ 2 ]);
is($ws->text, '432[2]', "the chat's events are not for it");
join_as($ws, '/custom', '');
$ws->send_text('41');
is($worker->job_of('session')->{headers}{state}, 'close', 'it leaves');
$ws->close;

$ws = open_ws('/maybe/');
$job = join_as($ws, '/', '{"a":1}');
ok(!exists $job->{headers}{uid}, 'where a token is optional nobody may come');
$ws->close;
$ws = open_ws('/maybe/');
$ws->send_text('40{"token":"junk"}');
like($ws->text, qr/^44\{/, '… but no bad one');
$ws->send_text('40{"a":[1, 2],"token" : "' . $front->token('carol') . '"}');
$job = $worker->job_of('session');
is($job->{headers}{uid}, 'carol', '… and a good one counts');
is($job->{body}, '{"a":[1, 2],"token" : null}', 'which stays in nginx');
$worker->grant($job);
like($ws->text, qr/^40\{"sid":"[^"]+","pid":"/, 'who is known can recover');
$ws->close;


# ---- the connect timeout ----------------------------------------------------

$ws = open_ws('/soon/');
is($ws->closed(10), 0, 'who joins nothing is closed');

$ws = open_ws('/soon/');
$ws->send_text('40/nowhere,');
$ws->text;
is($ws->closed(10), 0, '… also who asks for what there is not');

$ws = open_ws('/soon/');
join_as($ws, '/custom', '');
$ws->send_text('41/custom,');
$worker->job_of('session');
ok(!defined $ws->text(3), 'who joined once and left all is not');
ok(!defined $ws->closed(0.1), '… and its connection is open');
join_as($ws, '/', '');
pass('and can join again');


# ---- the link to Redis lost -------------------------------------------------

my %ws = (both => $front->websocket, custom => $front->websocket,
    nobody => open_ws('/open/'));
join_as($ws{both}, '/', auth('fay'));
join_as($ws{both}, '/custom', auth('fay'));
join_as($ws{custom}, '/custom', auth('gil'));
join_as($ws{nobody}, '/', '');

my @channels = qw(chat:user:fay chat:user:gil);
$front->redis->cmd('CLIENT', 'KILL', 'TYPE', 'pubsub');
wait_until('the channels to be heard again', 20, sub {
    my %heard = @{$front->redis->cmd('PUBSUB', 'NUMSUB', @channels)};
    return @channels == grep { $heard{$_} } @channels;
});

# An event is answered, at the latest in another connection.
sub goes_on {
    my ($name, $nsp, $payload) = @_;
    my $head = $nsp eq '/' ? '' : "$nsp,";
    my $came_back = 0;

    wait_until("$name$nsp to go on", 20, sub {
        $ws{$name}->send_text("42${head}5[\"x\"]");
        my $job = eval { $worker->job_of('x', 0.5) };
        $worker->finish($job, json => [ 1 ]) if $job;
        my $text = $ws{$name}->text;
        return 1 if defined $text && $text =~ /^43\Q$head\E5\[1\]/;
        return 0 if defined $text || !$ws{$name}->eof;
        $ws{$name} = $front->websocket;
        join_as($ws{$name}, $nsp, $payload);
        $came_back++;
        return 0;
    });
    return $came_back;
}

is(goes_on('nobody', '/', ''), 0, 'nobody has not noticed');
is(goes_on('both', '/', auth('fay')), 0, 'who was in `/` goes on there');
is(goes_on('both', '/custom', auth('fay')), 0, '… and elsewhere');
cmp_ok(goes_on('custom', '/custom', auth('gil')), '<=', 1,
    'who was only elsewhere goes on, if need be anew');

done_testing();
