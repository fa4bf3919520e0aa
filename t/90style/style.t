#!/usr/bin/perl

# The shape of the C sources: layers, libraries, sizes, comments.  The tables
# below are the rule; docs/style.md gives the reasons.

use warnings;
use strict;

use FindBin;
use Test::More;

use constant { FILE_LINES => 400, FUNCTION_LINES => 60, COLUMNS => 80 };

chdir "$FindBin::Bin/../.." or die;

# From the bottom up.  A unit includes headers of its own layer or of one below,
# and no two units include each other, however far round; only the parts of
# one noun (chat_json_*, store/*) may.
my @layers = (
    [ 'pure units',  qr{^ngx_chat_module/proto/} ],

    [ 'module: structs',    qr{^ngx_chat_module/ngx_chat$} ],
    [ 'module: platform',   qr{^ngx_chat_module/ngx_chat_(?:shm|rows|metrics|
                               key|limit|drain|memory|msg|packet|reply|refuse|
                               origin|jwt|event|
                               wire|resp|redis)}x ],
    [ 'module: bus',        qr{^ngx_chat_module/ngx_chat_(?:agreement|link|
                               channel|slots|ask|bus|delivered)}x ],
    [ 'module: sessions',   qr{^ngx_chat_module/ngx_chat_(?:session|rooms|
                               presence|peer)}x ],
    [ 'module: protocols',  qr{^ngx_chat_module/ngx_chat_(?:fanout|socket|
                               websocket|polling|echo)}x ],
    [ 'module: locations',  qr{^ngx_chat_module/ngx_chat_(?:handshake|rest|
                               status)}x ],
    [ 'module: start',      qr{^ngx_chat_module/ngx_chat_(?:conf|variable|
                               module)}x ],

    [ 'worker: ground',     qr{^worker/(?:log|pool|fault|version|tick|config|
                               json|model|validate/|auth/)}x ],
    [ 'worker: store',      qr{^worker/store/} ],
    [ 'worker: runtime',    qr{^worker/(?:bus|slot|marks|roster|reading|batch|
                               job|presence)}x ],
    [ 'worker: handlers',   qr{^worker/handlers/} ],
    [ 'worker: processes',  qr{^worker/(?:router|child|supervisor|main)} ],
);

# Which units may include a library's headers.  A header that does is private
# to those units.
my %libraries = (
    qr{^hiredis/}         => qr{^(?:ngx_chat_module/ngx_chat_resp|worker/bus)},
    qr{^jwt\.h}           => qr{^(?:ngx_chat_module/ngx_chat_jwt|
                               worker/auth/token)}x,
    qr{^(?:mongoc|bson)}  => qr{^worker/store/},
    qr{^jansson\.h}       => qr{^worker/json},
    qr{^crypt\.h}         => qr{^worker/auth/password},
    qr{^ngx_(?!chat)}     => qr{^ngx_chat_module/ngx_chat},
);

# What argues for more than its share, and how much.
my %long_files = ();
my %long_functions = ();

my @sources = sort split /\n/, `find ngx_chat_module worker -name '*.[ch]'`;
my %text = map { $_ => slurp($_) } @sources;

sub slurp {
    open my $fh, '<', $_[0] or die "$_[0]: $!";
    local $/;
    return scalar <$fh>;
}

