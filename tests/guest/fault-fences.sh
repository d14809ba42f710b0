# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh, decode.sh and fault
# What goes wrong after a frame has left the decoder (wait=access); part of
# `fault`.

# Frames that could not be read
unreadable_frames() {
    grep -c ' unreadable$' "$scratch/out" || true
}

# frame_of JOB CODEC NAME: the number, from 1, of the frame that comes from this
# job (without fields: from this packet), or of the next one when it is hidden.
frame_of() {
    awk -v packet=$(($1 - 1)) '
        /^[0-9]/ && $2 == packet { exact = $1 + 1 }
        /^[0-9]/ && $2 > packet && !later { later = $1 + 1 }
        END { print exact ? exact : later }' "$references/$2-$3"
}

# fail_early FENCE JOB: this job fails, but not before the client has its frame.
fail_early() {
    param fence "$1"
    param inject_error "$2"
    param stall "$2"
    param timeout_ms 0
}

# A job fails whose frame is out already: whoever reads it gets an error, and so
# does who exports its fence.
failed_early() {
    local fence=$1 codec=$2 name=$3 job=$4
    shift 4
    fail_early "$fence" "$job"
    honest "$codec" "$name" --device-options=wait=access --hold=8 "--early=$(frame_of "$job" "$codec" "$name")" "$@" \
        2>"$scratch/messages" || return
    cat "$scratch/messages"
    [ "$(counter done_err)" != 0 ] || reason "job $job did not fail" || return
    [ "$(frames "$scratch/out")" = "$(frames "$references/$codec-$name")" ] || reason "frames are missing" || return
    [ "$(unreadable_frames)" -gt 0 ] || reason "all frames could be read" || return
    grep -q 'The hardware failed to decode the frame with pts .* which has left the decoder' "$scratch/messages" ||
        reason "no line names the frame"
}

# Nobody reads the frame: the log is all that can tell.
failed_unread() {
    fail_early queue 4
    decode h264 intra-only --device-options=wait=access --no-read --hold=8 "--early=$(frame_of 4 h264 intra-only)" \
        2>"$scratch/messages" ||
        reason "decode ended with status $?" || return
    cat "$scratch/messages"
    [ "$(grep -c 'failed to decode the frame with pts' "$scratch/messages")" = 1 ] || reason "not one line names the frame"
}

# Frames for whoever asked for errors in their place are waited for.
failed_explode() {
    param fence queue
    param hwtime_us 20000
    param inject_error 4
    decode h264 main-cabac --device-options=wait=access --hold=8 --early --explode >/dev/null 2>&1 || true
    [ "$(awk '$1 == "early" { print $2 }' "$scratch/out")" = 0 ] || reason "frames came before they were decoded" || return
    grep -q '^end [0-9]* [0-9]* [1-9]' "$scratch/out" || reason "no error"
}

# A device that never answers: reading such a frame ends, with an error.
hang_early() {
    param fence "$1"
    param hwtime_us 5000
    shift
    preload=''
    param timeout_ms 0
    param inject_hang "$3"
    limit=25
    honest "$1" "$2" --device-options=timeout=500,wait=access --hold=8 || return
    awk '/^[0-9]/ && ($3 ~ /c/ || $6 == "unreadable") { found = 1 } END { exit !found }' "$scratch/out" ||
        reason "all frames are good: the job did not hang"
}

# injected_early FAULT CODEC NAME
injected_early() {
    local fault=$1
    shift
    param fence queue
    param hwtime_us 5000
    : >"$scratch/count"
    preload=LD_PRELOAD=$tools/ioctl.so
    preload_options=("FAULT=$fault" "FAULT_COUNT=$scratch/count")
    honest "$@" --device-options=timeout=1000,wait=access --hold=6 || return
    grep -q -e "-injected" "$scratch/count" || reason "the call was not made"
}

interrupted_early() {
    param fence "$1"
    param hwtime_us 5000
    : >"$scratch/count"
    preload=LD_PRELOAD=$tools/ioctl.so
    preload_options=(FAULT_EINTR=1 "FAULT_COUNT=$scratch/count")
    exact h264 main-cabac --device-options=wait=access --hold=6 || return
    grep -q '^poll-injected' "$scratch/count" || reason "no poll was interrupted"
}

# A flush throws away what nobody has got yet. What has left the decoder is decoded.
flushed_early() {
    param fence "$1"
    param hwtime_us 20000
    param stall 1
    param timeout_ms 0
    decode "$2" "$3" --device-options=wait=access --early --hold=8 --flush-at=4 || reason "decode ended with status $?" || return
    compare honest "$2" "$3" || return
    [ "$(awk '$1 == "early" { print $2 }' "$scratch/out")" -gt 0 ] || reason "no frame came before it was decoded" || return
    awk '/^[0-9]/ && $1 < 4 && ($3 ~ /c/ || $6 == "unreadable") { exit 1 }' "$scratch/out" ||
        reason "a frame was lost that had left the decoder"
}

killed_early() {
    local pid
    param fence queue
    param hwtime_us 50000
    "$tools/decode" --device-options=wait=access --hold=8 "$(clip h264 main-cabac)" >"$scratch/out" &
    pid=$!
    while [ "$(counter jobs)" = 0 ]; do sleep 0.01; done
    kill -KILL "$pid"
    wait "$pid" || true
}

fault_fences() {
    local fence job call n
    # The END of a window may be what fails.
    quiet="bad_access stale_reads"
    for fence in queue start; do
        for job in 1 3 6; do
            try "fault-fences-$fence-job-$job-mpeg2-ipb" failed_early "$fence" mpeg2 ipb "$job"
            try "fault-fences-$fence-job-$job-h264-main-cabac" failed_early "$fence" h264 main-cabac "$job" --map
            [ "$fence" = start ] || try "fault-fences-$fence-job-$job-vp8-altref" failed_early "$fence" vp8 altref "$job"
        done
        for job in 1 2 5; do
            try "fault-fences-$fence-hang-$job-mpeg2-ipb" hang_early "$fence" mpeg2 ipb "$job"
            try "fault-fences-$fence-hang-$job-h264-field-p" hang_early "$fence" h264 field-p "$job"
        done
        try "fault-fences-$fence-interrupted" interrupted_early "$fence"
        try "fault-fences-$fence-flush-mpeg2-ipb" flushed_early "$fence" mpeg2 ipb
        try "fault-fences-$fence-flush-h264-main-cabac" flushed_early "$fence" h264 main-cabac
    done
    try fault-fences-unread failed_unread
    try fault-fences-explode failed_explode
    for call in poll:5 VIDIOC_DQBUF:5 VIDIOC_QBUF:5 MEDIA_REQUEST_IOC_QUEUE:5 DMA_BUF_IOCTL_SYNC:5; do
        for n in 1 2 5; do
            try "fault-fences-${call%:*}-$n" injected_early "${call%:*}:$n:${call#*:}" h264 main-cabac
        done
        try "fault-fences-${call%:*}-gone" injected_early "${call%:*}:4+:19" h264 main-cabac
    done
    try fault-fences-client-killed killed_early
    try fault-fences-wrong-option says '"output" or "access"' "$tools/decode" --device-options=wait=never "$(clip h264 main-cabac)"
}
