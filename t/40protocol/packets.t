#!/usr/bin/perl

# Socket.IO's packets byte by byte: what each type may carry, namespaces, ids,
# attachments; over WebSocket and over polling.  A connection whose client breaks
# a rule is closed, gracefully; what came before counts.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use MIME::Base64 qw(encode_base64);
use Test::More;

use Chat::Front;
use Chat::Polling;

use constant SID => qr/"[\w-]{20}"/;

my $front = Chat::Front->new(socket => <<'EOC')->start;
    chat_auth off;
    chat_namespace /custom /with;
    chat_max_payload 64k;
EOC

# Events come back as acks; one that wants no ack as an event `heard`.
$front->worker->serve(sub {
    my ($job) = @_;
    return (status => 200) if $job->{kind} eq 'session';
    my $said = "$job->{headers}{nsp} $job->{headers}{name}";
    return (json => [ $said ]) if $job->{headers}{ack};
    return (packets => [ [ 'heard', { by => $said } ] ], json => []);
});


# ---- two ways to speak ------------------------------------------------------

# Both send packets (references are bytes to attach) and hear until an event
# was answered or it is over: what was said, in order, at the end "closed".

my $probe = '42998["probe"]';
my $answer = '43998["/ probe"]';

sub websocket {
    my ($first, @packets) = @_;
    my $ws = $front->websocket;
    my @heard;

    for ($first // (), @packets) {
        ref ? $ws->send_frame(2, $$_) : $ws->send_text($_);
    }
    while (1) {
        my $text = $ws->text;
        return (@heard, $ws->eof ? 'closed' : 'nothing') if !defined $text;
        return @heard if $text eq $answer;
        push @heard, $text;
    }
}

