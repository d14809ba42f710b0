# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2030,SC2031 # variables of lib.sh and tools
# v4l2request-info on devices of all kinds; part of `tools`. What its JSON says is
# checked by tests/tools/check-info.

info=$tree/v4l2request-info

# report NAME STATUS ARGUMENT...: its JSON is kept as NAME.json
report() {
    local got=0
    "$info" --json "${@:3}" >"$out/$1.json" || got=$?
    [ "$got" = "$2" ] || reason "exit status $got instead of $2"
}

# node KIND: the device seems to be something else.
node() {
    (export LD_PRELOAD=$tools/node.so NODE=$1 && report "$1" 1)
}

# A driver with little: every parameter shows.
poor() {
    param decode_mode slice
    param start_code none
    param hold 0
    param vp9_compressed_hdr 0
    param av1_film_grain 0
    param hevc_slices 0
    param hevc_entry_points 0
    param hevc_ext_rps 0
    param format NV15
    report poor 0
}

in_words() {
    status 0 "$info" || return
    says '^kernel: Linux' '^libavcodec: [0-9]' '/libdrm\.so' '^media devices:$' '^  /dev/media0:$' 'driver: vstateless' \
        'kind: stateless decoder' 'sizes: 16x16 to 4096x4096, steps of 16x16' 'profiles: .*High 10' \
        '10 bit 4:2:0:' 'NV15: downloadable as p010le; DRM format NV15, modifier 0x0000000000000000' \
        'output buffers: .*requests.*hold' '^verdict: can be used'
}

# as_user STATUS NAME: somebody who is in no group
as_user() {
    status "$1" setpriv --reuid=65534 --regid=65534 --clear-groups "$info" --json || return
    cp "$scratch/said" "$out/$2.json"
}

denied() {
    chgrp video /dev/media0
    chmod 660 /dev/media0
    chmod 600 /dev/video0
    as_user 3 denied
}

denied_video() {
    chmod 666 /dev/media0
    as_user 3 denied-video || return
    chmod 600 /dev/media0
}

usage() {
    status 0 "$info" --help || return
    says 'Exit status' '^    4   ' || return
    status 2 "$info" --wrong || return
    status 2 "$info" /dev/nonesuch || return
    says 'no device /dev/nonesuch' || return
    status 0 "$info" /dev/media0 || return
    status 0 "$info" /dev/video0 || return
    says 'kind: stateless decoder' || return
    status 1 "$info" /dev/null
}

# test_file NAME STATUS FILE ARGUMENT...
test_file() {
    report "test-$1" "$2" --test "$(clip "$3")" "${@:4}"
}

# Ten frames are decoded for the times; the third one of those that are compared fails.
test_error() {
    reset_counters
    param inject_error 13
    test_file error 4 mpeg2/ip.m2v
}

# With a wrong field: where the first difference is, is seen in frames that ffmpeg wrote.
test_wrong() {
    local status=0
    quiet="bad_access stale_reads sync_unbalanced"
    play -i "$(clip mpeg2/matrices.m2v)" -pix_fmt yuv420p -f rawvideo "$out/right.yuv" || return
    export LD_PRELOAD=$tools/corrupt.so CORRUPT="$non_intra_7"
    play -hwaccel v4l2request -i "$(clip mpeg2/matrices.m2v)" -vf format=nv12,format=yuv420p \
        -f rawvideo "$out/wrong.yuv" && test_file wrong 4 mpeg2/matrices.m2v || status=$?
    unset LD_PRELOAD CORRUPT
    return "$status"
}


tools_info() {
    try tools-info-json report default 0
    try tools-info-poor poor
    try tools-info-text in_words
    for kind in processor camera; do
        try "tools-info-$kind" node "$kind"
    done
    try tools-info-usage usage
    for file in mpeg2/ipb.m2v h264/high10.h264 h264/crop-all.h264 hevc/main.h265 vp8/altref.ivf vp9/altref.ivf av1/grain.ivf; do
        name=${file//[\/.]/-}
        try "tools-test-$name" test_file "${name%-*}" 0 "$file"
    done
    try tools-test-frames test_file frames 0 h264/main-cabac.h264 --frames 3
    try tools-test-error test_error
    try tools-test-wrong test_wrong
    try tools-test-unsupported test_file unsupported 5 h264/high444.h264
    try tools-test-no-file report test-no-file 5 --test "$scratch/nonesuch"
    try tools-info-denied denied
    try tools-info-denied-video denied_video
}

# On other devices: none at all, and the kernel's own
tools_other() {
    try "tools-info-$1" report "$1" "$2"
}

# is_said DEVICE LINE...: the library refuses the device with these lines, and with
# no other one about nodes.
is_said() {
    local device=$1
    shift
    ! play -init_hw_device "v4l2request=x:$device" -f lavfi -i color=size=16x16:duration=0.1 -f null - >"$scratch/said" 2>&1 ||
        reason "the device can be used" || return
    cat "$scratch/said"
    printf '%s\n' "$@" >"$scratch/want"
    sed -n 's/^\[AVHWDeviceContext @ [^]]*\] //p' "$scratch/said" | diff "$scratch/want" - || reason "other lines"
}

# The node's decoder is the one that decodes, of all that there are.
found_among() {
    play -v verbose -hwaccel v4l2request -hwaccel_output_format drm_prime "$@" -i "$(clip mpeg2/ip.m2v)" \
        -f null - >"$scratch/said" 2>&1 || reason "ffmpeg ended with status $?" || return
    cat "$scratch/said"
    says 'Found stateless decoder vstateless at /dev/media1 and /dev/video3' 'Decoding MPEG-2 .* with vstateless (/dev/video3)'
}

# The kernel's virtual codec beside our decoder, and before it: an encoder, a stateful
# decoder and a stateless one of a codec that nobody else has
tools_vicodec() {
    local stateful='a stateful decoder: use the *_v4l2m2m decoders with it.'
    local other="a stateless decoder of none of FFmpeg's codecs."
    try tools-info-vicodec report vicodec 0
    try tools-vicodec-encoder is_said /dev/video0 '/dev/video0 is not a decoder (an encoder).'
    try tools-vicodec-stateful is_said /dev/video1 "/dev/video1 (vicodec) is $stateful"
    try tools-vicodec-stateless is_said /dev/video2 "/dev/video2 (vicodec) is $other"
    try tools-vicodec-media is_said /dev/media0 "/dev/video1 (vicodec) is $stateful" "/dev/video2 (vicodec) is $other" \
        '/dev/media0 is a media device without a stateless decoder.'
    try tools-vicodec-driver is_said vicodec "/dev/video1 (vicodec) is $stateful" "/dev/video2 (vicodec) is $other" \
        'No stateless decoder has the driver "vicodec".'
    try tools-vicodec-beside found_among
    try tools-vicodec-beside-named found_among -hwaccel_device vstateless
}
