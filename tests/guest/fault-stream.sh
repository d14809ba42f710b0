# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh, decode.sh and fault
# Streams that are damaged, too large or not played from start to end; part of
# `fault`.

# As many frames as software, no crash, no hang, nothing left.
damaged() {
    local file status=0
    file=$(clip "$1" "$2")
    "$tests/fault/damage" "$3" "$4" <"$file" >"$scratch/damaged.${file##*.}"
    timeout -s KILL "$limit" "$tools/decode" --software "$scratch/damaged.${file##*.}" >"$scratch/want" || true
    timeout -s KILL "$limit" "$tools/decode" --threads="$5" "$scratch/damaged.${file##*.}" >"$scratch/out" || status=$?
    ! crashed "$status" || reason "decode ended with status $status" || return
    grep -q '^end' "$scratch/want" || return 0
    [ "$(frames "$scratch/out")" = "$(frames "$scratch/want")" ] ||
        reason "$(frames "$scratch/out") frames, software has $(frames "$scratch/want")"
}

# The first OUTPUT buffer is too small for the picture.
oversized() {
    "$tools/decode" --software "$tools/oversized.h264" >"$scratch/want"
    : >"$scratch/count"
    LD_PRELOAD=$tools/ioctl.so FAULT_COUNT=$scratch/count timeout -s KILL "$limit" \
        "$tools/decode" "$tools/oversized.h264" >"$scratch/out" || reason "decode ended with status $?" || return
    cat "$scratch/count"
    awk -v want=exact -f "$guest/compare.awk" "$scratch/want" "$scratch/out"
}

# As many frames as software after a flush in the middle; what refers to frames from
# before it may be corrupt.
flushed() {
    local file
    file=$(clip "$1" "$2")
    shift 2
    "$tools/decode" --software "$@" "$file" >"$scratch/want"
    timeout -s KILL "$limit" "$tools/decode" "$@" "$file" >"$scratch/out" || reason "decode ended with status $?" || return
    awk -v want=honest -f "$guest/compare.awk" "$scratch/want" "$scratch/out" || return
    [ "$(frames "$scratch/out")" = "$(frames "$scratch/want")" ] || reason "$(frames "$scratch/out") frames"
}

# Frames stay readable when the decoder that made them and its device are gone.
outlives() {
    local codec=$1 name=$2 count=$3
    shift 3
    param hwtime_us 20000
    param window 1
    decode "$codec" "$name" --hold=6 --close-after="$count" "$@" || reason "decode ended with status $?" || return
    compare prefix "$codec" "$name" || return
    [ "$(frames "$scratch/out")" = "$count" ] || reason "$(frames "$scratch/out") frames instead of $count"
}

looped() {
    local file
    file=$(clip "$1" "$2")
    play -y -stream_loop 2 -i "$file" -noautoscale -fps_mode passthrough -bitexact -f framemd5 "$scratch/want"
    play -y "${hw[@]}" -stream_loop 2 -i "$file" -noautoscale "${md5[@]}" "$scratch/got" ||
        reason "ffmpeg ended with $?" || return
    diff "$scratch/want" "$scratch/got" || reason "frames differ from software" || return
    [ "$(frames "$scratch/got")" -ge "$((2 * $(frames "$references/$1-$2")))" ] || reason "too few frames"
}

# Few buffers: enough, or an error that says so.
few_buffers() {
    param max_buffers "$3"
    honest "$1" "$2"
}

# Slices of a picture with different parameter sets, on a device that is told of one.
other_pps() {
    honest h264 slices-pps || return
    grep -q '^[0-9]* [0-9]* [a-z]*c' "$scratch/out" || reason "no frame is marked" || return
    play -v error "${hw[@]}" -i "$(clip h264 slices-pps)" -vf hwdownload,format=nv12 -f null - 2>&1 |
        grep 'different picture parameter sets' || reason "no line says why"
}

# A PPS that the controls cannot say, inside of a sequence: pictures are lost, and
# software goes on at the next IDR picture.
rext_inside() {
    local file=$scratch/rext-inside.h265
    python3 -B "$tests/clips/generate/hevc.py" rext-inside >"$file"
    "$tools/decode" --software "$file" >"$scratch/want"
    timeout -s KILL "$limit" "$tools/decode" "$file" >"$scratch/out" 2>"$scratch/log" || true
    cat "$scratch/log"
    awk -v want=honest -f "$guest/compare.awk" "$scratch/want" "$scratch/out" || return
    grep -q 'Software takes over at the next IDR' "$scratch/log" || reason "no line says why" || return
    # Three before the PPS, nine from the IDR picture on
    [ "$(unmarked "$scratch/out")" = 12 ] || reason "$(unmarked "$scratch/out") frames are good, not 12"
}

fault_damaged() {
    local seed how=(flip flip flip cut drop) name
    for seed in $(seq 1 20); do
        for name in mpeg2:ipb mpeg2:field-b h264:main-cabac h264:paff-mmco h264:slices4 vp8:altref vp8:resize; do
            try "fault-${how[seed % 5]}-$seed-${name/:/-}" damaged "${name%:*}" "${name#*:}" \
                "${how[seed % 5]}" "$seed" "$((seed % 4 == 0 ? 3 : 1))"
        done
    done
}

fault_stream() {
    local seed name
    try fault-oversized oversized
    try fault-slices-hevc too_many_slices
    try fault-slices-pps other_pps
    try fault-rext-inside rext_inside
    for name in mpeg2:ipb h264:main-cabac h264:paff-mmco vp8:altref vp8:resize av1:screen; do
        try "fault-flush-${name/:/-}" flushed "${name%:*}" "${name#*:}" --flush-at=3
        try "fault-outlives-${name/:/-}" outlives "${name%:*}" "${name#*:}" 6
        try "fault-outlives-mapped-${name/:/-}" outlives "${name%:*}" "${name#*:}" 6 --map=3
    done
    # ffmpeg cannot go back to the start of a raw H.264 stream, with or without a device.
    for name in mpeg2:ipb h264:avcc hevc:hvcc vp8:altref vp8:resize vp9:altref av1:mp4; do
        try "fault-loop-${name/:/-}" looped "${name%:*}" "${name#*:}"
    done
    for seed in 1 2 3 4 6 8 12; do
        try "fault-buffers-$seed-mpeg2-ipb" few_buffers mpeg2 ipb "$seed"
        try "fault-buffers-$seed-h264-main-cabac" few_buffers h264 main-cabac "$seed"
        try "fault-buffers-$seed-h264-refs16" few_buffers h264 refs16 "$seed"
        try "fault-buffers-$seed-vp8-references" few_buffers vp8 references "$seed"
    done
}
