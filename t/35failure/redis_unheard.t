#!/usr/bin/perl

# What nginx did not hear: the answer to an XADD, what was told while it had no
# subscriber.  Messages are told once all the same, and sockets that were to be
# closed are closed.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::FakeModule;
use Chat::JWT qw(jwt_claims);
use Chat::Process qw(wait_until);
use Chat::Rig;

use constant UNHEARD_SECONDS => 2;

my $rig = Chat::Rig->new(wires => [ 'nginx' ], worker_processes => 2,
    lanes => [ 'default 1', 'read+auth 1' ])->start;
my ($redis, $mongo, $wire) = ($rig->redis, $rig->mongo, $rig->wire('nginx'));
my $module = Chat::FakeModule->new(redis => $redis)->start;
my ($ann, $bob, $eve) = $rig->people(qw(ann bob eve));
my ($from, $to) = ($rig->socket($ann), $rig->socket($bob));

sub said { { to => $bob->id, text => $_[0], clientId => $_[0] } }

sub serve_until {
    my ($what, $condition) = @_;
    wait_until($what, 30, sub { Chat::SocketIO::serve(0.02); $condition->() });
}

$from->call('send-message', said('first'));
$to->event('new-message', 10, sub { $_[0]{text} eq 'first' });


# ---- the answer to an XADD is lost -------------------------------------------

$wire->hold_answers;
my $ack = $from->emit_ack('send-message', said('lost'));
serve_until('it to be stored', sub { $mongo->count('messages', { text => 'lost' }) });
serve_until('it to be told', sub { $wire->held });
$wire->break;

my $told = $to->event('new-message', 20, sub { $_[0]{text} eq 'lost' });
ok($told, 'it is told');
serve_until('an answer', sub { $from->answered($ack) });
my $answer = $from->answer($ack);
ok($answer->{ok} || $answer->{error}{code} eq 'timeout',
    'its sender is told the truth, or that nobody knows');

my $again = $from->call('send-message', said('lost'));
is($again->{message}{_id}, $told->{_id}, 'sent again it is the same');
is($mongo->count('messages', { text => 'lost' }), 1, 'stored once');
$from->call('send-message', said('behind'));
$to->event('new-message', 20, sub { $_[0]{text} eq 'behind' });
is($to->count('new-message'), 0, 'told once');


# ---- nobody listens ---------------------------------------------------------

# A logout of all devices, asked for by another nginx.
sub log_out_everywhere {
    my ($person) = @_;
    my $claims = jwt_claims($person->token);
    my $reply = $module->request('POST', '/api/auth/logout',
        { all => JSON::PP::true }, uid => $person->id, headers => {
            'token-session' => $claims->{sid}, iat => $claims->{iat},
            exp => $claims->{exp} });
    return $reply->{status};
}

for my $how (qw(cut_subscribers cut)) {
    my @sockets = map { $rig->socket($eve) } 1 .. 4;

    $wire->$how;
    cmp_ok(log_out_everywhere($eve), '<', 300, "$how: logged out everywhere");
    my $end = time + UNHEARD_SECONDS;
    serve_until('so long nobody listens', sub { time > $end });
    is(scalar(grep { $_->closed } @sockets), 0, "$how: nginx did not hear it");
    $wire->pass;

    ok(eval { $_->wait_closed(20) for @sockets; 1 },
        "$how: all sockets are closed") or diag($@);
    serve_until('nginx to be well', sub {
        (eval { $rig->http->get('/api/health') } || {})->{status} == 200 });
    $eve = $rig->http->login('eve');
}

is($to->call('send-message', { to => $ann->id, text => 'well' })->{ok}, 1,
    'others were left alone');

done_testing();
