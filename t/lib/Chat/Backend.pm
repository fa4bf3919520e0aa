package Chat::Backend;

# Workers with their Redis and MongoDB, and in nginx's place a FakeModule: what
# the tests of the worker's rules stand on.
#
#   my $back = Chat::Backend->new(conf => "fanout_limit 3\n")->start;
#   my ($ann, $bob) = $back->people(qw(ann bob));      # { id, token, ... }
#   my $r = $back->module->request('GET', '/api/users', undef, uid => $ann->{id});

use warnings;
use strict;

use Chat::FakeModule;
use Chat::JWT qw(jwt_claims);
use Chat::Mongo;
use Chat::Process qw(testdir write_file);
use Chat::Redis;
use Chat::Worker;

use constant PASSWORD => 'correct horse';

# conf, lanes: as in Chat::Worker; own_mongo: as in Chat::Mongo.
sub new {
    my ($class, %o) = @_;
    my $self = bless {}, $class;
    my $key_file = testdir() . '/jwt.key';

    $self->{key} = join '', map { sprintf '%02x', rand 256 } 1 .. 32;
    write_file($key_file, $self->{key});

    $self->{redis} = Chat::Redis->new;
    $self->{mongo} = Chat::Mongo->new(own => $o{own_mongo});
    $self->{worker} = Chat::Worker->new(redis => $self->{redis},
        mongo => $self->{mongo}, key_file => $key_file, conf => $o{conf} // '',
        lanes => $o{lanes});

    return $self;
}

sub redis  { $_[0]{redis} }
sub mongo  { $_[0]{mongo} }
sub worker { $_[0]{worker} }
sub module { $_[0]{module} }

sub start {
    my ($self) = @_;

    $self->{redis}->start;
    $self->{mongo}->start;
    $self->{worker}->start->wait_leases;
    $self->{module} = Chat::FakeModule->new(redis => $self->{redis})->start;
    return $self;
}

# Registered: NAME@example.org, "Name Test".
sub people {
    my ($self, @names) = @_;
    my @people = map { $self->_person($_) } @names;
    return wantarray ? @people : $people[0];
}

sub _person {
    my ($self, $name) = @_;
    my $r = $self->{module}->request('POST', '/api/auth/register',
        { email => "$name\@example.org", password => PASSWORD,
          fullName => ucfirst($name) . ' Test' });

    $r->{status} == 201 or die "register: $r->{status} $r->{body}\n";
    return { id => $r->{json}{user}{_id}, token => $r->{json}{token},
        refresh => $r->{json}{refreshToken}, user => $r->{json}{user},
        session => jwt_claims($r->{json}{token})->{sid} };
}

# Headers that say from which sign-in a request comes.
sub from {
    my ($self, $person) = @_;
    my $claims = jwt_claims($person->{token});
    return (uid => $person->{id}, headers => {
        'token-session' => $claims->{sid}, iat => $claims->{iat},
        exp => $claims->{exp} });
}

1;
