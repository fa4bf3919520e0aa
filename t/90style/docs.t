#!/usr/bin/perl

# The documents say what the code does: directives, settings of the worker and
# Redis functions are the same both ways, and links lead somewhere.

use warnings;
use strict;

use FindBin;
use Test::More;

chdir "$FindBin::Bin/../.." or die;

sub slurp {
    open my $fh, '<', $_[0] or return '';
    local $/;
    return scalar <$fh>;
}

sub same_names {
    my ($what, $code, $docs) = @_;
    my %in_code = map { $_ => 1 } @$code;
    my %in_docs = map { $_ => 1 } @$docs;

    is(join(' ', grep { !$in_docs{$_} } sort keys %in_code), '',
        "$what of the code are documented");
    is(join(' ', grep { !$in_code{$_} } sort keys %in_docs), '',
        "$what of the documents exist");
    cmp_ok(scalar @$code, '>', 0, "there are $what at all");
}


# ---- directives -------------------------------------------------------------

my $module = join '', map { slurp($_) } glob 'ngx_chat_module/*.c';
my $directives = slurp('docs/directives.md');
my @sections = $directives =~ /^#+ `?(chat_\w+)`?\s*$/mg;

same_names('directives', [ $module =~ /^\s*\{ ngx_string\("(chat_\w+)"\)/mg ],
    \@sections);

for my $name (@sections) {
    my ($text) = $directives =~ /^#+ `?\Q$name\E`?\s*$(.*?)(?=^#|\z)/ms;
    my @missing = grep { $text !~ /\b$_\b/ } qw(Syntax Default Context);
    is("@missing", '', "$name: syntax, default and context are given");
}


# ---- worker.conf ------------------------------------------------------------

my ($table) = slurp('worker/config.c') =~ /\bsettings\[\] = \{(.*?)^\};/ms;
my @settings = ($table // '') =~ /^\s*\{ "(\w+)"/mg;
my @documented = slurp('docs/operations.md') =~ /^\| `(\w+)/mg;
my @used = slurp('conf/worker.conf') =~ /^(\w+) /mg;
my %known = map { $_ => 1 } @settings;

same_names('settings', \@settings, \@documented);
is(join(' ', grep { !$known{$_} } @used), '', 'conf/worker.conf uses no others');


# ---- Redis functions --------------------------------------------------------

my ($functions) = slurp('docs/bus.md') =~ /^## Functions(.*?)^## /ms;

same_names('Redis functions',
    [ slurp('worker/chat.lua') =~ /^register\('(\w+)'/mg ],
    [ ($functions // '') =~ /^\| (\w+) \| (?:worker|module)/mg ]);


# ---- routes and events ------------------------------------------------------

my ($routes) = slurp('worker/router.c') =~ /\broutes\[\] = \{(.*?)^\};/ms;
my ($from_client) = slurp('docs/events.md') =~ /^## From the client(.*?)^## /ms;
my (@routes, @events, @documented_routes);

while (($routes // '') =~ /\{ "([A-Z]+)", "([^"]+)"/g) {
    next if $1 eq 'ACK';                  # told with the event that asks
    $1 eq 'EVENT' ? push @events, $2 : push @routes, "$1 $2";
}

for my $cell (slurp('docs/http-api.md') =~ m{^\| ([A-Z]+ /api/[^|]*?) \|}mg) {
    my ($method, $paths) = split ' ', $cell, 2;
    push @documented_routes, map { "$method $_" }
        split /, /, $paths =~ s/\?\S+//r;
}

# `authenticate` is the module's own.
same_names('routes', \@routes, \@documented_routes);
same_names('events', \@events, [ grep { $_ ne 'authenticate' && $_ ne 'event' }
    map { split /, / } ($from_client // '') =~ /^\| ([a-z, -]+) \|/mg ]);


# ---- links ------------------------------------------------------------------

# A heading's anchor, as code hosts make it.
sub anchors {
    my ($file) = @_;
    return map { (lc $_) =~ s/[^\w\- ]//gr =~ s/ /-/gr }
        slurp($file) =~ /^#+ (.*?)\s*$/mg;
}

my @dead;

for my $file (glob 'README.md docs/*.md') {
    my ($folder) = $file =~ m{^(.*/)} ? $1 : '';

    for my $link (slurp($file) =~ /\]\(([^)\s]+)\)/g) {
        next if $link =~ /^\w+:/;
        my ($path, $anchor) = split /#/, $link, 2;
        my $target = length $path ? $folder . $path : $file;

        push @dead, "$file: $link" unless -e $target
            && (!defined $anchor || grep { $_ eq $anchor } anchors($target));
    }
}

is(join("\n", @dead), '', 'relative links lead somewhere');


# ---- tables -----------------------------------------------------------------

# A row is a line, with as many cells as its table's head.
my @crooked;

for my $file (glob 'README.md docs/*.md') {
    my $columns = 0;

    for my $line (split /\n/, slurp($file)) {
        if ($line !~ /^\|/) {
            $columns = 0;
            next;
        }
        my $bars = () = $line =~ s/`[^`]*`//gr =~ /(?<!\\)\|/g;
        $columns ||= $bars;
        push @crooked, "$file: $line" if $bars != $columns || $line !~ /\|\s*$/;
    }
}

is(join("\n", @crooked), '', 'rows of tables are lines of equal cells');

done_testing();
