#!/bin/sh
# Builds every fuzz target with clang and runs each for SECONDS.
#
#   t/fuzz/run.sh SECONDS [target ...]
#
# Seeds are in corpus/<target>; what is found on the way, and what fails, goes
# to var/fuzz/<target>.  Stops at the first target that fails.

set -eu

seconds=${1:?usage: run.sh SECONDS [target ...]}
shift

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$root/var/fuzz

[ $# -gt 0 ] || set -- ws_header ws_reader eio_payload sio_packet json envelope

for target in "$@"; do
    found=$out/$target
    mkdir -p "$found"

    clang -std=gnu11 -g -O1 -Wall -Wextra -Werror -fno-omit-frame-pointer \
        -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
        -I "$root/ngx_chat_module/proto" -o "$out/$target.bin" \
        "$here/$target.c" "$root"/ngx_chat_module/proto/*.c \
        -ljansson -lcrypto

    echo "fuzz: $target for $seconds s"
    "$out/$target.bin" -max_total_time="$seconds" -timeout=5 -max_len=4096 \
        -print_final_stats=1 -verbosity=0 -artifact_prefix="$found/failed-" \
        "$found" "$here/corpus/$target" 2>&1 | tee "$out/$target.log" \
        | grep -E 'stat::(number_of_executed_units|new_units_added)|ERROR|SUMMARY|\.c:[0-9]+:' || true

    grep -q '^stat::number_of_executed_units' "$out/$target.log"
    if grep -qE 'ERROR: |SUMMARY: ' "$out/$target.log"; then exit 1; fi
done
