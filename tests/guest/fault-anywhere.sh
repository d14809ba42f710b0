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
    as_software "$(clip "$1" "$2")" "$3" "$4"
}

# as_software FILE HOW SEED
as_software() {
    local file=$1 status=0
    "$tests/fault/damage" "$2" "$3" <"$file" >"$scratch/cut.${file##*.}"
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

# Those with another key frame to begin at, or an intra-only one
ivf_starts='^(vp8/(resize|all-tools|invisible)|vp9/(intra-only|resets|sizes|depth-change|screen)|av1/(forward-key|svt-sframe))[.]'

# Later pictures with more slices than a device takes, which cannot hold the
# CAPTURE buffer of the first ones: all is decoded in software.
too_many_slices() {
    param hevc_slices 2 && param hold 0 || return
    decode hevc more-slices || reason "decode ended with status $?" || return
    ! grep -q '^[0-9]* [0-9]* k\?c\?h ' "$scratch/out" || reason "decoded by the device" || return
    compare exact hevc more-slices
}

# Where a seed cuts depends on the stream as well. One that is made from the name
# stays when streams are added. One stream is cut elsewhere: FFmpeg's software
# dequantises wrongly behind the SPS that follows a broken start of sets-again (the
# device's frames are those of the whole stream).
fault_cut_at() {
    local seed
    seed=$(cksum <<<"$1 $2 $3" | cut -d ' ' -f 1)
    [[ $1-$3 != start-sets-again ]] || seed=$((seed + 1))
    try "fault-$1-$2-$3" cut_off "$2" "$3" "$1" "$((seed % 1000))"
}

fault_cut() {
    local codec name
    while read -r codec name _; do
        fault_cut_at cut "$codec" "$name"
    done < <(matching '[.](m2v|h264|h265|hevc|265|obu|ivf|webm|ts|mpg)$')
}

fault_start() {
    local codec name
    while read -r codec name _; do
        fault_cut_at start "$codec" "$name"
    done < <(matching '[.](m2v|h264|h265|hevc|265|obu|ts|mpg)$' && matching "$ivf_starts")
}

blank_field() {
    with_index mpeg2 "$(clip mpeg2 "$1")" mkv || return
    as_software "$sought" blank "$2"
}

fault_lost() {
    local name seed
    for name in main-cabac b-pyramid weightp long-term field-p paff-mmco paff-mbaff slices4 refs16; do
        for seed in 1 2 5; do
            try "fault-lost-$seed-h264-$name" cut_off h264 "$name" lose "$seed"
        done
    done
    # A first field is left alone: FFmpeg does not end it, or not the frame.
    for name in field-frame-mix all-tools; do
        for seed in 0 1 2 3; do
            try "fault-lost-field-$seed-mpeg2-$name" cut_off mpeg2 "$name" field "$seed"
            try "fault-lost-blank-$seed-mpeg2-$name" blank_field "$name" "$seed"
        done
    done
}

# with_index CODEC FILE [SUFFIX]: a stream with timestamps: raw ones have none.
# Matroska is what VP8 and VP9 come in.
with_index() {
    sought=$scratch/sought.${3:-mp4}
    [[ $1 != vp* ]] || sought=$scratch/sought.mkv
    play -v error -y -i "$2" -c copy -bsf:v setts=pts=N:dts=N "$sought" || reason "ffmpeg ended with $?"
}

# What follows a seek to a key frame is software's, and what was shown before it.
sought_once() {
    local status=0
    "$tools/decode" --software --seek="$1" --play="$2" "$sought" >"$scratch/want" || status=$?
    [ "$status" = 0 ] || return "$status"
    timeout -s KILL "$limit" "$tools/decode" --seek="$1" --play="$2" "$sought" >"$scratch/out" ||
        reason "decode ended with status $?" || return
    ! grep -q '^[0-9]* [0-9]* k\?c\?s ' "$scratch/out" || reason "decoded in software" || return
    awk -v want="${3:-exact}" -f "$guest/compare.awk" "$scratch/want" "$scratch/out" ||
        reason "key frame $1: frames differ"
}

# To every key frame, by a decoder that has played some packets, and once by a new one.
sought() {
    local key status=0
    with_index "$1" "$(clip "$1" "$2")" || return
    sought_once 2 0 || reason "no second key frame: $?" || return
    for ((key = 1; ; key++)); do
        sought_once "$key" 5 || status=$?
        [ "$status" = 0 ] || break
    done
    # 3: there is no such key frame.
    [ "$status" = 3 ]
}

# To the picture that announces a recovery point. The device fails in it for want of
# references, so that the refresh is incomplete.
sought_refresh() {
    with_index h264 "$(clip h264 recovery)" && sought_once 1 0 honest
}

# The streams of a codec with two or more key frames that a player can seek to.
seek_streams() {
    cat <<END
mpeg2 ipb closed-gop resize open-gop-cut field-frame-mix matrices-change
h264 intra-only open-gop two-sps resize long-term-idr sets-again high422-intra depth-change
hevc open-gop cra-first resize depth-change bla radl new-params random-access
vp8 resize resize-encoder all-tools invisible scaling
vp9 intra-only high-intra sizes depth-change screen tile-rows
av1 forward-key sequences depths mp4 screen grain-svt
END
}

fault_seek() {
    local codec names name
    while read -r codec names; do
        for name in $names; do
            try "fault-seek-$codec-$name" sought "$codec" "$name"
        done
    done < <(seek_streams)
    try fault-seek-h264-recovery sought_refresh
}
