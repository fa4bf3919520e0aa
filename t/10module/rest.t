#!/usr/bin/perl

# REST: what of a request is in its job and in which slot, what of a reply is
# in the response, and what is answered without a worker.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Chat::Bus qw(direct_id slot_of);
use Chat::Front;
use Chat::HTTP;
use Chat::Nginx qw(http http_start http_end);
use Chat::Process qw(wait_until read_file);

my $front = Chat::Front->new(http => <<'HTTP', server => <<'SERVER')->start;
    log_format job '$request_uri $status $chat_user/$chat_role $chat_job_time';
    server_tokens off;
HTTP
    client_max_body_size 20m;
    access_log %%TESTDIR%%/job.log job;
    location /api/ { chat_api; }
    location /slow/ { chat_api; chat_timeout 200ms; }
    location /auth/ { chat_api auth read; chat_auth optional; }
    location /one/ { chat_api upload; }
    location /small/ { chat_api; client_max_body_size 1k; }
    location /filed/ { chat_api; client_body_buffer_size 1k;
        client_body_in_file_only clean; }
SERVER

my $worker = $front->worker;
my $alice = Chat::HTTP->new(port => $front->port,
    token => $front->token('alice', role => 'member'));
my $nobody = Chat::HTTP->new(port => $front->port);
my $conversation = 'abcdef0123456789abcdef01';
my ($job, $r);

# A request up to its job; answered with what follows.
sub asked {
    my ($method, $path, $data, %o) = @_;
    my $socket = ($o{by} || $alice)->begin($method, $path, $data, %o);
    my $job = $worker->job;
    return ($job, sub {
        $worker->finish($job, @_);
        return $alice->finish($socket);
    });
}

sub job_for {
    my ($job, $answer) = asked(@_);
    $answer->(status => 200, body => '{}');
    return $job;
}


# ---- the job ----------------------------------------------------------------

$job = job_for('POST', '/api/messages?x=%20y&z', { to => 'bob', text => "h\x{e9}" },
    headers => [ 'User-Agent: Tester/1.0', 'Idempotency-Key: k-1',
        'Cookie: a=b; refresh=secret; jwt=no' ]);

is($job->{kind}, 'http', 'a job of kind http');
is($job->{ttl}, 10000, 'lives as long as chat_timeout');
like($job->{from}, qr/^[\w.-]+\.\d+\.[0-9a-f]{8}$/, 'from one process');
like($job->{id}, qr/^[0-9a-f]{24}$/, 'has an id of its own');

my %want = (uid => 'alice', role => 'member', ip => '127.0.0.1',
    agent => 'Tester/1.0', method => 'POST', path => '/api/messages',
    query => 'x=%20y&z', type => 'application/json',
    'idempotency-key' => 'k-1', cookie => 'secret');

is_deeply({ map { $_ => $job->{headers}{$_} } keys %want }, \%want,
    'says what was asked, by whom and from where');
is($job->{body}, qq({"text":"h\xc3\xa9","to":"bob"}), 'with the body as it is');

$job = job_for('GET', '/api/%0Auid:%20root/x', undef,
    headers => [ "User-Agent: a\x01b\x7fc" ]);
is($job->{headers}{path}, '/api/%0Auid:%20root/x', 'a path stays encoded');
is($job->{headers}{uid}, 'alice', 'and forges nothing');
is($job->{headers}{agent}, 'a b c', 'a strange agent is made plain');

$job = job_for('GET', '/api/x', undef, headers => [ 'User-Agent: ' . 'u' x 500 ]);
is(length $job->{headers}{agent}, 200, 'a long one is cut');

$job = job_for('POST', '/auth/login', { a => 1 }, by => $nobody);
ok(!exists $job->{headers}{uid}, 'nobody has no uid');
is($job->{lane}, 'auth', 'and signs in in a lane of its own');

my @bodies = (
    # method, path, content type, body, type of the job
    [ 'PUT', 'application/json; charset=utf-8', '{"a":1}', 'application/json' ],
    [ 'POST', 'APPLICATION/JSON', '[]', 'application/json' ],
    [ 'POST', 'application/x-www-form-urlencoded', 'a=1&b=%20',
        'application/x-www-form-urlencoded' ],
    [ 'DELETE', 'application/json', '{"a":1}', 'application/json' ],
    [ 'POST', 'text/plain', '', undef ],
);

for (@bodies) {
    my ($method, $type, $body, $expected) = @$_;
    $job = job_for($method, '/api/x', undef, body => $body,
        headers => [ "Content-Type: $type" ]);
    is($job->{headers}{type}, $expected, "$method $type");
    is($job->{body}, $body, '... its body');
}


# ---- lanes and slots --------------------------------------------------------

my $with_bob = direct_id('alice', 'bob');

