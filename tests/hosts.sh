#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Hosts that lack something: what is said there, and what to do.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# says NAME MESSAGE... -- COMMAND...: the command fails, and its output has each of these.
says() {
    name=$1
    shift
    : >"$work/wanted"
    while [ "$1" != -- ]; do
        printf '%s\n' "$1" >>"$work/wanted"
        shift
    done
    shift
    reason=
    ! "$@" >"$work/said" 2>&1 || reason="it succeeds"
    while read -r message; do
        grep -q -F -e "$message" "$work/said" || reason="nobody says '$message'"
    done <"$work/wanted"
    if [ -z "$reason" ]; then
        echo "ok $name"
    else
        cat "$work/said"
        echo "not ok $name: $reason"
        failed=1
    fi
}

# without DIR NAME...: programs of this host, but for these
without() {
    mkdir "$work/$1"
    for dir in /usr/local/bin /usr/bin /bin; do
        for program in "$dir"/*; do
            [ -e "$work/$1/${program##*/}" ] || ln -s "$program" "$work/$1/"
        done
    done
    programs=$1
    shift
    for name; do
        rm -f "$work/$programs/$name"
    done
}

# Another system: no apt, and nothing in the cache yet
without no-apt apt apt-get apt-cache
printf '%s\n' --disable-everything >"$work/options"
says hosts-without-apt 'cannot get FFmpeg 7.1: this system has no apt' './configure --ffmpeg=TARBALL' \
    './configure --ffmpeg=DIR' -- env "PATH=$work/no-apt" "V4L2REQUEST_CACHE=$work/cache" \
    "$root/tools/ffmpeg-tree" 7.1 "$work/tree" "$work/options"
says hosts-without-apt-fetch 'no apt-get' -- env "PATH=$work/no-apt" "V4L2REQUEST_CACHE=$work/cache" \
    "$root/tools/debian-fetch" version trixie ffmpeg

# A board: the virtual decoder needs x86-64
without board uname
printf '%s\n' '#!/bin/sh' '[ "$*" = -m ] || exec /bin/uname "$@"' 'echo aarch64' >"$work/board/uname"
chmod +x "$work/board/uname"
says hosts-demo-not-x86 'this is aarch64: the virtual decoder needs User Mode Linux, which exists for x86-64 only' \
    'make demo DEVICE=/dev/media0' -- env "PATH=$work/board" "$root/tests/demo/run"
says hosts-uml-not-x86 'User Mode Linux needs an x86-64 host, this is aarch64' -- env "PATH=$work/board" \
    "$root/tests/uml/run" true
exit "$failed"
