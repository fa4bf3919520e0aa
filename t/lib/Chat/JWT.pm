package Chat::JWT;

# Mints tokens, good ones and any kind of bad ones.

use warnings;
use strict;

use Digest::SHA qw(hmac_sha256 hmac_sha384 hmac_sha512);
use Exporter qw(import);
use JSON::PP ();
use MIME::Base64 qw(encode_base64url decode_base64url);

our @EXPORT_OK = qw(jwt jwt_claims);

my $json = JSON::PP->new->canonical->utf8;
my %hmac = (HS256 => \&hmac_sha256, HS384 => \&hmac_sha384,
    HS512 => \&hmac_sha512, none => sub { '' });

# jwt($key, sub => $uid, ...): HS256, valid for an hour, unless the claims say
# otherwise; a claim given as undef is left out.  Two names are not claims:
# _header => { alg => ... } replaces header fields, _signature the signature.
sub jwt {
    my ($key, %claims) = @_;
    my $header = { alg => 'HS256', typ => 'JWT', %{delete $claims{_header} || {}} };
    my $signature = delete $claims{_signature};

    %claims = (iat => time, exp => time + 3600, %claims);
    $claims{id} //= $claims{sub} if defined $claims{sub} && !exists $claims{id};
    delete @claims{grep { !defined $claims{$_} } keys %claims};

    my $signed = join '.', map { encode_base64url($json->encode($_)) }
        $header, \%claims;
    my $sign = $hmac{$header->{alg} // ''} || $hmac{HS256};
    $signature //= encode_base64url($sign->($signed, $key));

    return "$signed.$signature";
}

# What a token says, unchecked.
sub jwt_claims { $json->decode(decode_base64url((split /\./, $_[0])[1])) }

1;
