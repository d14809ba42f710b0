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

# A process costs tens of milliseconds in this kernel, more than a decoded frame:
# what follows runs for each case, and so makes none.

param() {
    echo "$2" >"$parameters/$1" || reason "the driver refuses $1=$2"
}

# The parameters as they were when the guest started
save_params() {
    local file value
    declare -gA saved_params=()
    for file in "$parameters"/*; do
        read -r value <"$file" || true
        saved_params[${file##*/}]=$value
    done
}

restore_params() {
    local name value
    [ -d "$parameters" ] || return 0
    for name in "${!saved_params[@]}"; do
        read -r value <"$parameters/$name" || true
        [ "$value" = "${saved_params[$name]}" ] || echo "${saved_params[$name]}" >"$parameters/$name"
    done
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
    local name value
    while read -r name value _; do
        [ "$name" != "$1" ] || echo "$value"
    done <"$debug/stats"
}

# counted REGEX: sets found to the counters of such names that are not zero.
counted() {
    local name value
    found=
    [ -d "$debug" ] || return 0
    while read -r name value _; do
        [[ $value = 0 || ! $name =~ $1 ]] || found="$found $name=$value"
    done <"$debug/stats"
}

# Without the driver there is nothing to count.
reset_counters() {
    [ ! -d "$debug" ] || echo 1 >"$debug/reset"
}

live() {
    local found
    counted '_live$'
    echo "$found"
}

# A running job keeps its buffers for a moment after the last close.
no_leaks() {
    local found tries=0
    while counted '_live$' && [ -n "$found" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 150 ] || reason "leak:$found" || return
        sleep 0.02
    done
}

no_complaints() {
    local found
    counted "^(${quiet// /|})\$"
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
