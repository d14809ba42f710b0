# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh and tools
# The device option "dump"; part of `tools`. What is in the recordings is checked
# by tests/tools/check-dump.

# record NAME FILE
record() {
    play -hwaccel v4l2request -hwaccel_device "vstateless,dump=$out/$1" -i "$(clip "$2")" -f null - ||
        reason "ffmpeg ended with $?"
}

# As many files as jobs; NAME and NAME-again
twice() {
    record "$1" "$2" || return
    [ "$(find "$out/$1" -name '0*' | wc -l)" = "$(counter jobs)" ] || reason "not as many files as jobs" || return
    record "$1-again" "$2"
}

# with_shim NAME FILE VARIABLE=VALUE...: the driver may complain, and frames may be wrong.
with_shim() {
    local name=$1 file=$2
    shift 2
    quiet="bad_access stale_reads sync_unbalanced"
    # shellcheck disable=SC2163 # NAME=VALUE
    (export "$@" && record "$name" "$file")
}

# Frames are right, and one line says why there is no dump.
unwritable() {
    status 0 play -hwaccel v4l2request -hwaccel_device ",dump=$1" -i "$(clip h264/main-cabac.h264)" \
        -vf format=nv12,format=yuv420p -fps_mode passthrough -bitexact -f framemd5 "$scratch/framemd5" || return
    says "Cannot write .*: $2" || return
    [ "$(grep -c 'Cannot write' "$scratch/said")" = 1 ] || reason "not one line" || return
    diff -b "$tests/ref/fate/v4l2request-h264-main-cabac" "$scratch/framemd5" || reason "frames differ"
}

# A disk that is full after some requests
full_disk() {
    local failed=0
    mkdir -p "$scratch/small"
    mount -t tmpfs -o size=16k none "$scratch/small"
    unwritable "$scratch/small/dump" 'No space' || failed=1
    umount "$scratch/small"
    [ "$failed" = 0 ]
}

wrong_options() {
    status 234 play -hwaccel v4l2request -hwaccel_device ",dump" -i "$(clip h264/main-cabac.h264)" -f null - || return
    says 'no options of the form key=value'
}

tools_dump() {
    try tools-record-h264 twice h264 h264/main-cabac.h264
    try tools-record-vp9 twice vp9 vp9/altref.ivf
    try tools-record-high10 record high10 h264/high10.h264
    try tools-record-mpeg2 record mpeg2 mpeg2/intra-vlc.m2v
    try tools-record-field with_shim h264-field h264/main-cabac.h264 LD_PRELOAD="$tools/corrupt.so" \
        CORRUPT="$pic_init_qp" CORRUPT_IN_PLACE=1
    try tools-record-flag with_shim mpeg2-flag mpeg2/intra-vlc.m2v LD_PRELOAD="$tools/corrupt.so" \
        CORRUPT="$intra_vlc" CORRUPT_IN_PLACE=1
    try tools-record-refused with_shim refused h264/main-cabac.h264 LD_PRELOAD="$tools/ioctl.so" FAULT=VIDIOC_S_EXT_CTRLS:6:22
    try tools-dump-unwritable unwritable /proc/dump 'No such file'
    try tools-dump-full-disk full_disk
    try tools-dump-wrong-options wrong_options
}
