# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh, decode.sh and fault
# Decode with tests/tools/decode and compare with software. To be sourced after
# lib.sh.

references=$tools/references
preload=''
# Seconds for a stream; more in a slow kernel
limit=${LIMIT:-60}

# The streams of the list, by "CODEC NAME"
declare -A clips
while read -r codec name file _; do
    [ -z "$file" ] || clips["$codec $name"]=$tests/clips/$file
done < <(grep -v '^#' "$tests/clips/list.txt")

# clip CODEC NAME: path of a stream
clip() {
    echo "${clips["$1 $2"]-}"
}

# decode CODEC NAME OPTION...: into $scratch/out; 124 when the time is up
decode() {
    local file status=0
    file=${clips["$1 $2"]-}
    [ -n "$file" ] || reason "list.txt has no $1 $2" || return
    shift 2
    env ${preload:+"$preload"} ${preload_options[@]+"${preload_options[@]}"} \
        timeout -s KILL "$limit" "$tools/decode" "$@" "$file" >"$scratch/out" || status=$?
    [ "$status" != 137 ] || reason "no end after $limit seconds" || status=124
    return "$status"
}

# compare exact|honest|prefix CODEC NAME
compare() {
    awk -v want="$1" -f "$guest/compare.awk" "$references/$2-$3" "$scratch/out"
}

# exact CODEC NAME OPTION...: every frame is software's, none came from software.
# shellcheck disable=SC2317 # called by the scripts
exact() {
    decode "$@" || reason "decode failed: exit status $?" || return
    ! grep -q '^[0-9]* [0-9]* k\?c\?s ' "$scratch/out" || reason "decoded in software" || return
    compare exact "$1" "$2"
}
preload_options=()
