# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the test scripts in the guest share. To be sourced.

guest=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the scripts
tests=$(cd "$guest/.." && pwd)
top=$(cd "$guest/../.." && pwd)
# shellcheck disable=SC2034
tree=$top/build/ffmpeg-$FFMPEG_VERSION
# shellcheck disable=SC2034
tools=$top/build/tests/$FFMPEG_VERSION
logs=$V4L2REQUEST_LOGS
# The guest's own memory
scratch=/run/test
debug=/sys/kernel/debug/vstateless
parameters=/sys/module/vstateless/parameters
# Counters that must be zero after a case, besides those of living objects
quiet="bad_access stale_reads sync_unbalanced model_warnings"

param() {
    echo "$2" >"$parameters/$1" || reason "the driver refuses $1=$2"
}

# The parameters as they were when the guest started
save_params() {
    local file
    for file in "$parameters"/*; do
        printf '%s %s\n' "${file##*/}" "$(cat "$file")"
    done >"$scratch/params.$$"
}

restore_params() {
    local name value
    [ -d "$parameters" ] || return 0
    while read -r name value; do
        [ "$(cat "$parameters/$name")" = "$value" ] || echo "$value" >"$parameters/$name"
    done <"$scratch/params.$$"
}

# crashed STATUS: ended by a signal, or by timeout's; ffmpeg's own are above.
crashed() {
    [ "$1" -ge 124 ] && [ "$1" -le 165 ]
}

# Make a case fail: the last line of its log is the reason.
reason() {
    echo "$*"
    return 1
}

# counter NAME: one counter of the driver
counter() {
    awk -v name="$1" '$1 == name { print $2 }' "$debug/stats"
}

# Without the driver there is nothing to count.
reset_counters() {
    [ ! -d "$debug" ] || echo 1 >"$debug/reset"
}

live() {
    [ -d "$debug" ] || return 0
    awk '$1 ~ /_live$/ && $2 != 0 { printf " %s=%s", $1, $2 }' "$debug/stats"
}

# A running job keeps its buffers for a moment after the last close.
no_leaks() {
    local left tries=0
    while left=$(live) && [ -n "$left" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 150 ] || { reason "leak:$left" && return 1; }
        sleep 0.02
    done
}

no_complaints() {
    local found
    [ -d "$debug" ] || return 0
    found=$(awk -v names=" $quiet " '$2 != 0 && index(names, " " $1 " ") { printf " %s=%s", $1, $2 }' "$debug/stats")
    [ -z "$found" ] || reason "the driver counted:$found"
}

# try NAME COMMAND...: a case. The command is a function or a program; what it
# writes is kept, its last line is the reason of a failure.
try() {
    local name=$1 status=0 log
    shift
    log=$logs/$name.log
    reset_counters
    { "$@" && no_leaks && no_complaints; } >"$log" 2>&1 </dev/null || status=$?
    restore_params
    if [ "$status" = 0 ]; then
        echo "ok $name"
    else
        echo "not ok $name: $(grep . "$log" | tail -n 1)"
    fi
}

mkdir -p "$scratch"
[ ! -d "$parameters" ] || save_params
