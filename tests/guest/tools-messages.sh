# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh and tools
# What the library says: one line for each matter of a device that it uses, one
# line with the reason for each that it does not; part of `tools`.

# At level verbose, once for a stream: device, codec, formats, buffers, memory, waiting
verbose() {
    local line
    status 0 play -v verbose -hwaccel v4l2request -hwaccel_output_format drm_prime -hwaccel_device "$1" \
        -i "$(clip h264/high10.h264)" -f null - || return
    for line in 'Found stateless decoder vstateless at /dev/media0 and /dev/video0' \
        'Decoding H.264 128x96 with vstateless (/dev/video0), frame based, frames are P010 (p010le for the CPU)' \
        "Formats: S264 (multi planar API) to $2 of 128x[0-9]*, pitch [0-9]*; DRM format $2, modifier 0x0" \
        'Buffers: OUTPUT of [0-9]* bytes.*CAPTURE of [0-9]* bytes.*hold: yes, removable: ' \
        'Memory: .*cached' 'Waiting: .*'"$3"; do
        says "$line" || return
        [ "$(grep -c -e "$line" "$scratch/said")" = 1 ] || reason "more than one line '$line'" || return
    done
}

# refused REASON FILE [VARIABLE=VALUE]...: software decodes, and a line with the
# device's name stands before FFmpeg's own.
refused() {
    local name want=$1 file=$2
    shift 2
    # shellcheck disable=SC2163 # NAME=VALUE
    [ $# = 0 ] || export "$@"
    play -hwaccel v4l2request -hwaccel_output_format drm_prime -i "$(clip "$file")" -f null - >"$scratch/said" 2>&1 || true
    unset LD_PRELOAD NODE FAULT
    cat "$scratch/said"
    grep -A 3 "vstateless (/dev/video0): $want" "$scratch/said" | grep -q 'Failed setup for format drm_prime' ||
        reason "no line '$want' before FFmpeg's own" || return
    grep -q "vstateless (/dev/video0): $want\.\$" "$scratch/said" || reason "more than the reason is said"
}

# Parameters of the driver instead of variables
refused_with() {
    local want=$1 file=$2 pair
    shift 2
    for pair in "$@"; do
        param "${pair%%=*}" "${pair#*=}"
    done
    refused "$want" "$file"
}

failing() {
    refused "$1" h264/main-cabac.h264 LD_PRELOAD="$tools/ioctl.so" FAULT="$2"
}

tools_messages() {
    try tools-verbose verbose ,timeout=1234 P010 '1234 ms'
    try tools-refused-size refused '[0-9]*x[0-9]* is larger than 4096x4096' vp8/wide.ivf
    try tools-refused-profile refused 'it does not decode H.264 profile .*' h264/high444.h264
    try tools-refused-depth refused 'it does not decode HEVC profile .*' hevc/main12.h265
    try tools-refused-codec refused 'it does not decode H.264' h264/main-cabac.h264 LD_PRELOAD="$tools/node.so" NODE=vp8
    try tools-refused-start-codes refused_with 'it decodes whole pictures, but knows no start codes.*' \
        h264/slices4.h264 decode_mode=frame start_code=none
    try tools-refused-hold refused_with 'it decodes single slices, but cannot hold.*' h264/slices4.h264 decode_mode=slice hold=0
    try tools-refused-control failing 'it has no control H264_[A-Z]*' VIDIOC_QUERY_EXT_CTRL:2+:22
    try tools-refused-coded-format failing 'it does not take the coded format: .*' VIDIOC_S_FMT:1+:22
    try tools-refused-sequence failing 'it does not accept 288x208 with 8 bit 4:2:0: .*' VIDIOC_S_EXT_CTRLS:3:22
    try tools-refused-frame-format failing 'it does not take frame format NV12: .*' VIDIOC_S_FMT:2:22
    try tools-refused-buffers failing 'VIDIOC_CREATE_BUFS failed: .*' VIDIOC_CREATE_BUFS:1+:25
}