sub polling {
    my ($first, @packets) = @_;
    my $p = Chat::Polling->open(port => $front->port);
    my (@heard, @bodies);
    push @bodies, [];

    for my $packet (map { ref ? 'b' . encode_base64($$_, '') : $_ } @packets) {
        push @bodies, [] if @{$bodies[-1]} && length("@{$bodies[-1]} $packet") > 60_000;
        push @{$bodies[-1]}, $packet;
    }
    $p->post(@$_) for grep { @$_ } [ $first // () ], @bodies;
    while (1) {
        my $r = $p->request('GET');
        return (@heard, "status $r->{status}") if $r->{status} != 200;
        for my $packet (split /\x1e/, $r->{body}) {
            return (@heard, 'closed') if $packet eq '1';
            return @heard if $packet eq $answer;
            push @heard, $packet if $packet ne '6';
        }
    }
}

my %ways = (websocket => \&websocket, polling => \&polling);

sub short { length $_[0] > 60 ? substr($_[0], 0, 57) . '...' : $_[0] }

# After joining `/` with $first (undef: not at all), then @packets.
sub row {
    my ($name, $expected, $first, @packets) = @_;
    for my $way (sort keys %ways) {
        my @heard = map { s/"sid":${\SID}/"sid"/r }
            $ways{$way}->($first, @packets, $probe);
        shift @heard if defined $first && $first eq '40';
        my $got = join ' ', @heard;
        ref $expected ? like($got, $expected, "$way: $name")
                      : is($got, $expected, "$way: $name");
    }
}

sub closes { row("closed by @{[ short($_) ]}", 'closed', '40', $_) for @_ }
sub ignored { row("ignored: @{[ short($_) ]}", '', '40', $_) for @_ }


# ---- CONNECT ----------------------------------------------------------------

row("granted: $_", qr/^40\{"sid"\}/, undef, $_)
    for '40', '40{}', '40{"a":[1]}', '40/', '40/,', '40/,{"a":1}', '40123', '40 {} ';
row("of a namespace: $_", qr{^40/custom,\{"sid"\}}, undef, $_, '40')
    for '40/custom', '40/custom,', '40/custom,{}', '40/custom,7{}';
row("no such namespace: $_",
    '44' . (/^40([^,]*)/)[0] . ',{"message":"Invalid namespace"} 40{"sid"}',
    undef, $_, '40')
    for '40/nowhere', '40/nowhere,{}', '40/custom?x=1', '40/custom/,', '40/CUSTOM',
        '40/' . 'n' x 127;
row("not a CONNECT: $_", 'closed', undef, $_)
    for '40[]', '40null', '40"x"', '40{', '40{"a":1}x', '40/custom,[]', '40{"a":01}',
        "40{\"a\":\"\x01\"}", '40{"a":"\ud800"}', '40{"a"}', '40/' . 'n' x 128,
        '40,', '40/a' . "\x7f";
row('before any CONNECT: ' . short($_), 'closed', undef, $_)
    for '42["x"]', '41', '431[]', '451-["x"]', '461-1[]', '42/custom,["x"]';
row('a second one', 'closed', '40', '40');
row('a second one of a namespace', qr{^40/with,\{"sid"\} closed$}, '40', '40/with,',
    '40/with,');
row('an event right behind its CONNECT', qr{^40\{"sid"\} 431\["/ x"\]$}, undef,
    '40', '421["x"]');


# ---- other types ------------------------------------------------------------

closes('44{"message":"x"}', '44', '47', '48', '49', '4a', '4-', '4/', '4', '4 2["x"]',
    '442["x"]');
closes('41["x"]', '41{}', '41,', '41null', '41 x', '41/custom,', '41/with');
row('an event after leaving', 'closed', '40', '41');
row('leaving, then coming again', qr/^40\{"sid"\}$/, '40', '41', '40');


# ---- EVENT ------------------------------------------------------------------

row("heard: @{[ short($$_[0]) ]}", "42[\"heard\",{\"by\":\"/ $$_[1]\"}]", '40', $$_[0])
    for [ '42["x"]', 'x' ], [ '42["x",1,null,{"a":[]}]', 'x' ],
        [ '42 [ "x" , 1 ] ', 'x' ], [ '42["connection"]', 'connection' ],
        [ '42["error"]', 'error' ], [ '42[7,8]', '7' ],
        [ '42["x",{"_placeholder":true,"num":9}]', 'x' ],
        [ '42["' . 'n' x 64 . '"]', 'n' x 64 ],
        [ '42/,["x"]', 'x' ], [ '42["x",' . '[' x 511 . ']' x 511 . ']', 'x' ],
        [ '42["x","' . 'y' x 60_000 . '"]', 'x' ];
row("answered: $$_[0]", $$_[1], '40', $$_[0])
    for [ '420["x"]', '430["/ x"]' ], [ '427["x"]', '437["/ x"]' ],
        [ '42007["x"]', '437["/ x"]' ],
        [ '42999999999999999["x"]', '43999999999999999["/ x"]' ],
        [ '42/,3["x"]', '433["/ x"]' ];
closes('42', '4212', '42/,', '42[]', '42{}', '42null', '42[null]', '42[true]', '42[{}]',
    '42[[]]', '42"x"', '42["x"', '42["x"]]', '42["x",]', '42[,"x"]', '42["x" 1]',
    "42['x']", '42[x]', '42["x",01]', '42["x",+1]', '42["x",.5]', '42["x",1.]',
    '42["x",NaN]', '42["x",tru]', "42[\"x\",\"\t\"]", "42[\"x\",\"\x1f\"]",
    '42["x","\x"]', '42["x","\ud800"]', '42["x","\udc00\ud800"]',
    '42-1["x"]', '421.5["x"]', '421e3["x"]', '42 1["x"]', '42+1["x"]',
    '420x10["x"]', '429999999999999999["x"]',
    '42["' . 'n' x 65 . '"]', '42["x",' . '[' x 512 . ']' x 512 . ']',
    '42["x",' . '{"a":' x 100_00, '42/nowhere,["x"]', '42/custom,["x"]', '42custom,["x"]',
    map { qq(42["$_"]) } qw(connect connect_error disconnect disconnecting
        newListener removeListener));


# ---- ACK --------------------------------------------------------------------

ignored('431[]', '431["x",{}]', '43[]', '43', '431', '43999999999999999[1]');
closes('431{}', '431null', '431"x"', '431[', '43-1[]', '431.5[]', '43/custom,1[]',
    '439999999999999999[]');


# ---- attachments ------------------------------------------------------------

my $zero = '{"_placeholder":true,"num":0}';
my @bytes = (\"\x00\xff", \'');

row("whole: @{[ short($$_[0]) ]}", '437["/ x"]', '40', @$_)
    for [ qq(451-7["x",$zero]), \'a' ], [ qq(451-7["x",$zero,{"a":[$zero]}]), \'a' ],
        [ '451-7["x"]', \'a' ], [ '452-7["x",{"num":1,"_placeholder":true}]', @bytes ],
        [ qq(451-/,7["x",$zero]), \'' ], [ '45010-7["x"]', map { \"$_" } 0 .. 9 ],
        [ '451-7["x",{"_placeholder":false,"num":5}]', \'a' ],
        [ '451-7["x",{"_placeholder":"true","num":5}]', \'a' ],
        [ '454-7["x"]', map { \('z' x 45_000) } 1 .. 4 ];
row('a ping between does not matter', '437["/ x"]', '40', qq(451-7["x",$zero]), '3',
    \'a');
row('an ack that nobody asked for', '', '40', qq(461-7[$zero]), \'a');
row('… nor has it an id or a payload', '', '40', '461-[]', \'a', '461-7', \'b');
row("closed by @{[ short($$_[0]) ]}", 'closed', '40', @$_)
    for [ '450-["x"]' ], [ '45-["x"]' ], [ '45["x"]' ], [ '451["x"]' ], [ '45' ],
        [ '451-' ], [ '451-{}' ], [ '451-[]' ], [ '451-["connect"]' ],
        [ '4511-["x"]' ], [ '45999999999999999999-["x"]' ], [ '45-1-["x"]' ],
        [ '451.0-["x"]' ], [ '451e0-["x"]' ], [ '45 1-["x"]' ], [ '450x1-["x"]' ],
        [ '460-1[]' ], [ '46-1[]' ], [ '461-1{}' ], [ '421-["x"]' ],
        [ '451-/nowhere,["x"]' ], [ '451-/custom,["x"]' ],
        map { [ '451-["x",{"_placeholder":true,"num":' . $_ . '}]', \'a' ] }
            1, -1, 0.5, '1e0', '"0"', 'null', 'true', '[]', '99999999999999999999';
row('a placeholder without a number', 'closed', '40', '451-["x",{"_placeholder":true}]',
    \'a');
row('bytes without a packet', 'closed', '40', \'a');
row('bytes before a CONNECT', 'closed', undef, \'a');
row('one too many', qr/closed$/, '40', qq(451-7["x",$zero]), \'a', \'b');
row('a packet between', 'closed', '40', qq(451-7["x",$zero]), '42["y"]', \'a');
row('a packet between two', 'closed', '40', '452-7["x"]', \'a', '431[]', \'b');
row('a CONNECT between', 'closed', '40', qq(451-7["x",$zero]), '40/custom,', \'a');
row('more than is kept', 'closed', '40', '456-7["x"]', map { \('z' x 45_000) } 1 .. 6);


# ---- what closing looks like ------------------------------------------------

my $ws = $front->websocket;
$ws->send_text('40');
$ws->text;
my $before = $front->metric('protocol_errors_total');
$ws->send_text('42');
my $frame = $ws->frame;
is($frame->{opcode}, 8, 'a Close frame');
is($frame->{payload}, '', '… without a code');
is($front->metric('protocol_errors_total'), $before + 1, '… and it is counted');

my $p = Chat::Polling->open(port => $front->port);
$p->post('40');
$p->get;
my $get = $p->park;
is($p->post('42'), 200, 'the POST is answered');
is($p->end($get)->{body}, '1', '… and the parked GET with a close');
is($p->request('GET')->{status}, 400, '… then the session is gone');

$p = Chat::Polling->open(port => $front->port);
$p->post('40');
$p->post('42');
is($p->post('42["x"]'), 200, 'without a GET the next POST is ignored');
is(join(' ', $p->get) =~ s/"sid":${\SID}/"sid"/r, '40{"sid"}', 'what is queued comes first');
is(join(' ', $p->get), '6 1', '… then the close');
is($p->request('GET')->{status}, 400, '… and it is gone');

done_testing();
