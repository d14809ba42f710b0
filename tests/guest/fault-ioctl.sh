# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh, decode.sh and fault
# System calls that fail; part of `fault`.

# injected FAULT CODEC NAME: with this fault, and was it made at all? How many
# buffers and requests a client needs depends on the time: more with a slow device.
injected() {
    local fault=$1 time
    shift
    preload=LD_PRELOAD=$tools/ioctl.so
    preload_options=("FAULT=$fault" "FAULT_COUNT=$scratch/count")
    for time in 5000 20000 80000; do
        param hwtime_us "$time"
        : >"$scratch/count"
        honest "$@" --device-options=timeout=1000 || return
        ! grep -q -e "-injected" "$scratch/count" || return 0
    done
    reason "the call was not made"
}

# Every call of the client returns EINTR once: nothing may come of that.
interrupted() {
    : >"$scratch/count"
    preload=LD_PRELOAD=$tools/ioctl.so
    preload_options=(FAULT_EINTR=1 "FAULT_COUNT=$scratch/count")
    exact "$@" || return
    grep -q '^VIDIOC_QBUF-injected' "$scratch/count" || reason "no call was interrupted"
}

# Calls that the clip makes, with how often: "NAME COUNT"
calls_of() {
    : >"$scratch/count"
    LD_PRELOAD=$tools/ioctl.so FAULT_COUNT=$scratch/count \
        "$tools/decode" "$(clip "$1" "$2")" >/dev/null 2>&1
    cat "$scratch/count"
}

# First, second, third call, one in the middle, the last one. How often a client
# waits and fetches depends on the time, and so does how many of its eight requests
# it uses once more.
positions() {
    case $1 in
    poll | VIDIOC_DQBUF) printf '%s\n' 1 2 3 5 ;;
    MEDIA_REQUEST_IOC_REINIT) printf '%s\n' 1 2 ;;
    *) printf '%s\n' 1 2 3 $(($2 / 2)) "$2" | awk -v last="$2" '$1 >= 1 && $1 <= last' | sort -nu ;;
    esac
}

gone_at() {
    case $1 in
    poll | VIDIOC_DQBUF) echo 4 ;;
    MEDIA_REQUEST_IOC_REINIT) echo 2 ;;
    *) echo $(($2 / 2 + 1)) ;;
    esac
}

error_of() {
    case $1 in
    VIDIOC_CREATE_BUFS | VIDIOC_EXPBUF | MEDIA_IOC_REQUEST_ALLOC) echo 12 ;; # ENOMEM
    VIDIOC_STREAMON) echo 16 ;;                                              # EBUSY
    *) echo 5 ;;                                                             # EIO
    esac
}

fault_ioctl() {
    local codec=$1 name=$2 call count n
    # The END of a window may be what fails.
    quiet="bad_access stale_reads"
    calls_of "$codec" "$name" >"$scratch/calls"
    while read -r call count; do
        for n in $(positions "$call" "$count"); do
            try "fault-ioctl-$codec-$call-$n" injected "$call:$n:$(error_of "$call")" "$codec" "$name"
        done
        # From then on for ever, as if the device were gone (ENODEV)
        try "fault-ioctl-$codec-$call-gone" injected "$call:$(gone_at "$call" "$count")+:19" "$codec" "$name"
    done <"$scratch/calls"
    try "fault-ioctl-$codec-interrupted" interrupted "$codec" "$name"
    try "fault-ioctl-$codec-interrupted-threads" interrupted "$codec" "$name" --threads=3
}

# without_buffers FIRST-LAST CODEC NAME [RIGHT]: no buffer for some pictures (a first
# failure may only mean to wait for one). What refers to them, or to what stands in
# for them, is marked. So many of the last frames are right again.
without_buffers() {
    injected "VIDIOC_EXPBUF:$1:12" "$2" "$3" || return
    [ -n "${4-}" ] || return 0
    ! grep '^[0-9]' "$scratch/out" | tail -n "$4" | grep -q '^[0-9]* [0-9]* [^ ]*c' ||
        reason "it does not become right again"
}

# Streams where a later picture may be shown or predicted from something else than
# what was lost; :N when N frames come behind an entry point that is always there.
buffers_streams() {
    cat <<END
mpeg2 ipb:5 all-tools open-gop-cut:1 field-first field-p field-b
h264 open-gop:8 recovery b-pyramid long-term paff-mmco refs16
hevc open-gop:14 bla radl random-access
vp8 resize:12 altref all-tools
vp9 intra-only:2 altref resets screen hidden
av1 forward-key:16 svt-sframe basic
END
}

fault_buffers() {
    local codec streams stream calls name right
    while read -r codec streams; do
        for stream in $streams; do
            IFS=: read -r name right <<<"$stream"
            for calls in 1-2 2-3 3-4; do
                try "fault-buffers-$codec-$name-$calls" without_buffers "$calls" "$codec" "$name" "$right"
            done
            # How many pictures that is, and so what is right again, depends on the time.
            for calls in 1-4 2-5; do
                try "fault-buffers-$codec-$name-$calls" without_buffers "$calls" "$codec" "$name"
            done
        done
    done < <(buffers_streams)
    # Lost before the recovery point, and what follows is predicted from it
    for calls in 1 3 6; do
        try "fault-recovering-$calls" injected "MEDIA_REQUEST_IOC_QUEUE:$calls:5" h264 recovery
    done
}