my @slots = (
    # method, path, data, lane, what gives the slot
    [ 'POST', "/api/conversations/$conversation/messages", { text => 1 },
        'default', $conversation ],
    [ 'PUT', '/api/conversations/' . uc $conversation, { name => 1 }, 'default',
        $conversation ],
    [ 'POST', '/api/messages', { conversationId => $conversation }, 'default',
        $conversation ],
    [ 'POST', '/api/messages', { to => 'bob' }, 'default', $with_bob ],
    [ 'POST', '/api/messages/send/bob', { text => 1 }, 'default', $with_bob ],
    [ 'POST', '/api/messages/bob/read', {}, 'default', $with_bob ],
    [ 'PUT', "/api/messages/$conversation", { text => 1 }, 'default', 'alice' ],
    [ 'POST', '/api/messages', { text => 1 }, 'default', 'alice' ],
    [ 'GET', '/api/messages/bob', undef, 'read' ],
    [ 'HEAD', '/api/x', undef, 'read' ],
    [ 'POST', '/one/x', { to => 'bob' }, 'upload' ],
    [ 'GET', '/one/x', undef, 'upload' ],
);

for (@slots) {
    my ($method, $path, $data, $lane, $text) = @$_;
    $job = job_for($method, $path, $data);
    is($job->{lane}, $lane, "$method $path is in lane $lane");
    is($job->{slot}, slot_of($text), '... in the slot of what it changes')
        if defined $text;
}

is(job_for('HEAD', '/api/x')->{headers}{method}, 'GET', 'HEAD asks as GET does');

my %used = map { job_for('GET', '/api/x')->{slot} => 1 } 1 .. 16;
is(scalar keys %used, 16, 'reads go round over all slots');


# ---- the response -----------------------------------------------------------

my $answer;
($job, $answer) = asked('POST', '/api/x', {});
$r = $answer->(status => 201, body => '{"id":7}', headers => {
    'set-cookie' => 'jwt=x; HttpOnly', location => '/api/x/7',
    link => '</api/x?after=9>; rel="next"', 'retry-after' => 3 });

is($r->{status}, 201, 'a status');
is($r->{body}, '{"id":7}', 'a body');
is($r->{headers}{'content-type'}, 'application/json', 'its type');
is($r->{headers}{'content-length'}, 8, 'its length');
is($r->{headers}{'set-cookie'}, 'jwt=x; HttpOnly', 'a cookie');
is($r->{headers}{location}, '/api/x/7', 'a place, not made absolute');
is($r->{headers}{link}, '</api/x?after=9>; rel="next"', 'links');
is($r->{headers}{'retry-after'}, 3, 'a time to wait');
is($r->{headers}{'cache-control'}, 'no-store', 'and nobody keeps it');

($job, $answer) = asked('DELETE', '/api/x');
$r = $answer->(status => 204, type => '-', body => '');
is($r->{status}, 204, 'an answer without a body');
is($r->{body}, '', '... has none');
ok(!exists $r->{headers}{'content-type'}, '... and no type');

($job, $answer) = asked('GET', '/api/x');
$r = $answer->(status => 200, body => '');
is($r->{headers}{'content-length'}, 0, 'an empty body is a body');

($job, $answer) = asked('HEAD', '/api/x');
$r = $answer->(status => 200, body => '[1,2]');
is($r->{headers}{'content-length'}, 5, 'HEAD says the length');
is($r->{body}, '', 'and has no body');

($job, $answer) = asked('POST', '/auth/login', {}, by => $nobody);
$r = $answer->(status => 401, body => '{"code":"invalid_credentials"}');
is($r->{headers}{'www-authenticate'}, 'Bearer', "401 of a worker's has its header");

for my $size (16384, 16385, 3_000_000) {
    ($job, $answer) = asked('GET', '/api/x');
    my $body = '"' . 'b' x ($size - 2) . '"';
    $r = $answer->(status => 200, body => $body);
    is(length $r->{body}, $size, "a body of $size bytes");
    ok($r->{body} eq $body, '... unchanged');
}

is_deeply($front->redis->cmd('KEYS', 'chat:blob:*'), [],
    'nothing of large bodies stays in Redis');

my $socket = $alice->begin('GET', '/api/x');
$job = $worker->job;
$front->redis->cmd('PUBLISH', "chat:reply:$job->{from}",
    "$job->{id} 200 application/json\nblob: $job->{id}\n\n");
is($alice->finish($socket)->{status}, 504, 'a body that is gone is no answer');
$worker->finish($job);

# several requests on one connection, the second sent before the first's answer
my $get = "GET /api/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
    . $front->token('alice') . "\r\n";
$socket = http_start("$get\r\n${get}Connection: close\r\n\r\n");
for my $body ('"first"', '"second"') {
    $worker->finish($worker->job, status => 200, body => $body);
}
like(http_end($socket), qr/"first"HTTP.*"second"$/s, 'requests one after another');


# ---- large requests ---------------------------------------------------------

