#!/usr/bin/perl

# The unmodified socket.io-client, in the clear and over TLS.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Front;
use Chat::Node qw(run_node);
use Chat::Process qw(testdir);

my ($key, $certificate) = map { testdir() . "/$_.pem" } qw(key certificate);
system("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2"
    . " -keyout $key -out $certificate >/dev/null 2>&1") == 0
    or plan skip_all => 'openssl makes no certificate';

my $front = Chat::Front->new(socket => 'chat_send_queue 32m;', listen =>
    "; listen 127.0.0.1:8443 ssl; ssl_certificate $certificate;"
    . " ssl_certificate_key $key");
$front->nginx->has('http_ssl');
$front->start;

$front->worker->serve(sub {
    my ($job) = @_;
    return () if $job->{kind} ne 'event';

    my ($name, $to) = ($job->{headers}{name}, "u$job->{headers}{uid}");
    $front->worker->tell({ to => [ $to ], flags => 'c' }) if $name eq 'kick';
    $front->worker->tell(map { { to => [ $to ],
        packets => [ [ 'flood', 'y' x 50_000 ] ] } } 1 .. 200) if $name eq 'flood';
    return (json => [ $job->{json}[0] ]);
});

for my $case ([ 'http', 8080 ], [ 'https', 8443 ]) {
    my ($scheme, $port) = @$case;
    run_node("$FindBin::Bin/client/socket.mjs", 50,
        "$scheme://127.0.0.1:" . $front->port($port), $front->token('alice'),
        $front->token('bob'), $scheme);
}

$front->wait_metric('sessions', 0);
pass('nothing is left');

done_testing();
