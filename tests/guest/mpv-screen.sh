# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh and mpv
# Frames that reach the screen without a copy; part of `mpv`. The compositor is
# weston without a screen, GL is Mesa's software: it maps the dma-bufs without a
# DMA_BUF_IOCTL_SYNC, so the memory has to be coherent.

export XDG_RUNTIME_DIR=/run/xdg
gl=(--vo=gpu --gpu-api=opengl --gpu-context=wayland --gpu-sw)

start_weston() {
    local tries=0
    mkdir -m 700 "$XDG_RUNTIME_DIR"
    weston --backend=headless --renderer=gl --socket=screen --idle-time=0 >"$logs/interop-mpv-weston.log" 2>&1 &
    weston=$!
    while [ ! -S "$XDG_RUNTIME_DIR/screen" ] && [ "$tries" -lt 200 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
}

# show DIRECTORY METHOD OPTION... FILE: a paused player; what it shows goes into the directory.
show() {
    local out=$1
    shift
    rm -rf "$out"
    mkdir -p "$out"
    WAYLAND_DISPLAY=screen hardware "$@" "${gl[@]}" --pause --osd-level=0 \
        --script="$tests/interop/mpv-screen.lua" --script-opts=screen-out="$out" || return
    [ -s "$out/window.png" ] || reason "the player shows nothing"
}

# on_screen METHOD CODEC NAME OPTION...: the window is that of drm-copy, but no frame was copied.
on_screen() {
    local method=$1 file want=$scratch/want.d got=$scratch/got.d
    file=$(clip "$2" "$3")
    shift 3
    param coherent 1
    show "$want" drm-copy "$@" "$file" || return
    show "$got" "$method" "$@" "$file" || return
    head "$got/hwdec" "$got/interop" "$got/format"
    [ "$(cat "$got/hwdec") $(cat "$got/interop")" = "drm drmprime" ] ||
        reason "frames came by $(cat "$got/hwdec"), $(cat "$got/interop")" || return
    cmp "$want/video.png" "$got/video.png" || reason "the frame differs" || return
    cmp "$want/window.png" "$got/window.png" || reason "the window shows something else"
}

mpv_screen() {
    local stream codec name
    start_weston
    for stream in mpeg2:ipb h264:avcc hevc:main10 vp8:webm vp9:webm av1:mp4; do
        IFS=: read -r codec name <<<"$stream"
        try "interop-mpv-screen-$codec-$name" on_screen drm "$codec" "$name"
    done
    try interop-mpv-screen-auto on_screen auto:drm h264 avcc --start=0.08
    kill "$weston"
}
