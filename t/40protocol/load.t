#!/usr/bin/perl

# The published clients at four nginx processes, with one listening socket for
# all and with one each, in the clear and over TLS: a thousand sessions go from
# polling to WebSocket while they talk and listen, others keep to one of them.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep);

use Chat::Front;
use Chat::Node qw(run_node);
use Chat::Process qw(testdir);

use constant CROWD => 1000;
use constant EVERY_S => 0.005;

my ($key, $certificate) = map { testdir() . "/$_.pem" } qw(key certificate);
system("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2"
    . " -keyout $key -out $certificate >/dev/null 2>&1") == 0
    or plan skip_all => 'openssl makes no certificate';

# who ends without a word while it polls is missed after these times
my $front = Chat::Front->new(worker_processes => 4,
    http => 'chat_ping_interval 5s; chat_ping_timeout 5s;',
    server => 'location = /engine.io/ { chat_echo engine; }',
    listen => "%%REUSE%%; listen 127.0.0.1:8443 ssl %%REUSE%%;"
        . " ssl_certificate $certificate; ssl_certificate_key $key");
$front->nginx->has('http_ssl');

my $listen = $front->{listen};
$front->{listen} = $listen =~ s/%%REUSE%%//gr;
$front->start;

# Somebody tells everybody numbers, whoever listens.
my $worker = $front->worker;
$worker->serve(sub {
    my ($job) = @_;
    return $job->{kind} eq 'event' ? (json => $job->{json}) : ();
});
$worker->_fork(sub {
    for (my $n = 0; ; $n++) {
        $worker->tell({ to => [ 'a' ], logged => 0, packets => [ [ 'tick', { n => $n } ] ] });
        sleep EVERY_S;
    }
});

for my $reuse ('', 'reuseport') {
    if ($reuse) {
        $front->{listen} = $listen =~ s/%%REUSE%%/reuseport/gr;
        $front->nginx->stop;
        $front->nginx->run($front->configuration);
        $front->wait_healthy;
    }

    for my $case ([ 'http', 8080 ], [ 'https', 8443 ]) {
        my ($scheme, $port) = @$case;
        note("$scheme $reuse");
        run_node("$FindBin::Bin/client/crowd.mjs", 120,
            "$scheme://127.0.0.1:" . $front->port($port), $front->token('alice'),
            CROWD, 'polling,websocket');
    }
    is($front->metric('upgrades_total'), 2 * CROWD, 'and nginx counts as many');

    for my $only (qw(polling websocket)) {
        note("$only only");
        run_node("$FindBin::Bin/client/crowd.mjs", 120,
            'http://127.0.0.1:' . $front->port, $front->token('alice'),
            CROWD / 5, $only);
    }

    cmp_ok($front->metric('forwarded_total'), '>', 2 * CROWD,
        'most of it in other processes than their sessions') if $reuse;
    $front->wait_metric('sessions', 0);
    is($front->metric('protocol_errors_total'), 0, 'and all by the rules');
}

done_testing();
