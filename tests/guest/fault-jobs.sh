# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh, decode.sh and fault
# Jobs that fail, hang or have no device under them; part of `fault`.

# Packets whose frames are marked
marked() {
    awk '/^[0-9]/ && $3 ~ /c/ { print $2 }' "$scratch/out"
}

# One job of a clip fails: every frame comes, those that are wrong are marked,
# and no frame from before the failed job is.
failed_job() {
    local codec=$1 name=$2 job=$3 first=$4
    param inject_error "$job"
    honest "$codec" "$name" || return
    [ "$(frames "$scratch/out")" = "$(frames "$references/$codec-$name")" ] || reason "frames are missing" || return
    [ "$(counter done_err)" != 0 ] || reason "job $job did not fail" || return
    [ -n "$(marked)" ] || reason "no frame is marked" || return
    if [ -n "$first" ]; then
        marked | awk -v first="$first" '$1 < first { exit 1 }' || reason "a frame before packet $first is marked"
    fi
}

# Without prediction from other frames, a failed job is one frame.
failed_intra() {
    failed_job h264 intra-only "$1" "$(($1 - 1))" || return
    [ "$(marked | wc -l)" = 1 ] || reason "$(marked | wc -l) frames are marked"
}

# In front of the message that announces a recovery point nothing matters.
failed_unneeded() {
    param inject_error 2
    exact h264 recovery
}

# failed_stop OPTION...: this makes ffmpeg stop with an error.
failed_stop() {
    param inject_error 4
    ! play "${hw[@]}" "$@" -i "$(clip h264 main-cabac)" "${md5[@]}" - || reason "ffmpeg ended with 0"
}

failed_said() {
    local log=$scratch/said
    param inject_error 4
    play "${hw[@]}" -i "$(clip h264 main-cabac)" "${md5[@]}" "$scratch/framemd5" 2>"$log" || reason "ffmpeg ended with $?" || return
    cat "$log"
    grep -q 'corrupt decoded frame' "$log" || reason "ffmpeg did not name the frame" || return
    [ "$(grep -vc '^#' "$scratch/framemd5")" = "$(frames "$references/h264-main-cabac")" ] || reason "frames are missing"
}

failed_counted() {
    param inject_error 4
    play -loglevel verbose "${hw[@]}" -i "$(clip h264 main-cabac)" "${md5[@]}" "$scratch/framemd5" 2>"$scratch/said" || true
    grep 'decode errors' "$scratch/said"
    ! grep -q ' 0 decode errors' "$scratch/said" || reason "ffmpeg counted no decode error"
}

# A device that never answers and has no watchdog of its own: the frames may be
# lost, time must not be.
hang() {
    param timeout_ms 0
    param inject_hang "$3"
    limit=25
    honest "$1" "$2" --device-options=timeout=500 || return
    ! awk 'NR == FNR { if (/^[0-9]/) n++; next } /^[0-9]/ && $3 !~ /c/ { ok++ } END { exit ok == n }' \
        "$references/$1-$2" "$scratch/out" || return 0
    reason "all frames are good: the job did not hang"
}

# The driver's own watchdog answers, late.
watchdog() {
    param timeout_ms 300
    param inject_hang 3
    honest "$1" "$2" || return
    [ "$(counter timeouts)" != 0 ] || reason "the watchdog did not act"
}

fault_jobs() {
    local job count
    for job in 1 2 3 4 5 6 7 8 9 10; do
        try "fault-job-$job-mpeg2-ipb" failed_job mpeg2 ipb "$job" ''
        try "fault-job-$job-h264-main-cabac" failed_job h264 main-cabac "$job" "$((job - 1))"
        try "fault-job-$job-vp8-altref" failed_job vp8 altref "$job" "$((job - 1))"
    done
    for job in 1 2 5 8 12; do
        try "fault-job-$job-av1-basic" failed_job av1 basic "$job" ''
    done
    for job in 1 4 10; do
        try "fault-job-$job-av1-low-delay" failed_job av1 low-delay "$job" "$((job - 1))"
    done
    for job in 1 2 3 4 5; do
        try "fault-job-$job-h264-intra-only" failed_intra "$job"
    done
    for job in 1 2 3 4 5 6 7 8; do
        try "fault-job-$job-h264-field-p" failed_job h264 field-p "$job" ''
        try "fault-job-$job-mpeg2-field-b" failed_job mpeg2 field-b "$job" ''
    done
    try fault-job-2-h264-recovery failed_unneeded
    for job in 4 7; do
        try "fault-job-$job-h264-recovery" failed_job h264 recovery "$job" ''
    done
    try fault-job-xerror failed_stop -xerror
    try fault-job-explode failed_stop -xerror -err_detect explode
    try fault-job-named failed_said
    try fault-job-counted failed_counted
    for count in 1 2 5; do
        try "fault-hang-$count-mpeg2-ipb" hang mpeg2 ipb "$count"
        try "fault-hang-$count-h264-main-cabac" hang h264 main-cabac "$count"
        try "fault-hang-$count-h264-field-p" hang h264 field-p "$count"
        try "fault-hang-$count-vp8-altref" hang vp8 altref "$count"
        try "fault-hang-$count-av1-basic" hang av1 basic "$count"
    done
    try fault-watchdog-mpeg2 watchdog mpeg2 ipb
    try fault-watchdog-h264 watchdog h264 main-cabac
    try fault-watchdog-vp8 watchdog vp8 basic
}
