package Chat::Bus;

# docs/bus.md in Perl, written anew on purpose: envelopes, ids, slots.  What
# FakeWorker and FakeModule say with it must be understood by the real ones.

use warnings;
use strict;

use Compress::Zlib qw(crc32);
use Digest::SHA qw(sha256_hex);
use Exporter qw(import);

our @EXPORT_OK = qw(encode_envelope decode_envelope direct_id message_id
    fresh_id slot_of);

use constant { VERSION => 1, SLOTS => 16, PREFIX => 'chat:' };

my $next_id = int rand 2**24;
my $random = sprintf '%010x', int rand 2**40;

# words, headers => {name => value}, body
sub encode_envelope {
    my (%e) = @_;
    my $headers = $e{headers} || {};

    return join('', join(' ', @{$e{words}}), "\n",
        (map { "$_: $headers->{$_}\n" }
         grep { defined $headers->{$_} } sort keys %$headers),
        "\n", $e{body} // '');
}

sub decode_envelope {
    my ($text) = @_;
    my ($head, $body) = split /\n\n/, $text, 2;
    my ($words, @lines) = split /\n/, $head;
    my %headers;

    for (@lines) {
        my ($name, $value) = /\A([a-z-]+): ([\x20-\x7e\x80-\xff]*)\z/
            or die "bad header line: $_\n";
        die "header twice: $name\n" if exists $headers{$name};
        $headers{$name} = $value;
    }

    return { words => [ split / /, $words ], headers => \%headers,
        body => $body };
}

# As MongoDB's: seconds, five random bytes, a counter.
sub fresh_id {
    $next_id = ($next_id + 1) % 2**24;
    return sprintf '%08x%s%06x', time, $random, $next_id;
}

sub direct_id {
    my ($low, $high) = sort @_;
    return substr sha256_hex("direct:$low:$high"), 0, 24;
}

sub message_id {
    my ($uid, $conversation, $client_id) = @_;
    return substr sha256_hex("$uid:$conversation:$client_id"), 0, 24;
}

sub slot_of {
    my ($text, $slots) = @_;
    return crc32($text) % ($slots || SLOTS);
}

1;
