# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the areas in tests/check/ share. To be sourced.
#
# An area prints a line "ok NAME" or "not ok NAME: REASON" for each case and
# keeps what a case said in $logs/NAME.log. It fails by such lines, not by its
# exit status.

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$tests/.." && pwd)
export FFMPEG_VERSION=${FFMPEG_VERSION:-7.1}
# shellcheck disable=SC2034 # for the areas
tree=$top/build/ffmpeg-$FFMPEG_VERSION
# shellcheck disable=SC2034
tools=$top/build/tests/$FFMPEG_VERSION
export V4L2REQUEST_LOGS=${V4L2REQUEST_LOGS:-$top/build/test-logs/$FFMPEG_VERSION}
logs=$V4L2REQUEST_LOGS
mkdir -p "$logs"

ok() {
    echo "ok $1"
}

not_ok() {
    echo "not ok $1: $2"
}

# Progress, for people: not a result.
say() {
    echo "# $*" >&2
}

die() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# The last line that a failed case wrote is its reason.
reason_in() {
    local line
    line=$(grep . "$1" | tail -n 1)
    echo "${line:-no message}"
}

# try NAME COMMAND...: a case that is one command.
try() {
    local name=$1 status=0
    shift
    "$@" >"$logs/$name.log" 2>&1 </dev/null || status=$?
    if [ "$status" = 0 ]; then
        ok "$name"
    else
        not_ok "$name" "exit status $status, $(reason_in "$logs/$name.log")"
    fi
}

# uml GROUP OPTIONS... -- COMMAND...: cases that run in one guest. The command
# prints their lines; that it came to its end is a case too.
uml() {
    local group=$1 status=0 started=$SECONDS
    shift
    "$tests/uml/run" --log "$logs/uml-$group" "$@" 2>"$logs/uml-$group.log" </dev/null || status=$?
    say "guest $group: $((SECONDS - started)) s"
    if [ "$status" = 0 ]; then
        ok "uml-$group"
    else
        not_ok "uml-$group" "exit status $status, $(guest_reason "$logs/uml-$group.log")"
    fi
}

# What tests/uml/run says itself comes before the logs that it shows.
guest_reason() {
    local line
    line=$(grep '^tests/uml/run: ' "$1" | grep -v ': building ' | head -n 1)
    [ -n "$line" ] || line=$(reason_in "$1")
    echo "$line (see $1)"
}

# parallel COMMAND...: start it when fewer than three of them are running: guests
# wait a good part of their time.
parallel() {
    while [ "$(jobs -rp | wc -l)" -ge 3 ]; do
        wait -n || true
    done
    "$@" &
}

# Software's frames of all streams, by the client that the guest uses.
make_references() {
    local codec name file expect options out
    "$tests/tools/build" "$tree" "$tools" || die "cannot build the tests' clients"
    mkdir -p "$tools/references"
    while read -r codec name file expect options; do
        case $codec in '' | '#'*) continue ;; esac
        [[ $expect = hw || $expect = slices || $options = *resize=1* ]] || continue
        out=$tools/references/$codec-$name
        [ "$out" -nt "$tests/clips/$file" ] && [ "$out" -nt "$tools/decode" ] && continue
        "$tools/decode" --software "$tests/clips/$file" >"$out.tmp" 2>"$logs/reference-$codec-$name.log" ||
            die "no reference of $file, see $logs/reference-$codec-$name.log"
        mv "$out.tmp" "$out"
    done <"$tests/clips/list.txt"
}

# The stream that is too large to be kept with the others
prepare_oversized() {
    [ -s "$tools/oversized.h264" ] || python3 "$tests/fault/oversized.py" >"$tools/oversized.h264"
}

# table NAME: a table that a tool made is the one in doc/, but for the line that
# has versions; with GEN=1 it becomes that.
table() {
    if [ "${GEN-}" = 1 ] && [ -s "$logs/$1.md" ]; then
        cp "$logs/$1.md" "$top/doc/$1.md"
    fi
    if diff -u -I '^Versions: ' "$top/doc/$1.md" "$logs/$1.md" >"$logs/$1-table.log" 2>&1; then
        ok "$1-table"
    else
        sed 's/^/# /' "$logs/$1-table.log"
        not_ok "$1-table" "other than doc/$1.md, see $logs/$1-table.log; make $1 writes it anew"
    fi
}

# gstreamer_version ROOT: of the decoders in a tree of tests/uml/root
gstreamer_version() {
    awk '/^Package: / { found = $2 == "gstreamer1.0-plugins-bad" } found && /^Version: / { print $2 }' \
        "$1/var/lib/dpkg/status"
}
