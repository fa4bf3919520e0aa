package Chat::Fill;

# People, conversations and messages in numbers, put into MongoDB directly, as
# if they had come over years.  Person n has a fixed id, and the conversations
# are between two of them.
#
#   my $fill = Chat::Fill->new($mongo);
#   $fill->users(2000);
#   $fill->conversation([ 0, 1 ], 100_000);       # messages in it

use warnings;
use strict;

use JSON::PP ();

use Chat::Bus qw(direct_id);
use Chat::Mongo;
use Chat::Process qw(testdir write_file);

use constant SOME => 10_000;

sub new {
    my ($class, $mongo) = @_;
    return bless { mongo => $mongo, now => Chat::Mongo->date(time), users => 0 },
        $class;
}

sub id { sprintf '6500000000000000%08x', $_[-1] + 1 }

# There are so many of them afterwards.
sub users {
    my ($self, $count) = @_;
    my $now = $self->{now};
    my @documents = map { { _id => Chat::Mongo->oid(id($_)),
        email => "user$_\@example.org", fullName => "User $_",
        firstName => 'User', lastName => "$_", role => 'member', points => 0,
        status => 'active', isBureau => JSON::PP::false,
        isActive => JSON::PP::true, createdAt => $now, updatedAt => $now }
    } $self->{users} .. $count - 1;

    $self->{mongo}->insert('users', @documents);
    $self->{users} = $count if $count > $self->{users};
}

# The same, and a file of their ids, for the load generator.
sub users_file {
    my ($self, $count) = @_;
    my $file = testdir() . "/users-$count";

    $self->users($count);
    write_file($file, join '', map { id($_) . "\n" } 0 .. $count - 1);
    return $file;
}

# Of pairs of people, without a message or with `messages` each, that all have
# read.
sub conversations {
    my ($self, $messages, @pairs) = @_;
    my $now = $self->{now};
    my $seq = { '$numberLong' => "$messages" };

    my @documents = map { my @pair = map { id($_) } @$_; {
        _id => Chat::Mongo->oid(direct_id(@pair)), type => 'direct',
        createdBy => Chat::Mongo->oid($pair[0]), createdAt => $now,
        updatedAt => $now, lastMessageAt => $now, lastSeq => $seq,
        members => [ map { { user => Chat::Mongo->oid($_), role => 'member',
            readSeq => $seq, deliveredSeq => $seq,
            joinedSeq => { '$numberLong' => '0' }, joinedAt => $now,
            muted => JSON::PP::false } } @pair ] }
    } @pairs;

    $self->{mongo}->insert('conversations', @documents);

    if ($messages) {
        $self->_messages($messages, map { id($_) } @$_) for @pairs;
    }
}

# MongoDB counts to $count by itself: nothing of this goes over the wire.
sub _messages {
    my ($self, $count, @pair) = @_;
    my ($one, $other) = map { Chat::Mongo->oid($_) } @pair;
    my $odd = { '$eq' => [ { '$mod' => [ '$n', 2 ] }, 1 ] };

    for (my $from = 1; $from <= $count; $from += SOME) {
        my $end = $from + SOME > $count ? $count + 1 : $from + SOME;

        $self->{mongo}->command(aggregate => 'users', cursor => {}, pipeline => [
            { '$match' => { _id => $one } },
            { '$project' => { n => { '$range' => [ $from, $end ] } } },
            { '$unwind' => '$n' },
            { '$project' => { _id => 0,
                conversationId => Chat::Mongo->oid(direct_id(@pair)),
                seq => { '$toLong' => '$n' },
                senderId => { '$cond' => [ $odd, $one, $other ] },
                receiverId => { '$cond' => [ $odd, $other, $one ] },
                type => { '$literal' => 'text' },
                text => { '$literal' => 'x' x 100 },
                clientId => { '$concat' => [ 'fill-', { '$toString' => '$n' } ] },
                createdAt => { '$literal' => $self->{now} },
                updatedAt => { '$literal' => $self->{now} } } },
            { '$merge' => { into => 'messages', whenMatched => 'fail' } } ]);
    }
}

1;
