#!/usr/bin/perl

# A thousand sessions of the published clients go from polling to WebSocket
# while they talk and listen, in four nginx processes, with one listening socket
# for all and with one each, in the clear and over TLS.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep);

use Chat::Front;
use Chat::Node qw(run_node);
use Chat::Process qw(testdir);

use constant UPGRADES => 1000;
use constant EVERY_S => 0.005;

my ($key, $certificate) = map { testdir() . "/$_.pem" } qw(key certificate);
system("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2"
    . " -keyout $key -out $certificate >/dev/null 2>&1") == 0
    or plan skip_all => 'openssl makes no certificate';

my $front = Chat::Front->new(worker_processes => 4,
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
        run_node("$FindBin::Bin/client/upgrades.mjs", 120,
            "$scheme://127.0.0.1:" . $front->port($port), $front->token('alice'),
            UPGRADES);
    }
}

$front->wait_metric('sessions', 0);
pass('nothing is left');

done_testing();
