# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2016 # variables of lib.sh and clients
# `make demo DEVICE=...`, on this machine's decoder as on a board's; part of `clients`.

# demo DEVICE CODEC:NAME...: with these streams as films. All is built already: make
# need not look, it only has to be asked for the right thing.
demo() {
    local stream made device=$1
    shift
    mkdir -p "$scratch/bin"
    printf '%s\n' '#!/bin/sh' 'echo "$@" >"$MADE"' 'exit "${MAKE_STATUS:-0}"' >"$scratch/bin/make"
    chmod +x "$scratch/bin/make"
    for stream; do
        echo "${stream%:*} $(clip "${stream%:*}" "${stream#*:}")"
    done >"$scratch/films"
    local status=0
    MADE=$scratch/made PATH=$scratch/bin:$PATH "$tests/demo/run" --device "$device" --films "$scratch/films" \
        >"$scratch/said" 2>&1 || status=$?
    cat "$scratch/said"
    made=$(cat "$scratch/made")
    [ "$made" = "-C $top demo-build-device" ] || reason "it built '$made'" || return
    return "$status"
}

# rows PATTERN: lines of the table
rows() {
    grep -c "^[a-z0-9]*  .*$1" "$scratch/said" || true
}

demo_exact() {
    demo "$1" mpeg2:ipb h264:main-cabac || reason "the demo fails with the device $1" || return
    [ "$(rows 'bit-exact$')" = 2 ] || reason "not all rows are bit-exact" || return
    [ "$(counter jobs)" -gt 0 ] || reason "the device had no job" || return
    [ -s "$top/build/demo/ipb.m2v.png" ] || reason "there is no contact sheet"
}

# A device that is none, or that makes an error: every such row says so.
demo_differs() {
    ! demo "$@" || reason "the demo is content" || return
    [ "$(rows 'DIFFERS, see')" = $(($# - 1)) ] || reason "not $(($# - 1)) rows differ"
}

demo_failing() {
    param inject_error 5
    demo_differs "$@"
}

# What was built before would decode, and hide that.
demo_not_built() {
    ! MAKE_STATUS=2 demo /dev/media0 mpeg2:ipb || reason "the demo is content" || return
    grep -q 'the build failed' "$scratch/said" || reason "it does not say that the build failed" || return
    [ "$(rows .)" = 0 ] || reason "it goes on"
}

clients_demo() {
    rm -rf "$top/build/demo"
    try clients-demo-media demo_exact /dev/media0
    try clients-demo-driver demo_exact vstateless
    try clients-demo-no-device demo_differs /dev/media7 mpeg2:ipb
    try clients-demo-software demo_differs /dev/video0 h264:high444
    try clients-demo-not-built demo_not_built
    try clients-demo-failing demo_failing /dev/media0 mpeg2:ipb
}