sub unit { $_[0] =~ s/\.[ch]$//r }

# The includes of our own headers, as paths, and of others', as written.
sub includes {
    my ($file) = @_;
    my ($folder) = $file =~ m{^(.*)/};
    my (@ours, @others);

    for my $name ($text{$file} =~ /^#\s*include\s+[<"]([^>"]+)[>"]/mg) {
        my ($path) = grep { exists $text{$_} } "$folder/$name",
            map { "$_/$name" } qw(ngx_chat_module ngx_chat_module/proto worker);
        $path ? push @ours, $path : push @others, $name;
    }
    return (\@ours, \@others);
}

# The noun of a unit: its folder below the worker, or its first word.
sub family {
    my ($unit) = @_;
    return $1 if $unit =~ m{^(worker/\w+)/};
    return $1 if $unit =~ m{^(.*/(?:ngx_)?(?:chat_)?[a-z0-9]+)};
    return $unit;
}

sub layer {
    my ($unit) = @_;
    for my $i (0 .. $#layers) {
        return $i if $unit =~ $layers[$i][1];
    }
    return undef;
}

sub none {
    my ($name, @found) = @_;
    is(join("\n", @found), '', $name);
}


# ---- layers -----------------------------------------------------------------

my (%edges, %includers, %private, @unknown, @upward, @foreign, @leaked);

for my $file (@sources) {
    my $unit = unit($file);
    my $own = layer($unit);
    my ($ours, $others) = includes($file);

    if (!defined $own) {
        push @unknown, $file;
        next;
    }

    for my $target (map { unit($_) } @$ours) {
        next if $target eq $unit;
        my $below = layer($target) // next;
        $edges{$unit}{$target} = 1 if family($unit) ne family($target);
        $includers{$target}{$unit} = 1;
        push @upward, "$file includes $target ($layers[$below][0])"
            if $below > $own || ($file =~ m{^worker/}
                && $target =~ m{^ngx_chat_module/(?!proto/)});
    }

    for my $name (@$others) {
        for my $library (keys %libraries) {
            next unless $name =~ /$library/;
            push @foreign, "$file includes $name"
                unless $unit =~ $libraries{$library};
            $private{$unit} = $library
                if $file =~ /\.h$/ && $name !~ /^ngx_/;
        }
    }
}

for my $unit (sort keys %private) {
    push @leaked, map { "$_ includes $unit.h" }
        grep { !/$libraries{$private{$unit}}/ } sort keys %{$includers{$unit}};
}

# The circles that can be reached from a unit, each beginning at its first.
sub circles {
    my ($unit, $seen, @path) = @_;
    my @circle = @path;

    shift @circle while @circle && $circle[0] ne $unit;
    return "@circle $unit" if @circle;
    return () if $seen->{$unit}++;
    return map { circles($_, $seen, @path, $unit) } sort keys %{$edges{$unit}};
}

my %seen;

none('every unit has a layer', @unknown);
none('includes go down', @upward);
none('no units include each other in a circle',
    map { circles($_, \%seen) } sort keys %edges);
none('each library stays in its unit', @foreign);
none("no library's types in our headers", @leaked);


# ---- sizes and looks --------------------------------------------------------

my (@long, @wide, @silent, @unfinished, @tabs);

for my $file (@sources) {
    my @lines = split /\n/, $text{$file};
    my ($name, $start);

    push @long, "$file: " . @lines . ' lines'
        if @lines > ($long_files{$file} || FILE_LINES);
    push @silent, $file unless $text{$file} =~ m{\A\s*/\*.*?\*/}s;

    for my $i (0 .. $#lines) {
        my $at = "$file:" . ($i + 1);
        my $length = length($lines[$i] =~ s/[\x80-\xbf]//gr);

        push @wide, "$at: $length columns" if $length > COLUMNS;
        push @tabs, $at if $lines[$i] =~ /\t|\s$/;
        push @unfinished, "$at: $lines[$i]"
            if $lines[$i] =~ /\b(?:TODO|FIXME|XXX|HACK)\b/;

        if ($lines[$i] eq '{') {
            ($start, $name) = ($i, function_name(@lines[0 .. $i - 1]));

        } elsif ($lines[$i] eq '}' && defined $start) {
            my $count = $i - $start - 1;
            push @long, "$at: $name has $count lines"
                if $count > ($long_functions{$name} || FUNCTION_LINES);
            undef $start;
        }
    }
}

# nginx style: the name begins the line, its arguments may take several.
sub function_name {
    my @before = reverse @_;
    for (@before[0 .. 9]) {
        return $1 if defined && /^(\w+)\(/;
    }
    return 'a function';
}

none('files and functions are short', @long);
none('lines are at most ' . COLUMNS . ' columns wide', @wide);
none('no tabs, no spaces at the end', @tabs);
none('each file opens with a comment', @silent);
none('nothing is marked as unfinished', @unfinished);


# ---- headers ----------------------------------------------------------------

# As nginx's own build includes them.
my ($nginx) = slurp('var/build/module/Makefile')
    =~ /^ALL_INCS = ((?:.*\\\n)*.*)/m;
my ($src) = slurp('var/build/module/stamp') =~ /^(\S+)/;
my @nginx = map { "-I$_" } map { m{^/} ? $_ : "$src/$_" }
    grep { !/^(?:-I|\\)$/ } split ' ', $nginx;
my @libraries = split ' ', `pkg-config --cflags libmongoc-1.0`;
my @broken;

for my $header (grep { /\.h$/ } @sources) {
    my @flags = $header =~ m{^worker/}
        ? (qw(-Iworker -Ingx_chat_module/proto), @libraries)
        : (qw(-Ingx_chat_module -Ingx_chat_module/proto),
           $header =~ m{/proto/} ? () : @nginx);
    my @compile = qw(gcc -std=gnu11 -D_GNU_SOURCE -Wall -fsyntax-only -x c);
    my $said = `@compile @flags $header 2>&1`;
    push @broken, "$header: " . ($said =~ /(.*error.*)/)[0] if $?;
}

none('each header compiles alone', @broken);

done_testing();