for my $path ('/api/x', '/filed/x') {
    for my $size (200, 262144, 262145, 10_000_000) {
        my $body = '{"image":"' . 'i' x ($size - 12) . '"}';
        ($job, $answer) = asked('POST', $path, undef, body => $body);
        my $blob = $job->{headers}{blob};
        my $sent = defined $blob ? $front->redis->cmd('GET', "chat:blob:$blob")
            : $job->{body};

        is(defined $blob ? 1 : 0, $size > 262144 ? 1 : 0,
            "POST $path of $size bytes: a key of its own if large");
        ok($sent eq $body, '... is whole');
        $answer->(status => 200);
        next unless defined $blob;
        my $life = $front->redis->cmd('PTTL', "chat:blob:$blob");
        ok($life > 0 && $life <= 10000, '... and lives no longer than the job');
    }
}


# ---- answered without a worker ----------------------------------------------

my $too_large = '["' . 'x' x (17 * 1024 * 1024) . '"]';

my @refused = (
    # what, method, path, body, type, status, code
    [ 'no JSON', 'POST', '/api/x', '{"a":', undef, 400, 'bad_json' ],
    [ 'JSON and more', 'POST', '/api/x', '{}{}', undef, 400, 'bad_json' ],
    [ 'no UTF-8', 'POST', '/api/x', qq({"a":"\xff"}), undef, 400, 'bad_json' ],
    [ 'JSON that is too deep', 'POST', '/api/x', '[' x 200, undef, 400,
        'bad_json' ],
    [ 'text', 'POST', '/api/x', 'hello', 'text/plain', 415,
        'unsupported_media_type' ],
    [ 'almost JSON', 'POST', '/api/x', '{}', 'application/jsonx', 415,
        'unsupported_media_type' ],
    [ 'files', 'PUT', '/api/x', 'x', 'multipart/form-data; boundary=x', 415,
        'unsupported_media_type' ],
    [ 'a long path', 'GET', '/api/' . 'x' x 4100, '', undef, 414, 'too_long' ],
    [ 'a long query', 'GET', '/api/?' . 'x' x 4100, '', undef, 414, 'too_long' ],
    [ 'another method', 'PROPFIND', '/api/x', '', undef, 405,
        'method_not_allowed' ],
    [ 'more than the bus carries', 'POST', '/api/x', $too_large, undef, 413,
        'too_large' ],
);

for (@refused) {
    my ($what, $method, $path, $body, $type, $status, $code) = @$_;
    $r = $alice->request($method, $path, undef, body => $body,
        headers => [ $type ? "Content-Type: $type" : () ]);
    is($r->{status}, $status, "$what: $status");
    is($r->{json}{code}, $code, "... $code");
    ok(length $r->{json}{message}, '... in words');
}

$r = $alice->request('POST', '/small/x', undef, body => '"' . 'x' x 2000 . '"');
is($r->{status}, 413, 'more than client_max_body_size: 413');

my $chunked = "POST /small/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    . "Authorization: Bearer " . $front->token('alice') . "\r\n"
    . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
like(http($chunked . sprintf("%x\r\n%s\r\n0\r\n\r\n", 2000, 'x' x 2000)),
    qr/ 413 /, 'in chunks, too');

$socket = http_start("$chunked" . "2\r\n[1\r\n2\r\n,2\r\n1\r\n]\r\n0\r\n\r\n");
$job = $worker->job;
is($job->{body}, '[1,2]', 'chunks are put together');
$worker->finish($job);
like(http_end($socket), qr/ 200 /, '... and answered');

ok($worker->idle, 'no worker heard of those refused');


# ---- time, and clients that leave -------------------------------------------

my $timed_out = $front->metric('jobs_timed_out_total');
my $late = $front->metric('replies_late_total');

$socket = $alice->begin('GET', '/slow/x');
$job = $worker->job;
is($job->{ttl}, 200, 'a job says how long its asker waits');
$r = $alice->finish($socket);
is($r->{status}, 504, 'no answer in time: 504');
is($r->{json}{code}, 'timeout', '... timeout');
is($front->metric('jobs_timed_out_total'), $timed_out + 1, '... is counted');
$worker->finish($job);
$front->wait_metric('replies_late_total', $late + 1);
pass('an answer after that is counted and dropped');

$socket = $alice->begin('GET', '/api/x');
$job = $worker->job;
close $socket;
wait_until('the client to be missed', 10,
    sub { $front->nginx->read_file('job.log') =~ m{^/api/x 499 }m });
$worker->finish($job);
$front->wait_metric('replies_late_total', $late + 2);
pass('a client that left is not answered');

$r = $alice->finish(do {
    my $socket = $alice->begin('GET', '/api/y');
    $worker->finish($worker->job, status => 200);
    $socket;
});
is($r->{status}, 200, 'others are');


# ---- the log ----------------------------------------------------------------

wait_until('the log', 10, sub {
    $front->nginx->read_file('job.log') =~ m{^/api/y }m });
my $log = $front->nginx->read_file('job.log');
like($log, qr{^/api/y 200 alice/member 0\.\d{3}$}m, 'the log names user, role, time');
like($log, qr{^/slow/x 504 alice/member 0\.[2-9]\d\d$}m, 'the time of a timeout');
like($log, qr{^/auth/login 200 -/- \d}m, 'nobody is nobody');
like($log, qr{^/api/x 415 alice/member -$}m, 'what was no job took no time');

done_testing();
