#!/usr/bin/perl

# One process may serve several lanes: what waits in one holds nobody up in the
# others, also when it was read long ago.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Backend;
use Chat::Process qw(wait_until);

use constant { LOGINS => 300, READS => 5 };

my $back = Chat::Backend->new(lanes => [ 'default+read+auth 1' ])->start;
my ($module, $redis) = ($back->module, $back->redis);
my $ann = $back->people('ann')->{id};

sub left {
    my $left = 0;
    $left += $redis->cmd('XLEN', "chat:jobs:auth:$_") for 0 .. 15;
    return $left;
}

my @logins = map { $module->request('POST', '/api/auth/login',
    { email => 'ann@example.org', password => "wrong $_" }, wait => 0,
    target => "login $_") } 1 .. LOGINS;
wait_until('logins to be under way', 10, sub { left() < LOGINS });

is_deeply([ map { $module->request('GET', '/api/conversations', undef,
    uid => $ann)->{status} } 1 .. READS ], [ (200) x READS ],
    'reads are answered');
cmp_ok(left(), '>', LOGINS / 2, 'between logins, not behind them');

is_deeply([ grep { $module->reply($_)->{status} != 401 } @logins ], [],
    'each login is answered');
is(left(), 0, 'and gone');

done_testing();
