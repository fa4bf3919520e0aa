#!/usr/bin/perl

# Presence at the worker: a second's changes in one event, to whom they concern;
# what could not be told is told later; nodes that die.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Backend;
use Chat::Process qw(wait_until);

my $back = Chat::Backend->new(conf => "presence_grace 1s\n")->start;
my ($redis, $mongo, $module) = ($back->redis, $back->mongo, $back->module);
my ($ann, $bob, $carl, $dora) = map { $_->{id} }
    $back->people(qw(ann bob carl dora));

sub post {
    my ($from, $to) = @_;
    $module->request('POST', '/api/messages', { to => $to, text => 'x' },
        uid => $from)->{status} == 201 or die 'not sent';
}

# Presence events, by whom they are for; and the next of them.
sub is_presence { $_[0]{packets}[0][0] =~ /^user-o/ }

sub told {
    my ($uid) = @_;
    my $event = $module->told(20,
        sub { is_presence($_[0]) && $_[0]{channel} eq "user:$uid" });
    return [ map { "$_->[0] $_->[1]{userId}" }
        sort { $a->[1]{userId} cmp $b->[1]{userId} } @{$event->{packets}} ];
}

# Waits until all edges have been told.
sub all_told {
    wait_until('all to be told', 20, sub { !$redis->cmd('SCARD', 'chat:edges')
        && !$redis->cmd('ZCARD', 'chat:leaving') });
}

post($ann, $bob);
post($ann, $carl);
$module->hear(map { "user:$_" } $ann, $bob, $carl, $dora);


# ---- coming -----------------------------------------------------------------

$module->presence($ann, 1);
all_told();

# The sweep comes once a second: stopped, it finds both at once.
$back->worker->pause;
$module->presence($_, 2) for $bob, $carl, $dora;
$back->worker->resume;
is_deeply(told($ann), [ sort map { "user-online $_" } $bob, $carl ],
    'who came in one second is told in one event');
all_told();
is_deeply([ sort @{$redis->cmd('SMEMBERS', 'chat:online')} ],
    [ sort $ann, $bob, $carl, $dora ], 'four are online');

$module->presence($bob, 1);
$module->presence($bob, 3);
all_told();


# ---- going ------------------------------------------------------------------

$module->presence($carl, 0);
$module->presence($bob, 0);
$module->presence($bob, 1);
my $event = $module->told(20, \&is_presence);
is("$event->{channel} $event->{packets}[0][0] $event->{packets}[0][1]{userId}",
    "user:$ann user-offline $carl",
    'who went is told; who came back within the grace never left');
is(scalar @{$event->{packets}}, 1, 'and nothing else');
my $seen = $event->{packets}[0][1]{lastSeen};
like($seen, qr/\A\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z\z/, 'since when');
is("$event->{flags} $event->{offset}", '- -', 'it is not logged');

my $user = $mongo->find_one('users', { _id => $mongo->oid($carl) });
ok($user->{lastSeen}, 'it is kept');


# ---- a node that dies -------------------------------------------------------

$redis->cmd('DEL', "chat:node:$module->{incarnation}");
wait_until('its people to be offline', 20,
    sub { !$redis->cmd('SCARD', 'chat:online') });
all_told();
pass('a node without lease has no sockets');

$module->alive;
$module->presence($bob, 1);
$module->presence($ann, 1);
is_deeply(told($bob), [ "user-online $ann" ], 'it lives again');
all_told();


# ---- while nobody can tell --------------------------------------------------

$back->worker->stop;
$module->presence($carl, 1);
$back->worker->start;
$module->told(20, sub { is_presence($_[0])
    && $_[0]{packets}[0][1]{userId} eq $carl });
pass('what waited is told');

done_testing();
