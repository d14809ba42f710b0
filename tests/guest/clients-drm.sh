# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # variables of lib.sh
# Clients that know DRM devices but not our own type; part of `clients`.

# Every codec, every depth
drm_streams="mpeg2:ipb mpeg2:interlaced h264:main-cabac h264:mbaff h264:high10 h264:high422 hevc:main hevc:main10
    vp8:altref vp8:resize vp9:altref vp9:profile2 av1:basic av1:10bit"

# row TYPE MODE CODEC NAME [PARAMETER=VALUE...]: a row of FATE with another hwaccel
row() {
    local type=$1 mode=$2 codec=$3 name=$4 assignment
    shift 4
    for assignment; do
        param "${assignment%%=*}" "${assignment#*=}" || return
    done
    FFMPEG=$tree/ffmpeg V4L2REQUEST_ARGS="-hwaccel $type" timeout -s KILL "$limit" \
        "$tests/fate/v4l2request.sh" "$codec" "$name" "$mode" >"$scratch/row" ||
        reason "v4l2request.sh $codec $name $mode: exit status $?" || return
    [ "$(counter jobs)" != 0 ] || reason "the device had no job" || return
    diff -u -b "$tests/ref/fate/v4l2request-$codec-$name" "$scratch/row" || reason "frames differ from the reference"
}

# The device is really one of DRM, the decoder one of V4L2.
drm_path() {
    hw -hwaccel drm "$@" -i "$(clip h264 main-cabac)" -f null - || return
    grep -q 'Opened DRM device /dev/dri/renderD128' "$scratch/said" || reason "no DRM device was opened" || return
    grep -q 'Decoding H.264 .* with vstateless' "$scratch/said" || reason "no line names the decoder"
}

auto_type() {
    hw -hwaccel auto -i "$(clip h264 main-cabac)" -f null - || return
    grep -q 'Using auto hwaccel type v4l2request' "$scratch/said" || reason "auto is something else"
}

# The first of two configurations is ours.
order() {
    ffmpeg -hide_banner -h decoder="$1" >"$scratch/help" || reason "ffmpeg -h: exit status $?" || return
    grep 'Supported hardware devices:.*v4l2request .*drm' "$scratch/help" || reason "$(cat "$scratch/help")"
}

# Kodi 21 needs a configuration for DRM devices, and frames that can be imported.
kodi() {
    timeout -s KILL "$limit" "$tools/kodi" "$(clip "$1" "$2")" >"$scratch/out" || reason "exit status $?" || return
    head -n 3 "$scratch/out"
    grep -qx "decoder $3" "$scratch/out" || reason "another decoder than $3" || return
    [ "$(counter jobs)" != 0 ] || reason "the device had no job" || return
    awk '$NF ~ /^[0-9a-f]*$/ && NF > 4 { print $NF }' "$references/$1-$2" >"$scratch/want"
    awk '$2 ~ /x/ { print $NF }' "$scratch/out" >"$scratch/got"
    same "$scratch/want" "$scratch/got"
}

# Mount something over /dev/dri for one command.
without_nodes() {
    local status=0
    mount -t tmpfs none /dev/dri
    "$@" || status=$?
    umount /dev/dri
    return "$status"
}

# Only the node of a display, as on boards whose GPU has no driver
card_only() {
    cp -a /dev/dri/card0 "$scratch/card0"
    without_nodes card_only_decodes
}

card_only_decodes() {
    cp -a "$scratch/card0" /dev/dri/card3
    hw -hwaccel drm -i "$(clip h264 main-cabac)" -f null - || return
    grep -q 'Opened DRM device /dev/dri/card3' "$scratch/said" || reason "/dev/dri/card3 was not found"
}

# play, as a user who may not open the nodes
play_as_nobody() {
    chmod 666 /dev/media* /dev/video*
    chmod 600 /dev/dri/*
    setpriv --reuid=65534 --regid=65534 --clear-groups "$tree/ffmpeg" -nostdin -hide_banner "$@" 2>"$scratch/said"
}

clients_drm() {
    local stream codec name mode decoder
    for stream in $drm_streams; do
        IFS=: read -r codec name <<<"$stream"
        try "clients-drm-$codec-$name" row drm direct "$codec" "$name" window=1
    done
    for mode in auto map; do
        for stream in h264:main-cabac hevc:main10 vp8:altref; do
            IFS=: read -r codec name <<<"$stream"
            try "clients-drm-$codec-$name-$mode" row drm "$mode" "$codec" "$name" window=1
        done
    done
    for mode in direct auto; do
        for stream in hevc:main10 vp9:profile2; do
            IFS=: read -r codec name <<<"$stream"
            try "clients-drm-packed-$codec-$name-$mode" row drm "$mode" "$codec" "$name" window=1 format=NV15
        done
    done
    for stream in mpeg2:ipb h264:main-cabac hevc:main10 vp8:altref vp9:altref; do
        IFS=: read -r codec name <<<"$stream"
        try "clients-auto-$codec-$name" row auto auto "$codec" "$name"
    done
    # Unless told the type, ffmpeg takes the first decoder, which may be libdav1d.
    try clients-auto-av1 row 'auto -c:v av1' auto av1 basic
    try clients-auto-type auto_type
    try clients-drm-path drm_path
    try clients-drm-node drm_path -hwaccel_device /dev/dri/renderD128
    for name in mpeg2video h264 hevc vp8 vp9 av1; do
        try "clients-drm-order-$name" order "$name"
    done
    for stream in mpeg2:ps:mpeg2video h264:avcc:h264 hevc:hvcc:hevc hevc:main10:hevc vp8:webm:vp8 vp9:webm:vp9; do
        IFS=: read -r codec name decoder <<<"$stream"
        try "clients-kodi-$codec-$name" kodi "$codec" "$name" "$decoder"
    done
    try clients-drm-card card_only
    try clients-drm-absent without_nodes says 'No DRM device.*No such file' play -hwaccel drm \
        -i "$(clip h264 main-cabac)" -f null -
    try clients-drm-permission says 'No DRM device.*Permission denied' play_as_nobody -hwaccel drm \
        -i "$(clip h264 main-cabac)" -f null -
}

# No decoder, but a render node, as on a desktop: software, and a line says why.
falls_back() {
    play -hwaccel drm -i "$(clip h264 main-cabac)" -fps_mode passthrough -bitexact -f framemd5 "$scratch/got" || return
    grep -q -i 'no .*stateless' "$scratch/said" || reason "no line says that there is no decoder" || return
    grep -q 'Failed setup for format drm_prime' "$scratch/said" || reason "FFmpeg's own line is missing" || return
    diff -b "$tests/ref/fate/v4l2request-h264-main-cabac" "$scratch/got" || reason "frames differ"
}

# Then a DRM device is not what auto should take, as nothing comes after it.
auto_takes_none() {
    play -hwaccel auto -i "$(clip h264 main-cabac)" -fps_mode passthrough -bitexact -f framemd5 "$scratch/got" || return
    ! grep 'Using auto hwaccel' "$scratch/said" || reason "auto took a device" || return
    diff -b "$tests/ref/fate/v4l2request-h264-main-cabac" "$scratch/got" || reason "frames differ"
}

clients_none() {
    try clients-none-drm falls_back
    try clients-none-auto auto_takes_none
}
