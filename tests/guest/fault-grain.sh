# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # variables of lib.sh, decode.sh and fault
# Film grain that the device does not apply; part of `fault`.

# bare CLIP: pictures of software without the grain, into $scratch/bare
bare() {
    play -y -v error -export_side_data film_grain -i "$1" -vf format=yuv420p -fps_mode passthrough -bitexact \
        -f framemd5 "$scratch/bare" || reason "software ended with $?"
}

# without_grain CLIP OPTION...: the device's pictures are those, and not those with grain
without_grain() {
    local file=$1
    shift
    bare "$file" || return
    play -y -loglevel verbose "${hw[@]}" "$@" -i "$file" -vf hwdownload,format=nv12,format=yuv420p,showinfo \
        -fps_mode passthrough -bitexact -f framemd5 "$scratch/framemd5" 2>"$scratch/said" || reason "ffmpeg ended with $?" || return
    cat "$scratch/said"
    diff -b "$scratch/bare" "$scratch/framemd5" || reason "frames are not those without grain"
}

# The player wants to apply the grain: it gets its parameters, and pictures without.
grain_exported() {
    without_grain "$(clip av1 "$1")" -export_side_data film_grain || return
    grep -qi 'film grain' "$scratch/said" || reason "no parameters are exported" || return
    ! grep -q 'does not apply film grain' "$scratch/said" || reason "a warning that nobody needs"
}

# The device has no control for it: that has to be said.
grain_missing() {
    param av1_film_grain 0
    without_grain "$(clip av1 "$1")" || return
    [ "$(grep -c 'does not apply film grain' "$scratch/said")" = 1 ] || reason "no warning, or more than one"
}

fault_grain() {
    local name
    for name in grain grain-refs grain-cfl grain-svt; do
        try "fault-grain-exported-$name" grain_exported "$name"
        try "fault-grain-missing-$name" grain_missing "$name"
    done
}
