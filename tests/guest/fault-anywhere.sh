# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh, decode.sh and fault
# Streams that begin or end anywhere, or lack a picture; part of `fault`.

# rows REGEXP: codec, name and file of the streams whose file matches
matching() {
    awk -v which="$1" '!/^#/ && $4 == "hw" && $3 ~ which { print $1, $2, $3 }' "$tests/clips/list.txt"
}

# Each frame is software's or marked: software conceals what is missing, a device
# cannot. Software drops pictures of VP9 and AV1 that it finds to be cut; a device
# finds that out after FFmpeg has counted on them, so they come out, marked.
cut_off() {
    local file status=0
    file=$(clip "$1" "$2")
    "$tests/fault/damage" "$3" "$4" <"$file" >"$scratch/cut.${file##*.}"
    timeout -s KILL "$limit" "$tools/decode" --software "$scratch/cut.${file##*.}" >"$scratch/want" || status=$?
    timeout -s KILL "$limit" "$tools/decode" "$scratch/cut.${file##*.}" >"$scratch/out" || [ "$?" = "$status" ] ||
        reason "decode ended otherwise than software: $status" || return
    [ "$status" = 0 ] || return 0
    awk -v want=honest -f "$guest/compare.awk" "$scratch/want" "$scratch/out" || return
    if [ "$(unmarked "$scratch/out")" -gt "$(frames "$scratch/want")" ] ||
        [ "$(frames "$scratch/out")" -lt "$(frames "$scratch/want")" ]; then
        reason "$(frames "$scratch/out") frames, software has $(frames "$scratch/want")"
    fi
}

# Where a seed cuts depends on the stream as well.
fault_cut() {
    local codec name seed=0
    while read -r codec name _; do
        seed=$((seed + 1))
        try "fault-cut-$codec-$name" cut_off "$codec" "$name" cut "$seed"
    done < <(matching '[.](m2v|h264|h265|hevc|265|obu|ivf|ts|mpg)$')
    while read -r codec name _; do
        seed=$((seed + 1))
        try "fault-start-$codec-$name" cut_off "$codec" "$name" start "$seed"
    done < <(matching '[.](m2v|h264|h265|hevc|265|obu|ts|mpg)$')
}

fault_lost() {
    local name seed
    for name in main-cabac b-pyramid weightp long-term field-p paff-mmco paff-mbaff slices4 refs16; do
        for seed in 1 2 5; do
            try "fault-lost-$seed-h264-$name" cut_off h264 "$name" lose "$seed"
        done
    done
}

# A stream with timestamps: raw ones have none.
with_index() {
    sought=$scratch/sought.mkv
    [ "$1" = vp8 ] || sought=$scratch/sought.mp4
    play -v error -y -i "$2" -c copy -bsf:v setts=pts=N:dts=N "$sought" || reason "ffmpeg ended with $?"
}

# From every key frame on the frames are software's.
sought() {
    local key status=0
    with_index "$1" "$(clip "$1" "$2")" || return
    for ((key = 1; ; key++)); do
        "$tools/decode" --software --seek="$key" "$sought" >"$scratch/want" || status=$?
        [ "$status" != 3 ] || break
        [ "$status" = 0 ] || reason "software ended with status $status" || return
        timeout -s KILL "$limit" "$tools/decode" --seek="$key" "$sought" >"$scratch/out" ||
            reason "decode ended with status $?" || return
        awk -v want=exact -f "$guest/compare.awk" "$scratch/want" "$scratch/out" || reason "key frame $key: frames differ" || return
    done
    [ "$key" -gt 2 ] || reason "the stream has less than two key frames"
}

# AV1's resize changes the size of frames between key frames: it has one.
fault_seek() {
    local codec name
    while read -r codec name _; do
        try "fault-seek-$codec-$name" sought "$codec" "$name"
    done < <(matching '/(closed-gop|open-gop|ipb|intra-only|resize|two-sps|long-term-idr|sets-again|depth-change|high422-intra|field-frame-mix|matrices-change|sequences|depths|mp4|.*(key|idr|cra|gop).*)[.]' | grep -v '^av1 resize ')
}
