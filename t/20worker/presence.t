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

# The next event that tells somebody of this: "user-online ID".
sub told {
    my ($uid, $what) = @_;
    return $module->told(20, sub {
        $_[0]{channel} eq "user:$uid" && grep { $_ eq $what } changes($_[0]) });
}

sub changes {
    my ($event) = @_;
    return sort map { "$_->[0] $_->[1]{userId}" }
        grep { $_->[0] =~ /^user-o/ } @{$event->{packets}};
}

# Waits until Redis has it so, and it was told.
sub is_so {
    my ($online, @uids) = @_;
    for my $uid (@uids) {
        wait_until("$uid to be told", 20, sub {
            $redis->cmd('SISMEMBER', 'chat:online', $uid) == $online
            && !$redis->cmd('SISMEMBER', 'chat:edges', $uid)
            && !defined $redis->cmd('ZSCORE', 'chat:leaving', $uid) });
    }
}

post($ann, $bob);
post($ann, $carl);
$module->hear(map { "user:$_" } $ann, $bob, $carl, $dora);


# ---- coming -----------------------------------------------------------------

$module->presence($ann, 1);
is_so(1, $ann);

# The sweep comes once a second: after a pause it finds both at once.
$back->worker->pause;
$module->presence($_, 2) for $bob, $carl, $dora;
$back->worker->resume;
is_deeply([ changes(told($ann, "user-online $bob")) ],
    [ sort map { "user-online $_" } $bob, $carl ],
    'who came in one second is told in one event, to whom it concerns');
is_so(1, $bob, $carl, $dora);


# ---- going ------------------------------------------------------------------

$module->presence($bob, 0);
$module->presence($bob, 1);
$module->presence($carl, 0);
my $event = told($ann, "user-offline $carl");
is_deeply([ changes($event) ], [ "user-offline $carl" ],
    'who went is told; who came back within the grace never left');
like($event->{packets}[0][1]{lastSeen},
    qr/\A\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z\z/, 'since when');
is("$event->{flags} $event->{offset}", '- -', 'it is not logged');
ok($mongo->find_one('users', { _id => $mongo->oid($carl) })->{lastSeen},
    'it is kept');


# ---- a node that dies -------------------------------------------------------

$redis->cmd('DEL', "chat:node:$module->{incarnation}");
is_so(0, $ann, $bob, $dora);
pass('a node without lease has no sockets');

$module->alive;
$module->presence($bob, 1);
is_so(1, $bob);
$module->presence($ann, 1);
ok(told($bob, "user-online $ann"), 'it lives again');
is_so(1, $ann);


# ---- while nobody can tell --------------------------------------------------

$back->worker->stop;
$module->presence($carl, 1);
$back->worker->start;
ok(told($ann, "user-online $carl"), 'what waited is told');

done_testing();
