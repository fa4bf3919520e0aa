#!/usr/bin/perl

# `presence everyone`: all are told of all who are online.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Backend;
use Chat::Process qw(wait_until);

my $back = Chat::Backend->new(conf => "presence everyone\n")->start;
my $module = $back->module;
my ($ann, $bob, $carl) = map { $_->{id} } $back->people(qw(ann bob carl));

sub online { $module->open_session($_[0])->{packets}[1][1] }

is_deeply(online($ann), [], 'at first nobody is there');

$module->presence($_, 1) for $bob, $carl;
wait_until('both to be online', 20, sub { @{online($ann)} == 2 });
is_deeply([ sort @{online($ann)} ], [ sort $bob, $carl ],
    'strangers are in online-users');
is_deeply(online($bob), [ $carl ], 'oneself is not');

done_testing();
