# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh, mpv and mpv-screen.sh
# A display without a compositor, the kernel's virtual one (vkms): part of `mpv`. It
# makes a checksum of what it shows, planes and all.

# The virtual display is the card that says so.
find_display() {
    local name
    name=$(grep -l '^vkms ' /sys/kernel/debug/dri/[0-9]*/name | head -n 1)
    card=/dev/dri/card$(basename "$(dirname "$name")")
    display=$(dirname "$name")/crtc-0/crc/data
    window=(--gpu-context=drm --drm-device="$card" --drm-mode=640x480)
}

# GL imports what the decoder made. Mesa's software driver for displays without a
# GPU needs help with that, see map_imported.c.
imported() {
    LD_PRELOAD=$tools/map_imported.so show "$1" drm --gpu-hwdec-interop=drmprime "${@:2}" || return
    came_by "$1" drmprime
}

# What the display shows when the picture is outside of it
empty_display() {
    show "$scratch/empty.d" no --video-pan-x=10 "$(clip h264 avcc)" || return
    empty=$(cat "$scratch/empty.d/display")
    echo "$empty"
}

# shows DIRECTORY: the checksum of what is on the display is not that of an empty one.
shows() {
    cat "$1/display"
    [ "$(cat "$1/display")" != "$empty" ] || reason "the display is empty"
}

on_display() {
    local file format=nv12 want=$scratch/want.d copy=$scratch/copy.d got=$scratch/got.d
    file=$(clip "$1" "$2")
    [[ $(planar "$1" "$2") != *10 ]] || format=p010
    param coherent 1
    show "$want" no --vf=format="$format" "$file" && shows "$want" || return
    show "$copy" drm-copy "$file" && shows "$copy" || return
    imported "$got" "$file" && shows "$got" || return
    cmp "$want/display" "$copy/display" || reason "drm-copy shows something else than software" || return
    cmp "$copy/display" "$got/display" || reason "drm shows something else than drm-copy" || return
    cmp "$copy/window.png" "$got/window.png" || reason "the window shows something else than drm-copy's"
}

# The display takes the frame itself, on a plane of its own. vkms cannot scale.
on_plane() {
    local file format=nv12 fourcc=NV12 run got=$scratch/got.d
    file=$(clip "$1" "$2")
    [[ $(planar "$1" "$2") != *10 ]] || { format=p010 && fourcc=P010; }
    param coherent 1
    software --vf=format="$format" --ovc=rawvideo --of=rawvideo --frames=1 --o="$scratch/frame" "$file" || return
    run="$tools/scanout $card $fourcc >$got/plane 2>$got/plane.log"
    show "$got" drm --gpu-hwdec-interop=drmprime-overlay --video-unscaled=yes "${@:3}" "$file" || return
    cat "$got/plane.log"
    came_by "$got" drmprime-overlay && shows "$got" || return
    cmp "$scratch/frame" "$got/plane" || reason "the plane has another picture than software's" || return
    ! grep '\]\[[ew]\]\[.*Failed to \(set the drmprime\|commit atomic\)' "$scratch/log" || reason "mpv complains"
}

# What Mesa does without that help; when it has learnt to, the help can go.
unhelped() {
    local file
    file=$(clip h264 avcc)
    param coherent 1
    ! show "$scratch/got.d" drm --gpu-hwdec-interop=drmprime "$file" >"$scratch/said" ||
        reason "Mesa does not need map_imported.so" || return
    cat "$scratch/said"
    grep -q 'Using hardware decoding (drm)' "$scratch/said" || reason "no hardware decoding" || return
    grep -q 'mpv ended with status 139' "$scratch/said" || reason "another failure than that of Mesa"
}

mpv_display() {
    local stream codec name display card empty=
    find_display
    try interop-mpv-display-empty empty_display
    for stream in mpeg2:ipb h264:avcc hevc:main10 vp8:webm vp9:webm av1:mp4; do
        IFS=: read -r codec name <<<"$stream"
        try "interop-mpv-display-$codec-$name" on_display "$codec" "$name"
        try "interop-mpv-plane-$codec-$name" on_plane "$codec" "$name"
    done
    try interop-mpv-plane-below on_plane h264 avcc --drm-draw-plane=overlay --drm-drmprime-video-plane=primary
    try interop-mpv-display-unhelped unhelped
}
