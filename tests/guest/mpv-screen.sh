# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh and mpv
# Frames that reach the screen without a copy; part of `mpv`. The compositor is
# weston without a screen, GL is Mesa's software: it maps the dma-bufs without a
# DMA_BUF_IOCTL_SYNC, so the memory has to be coherent. mpv's default scaler draws
# black or stripes at random on it, with software decoding and off this kernel too.

export XDG_RUNTIME_DIR=/run/xdg
gl=(--vo=gpu --gpu-api=opengl --gpu-sw --scale=bilinear --dscale=bilinear --cscale=bilinear
    --screenshot-high-bit-depth=no)
window=(--gpu-context=wayland)
display='' run=''

start_weston() {
    local tries=0
    mkdir -m 700 "$XDG_RUNTIME_DIR"
    weston --backend=headless --renderer=gl --socket=screen --idle-time=0 >"$logs/interop-mpv-weston.log" 2>&1 &
    weston=$!
    while [ ! -S "$XDG_RUNTIME_DIR/screen" ] && [ "$tries" -lt 1000 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
}

# show DIRECTORY METHOD OPTION... FILE: a paused player; what it shows goes into
# the directory. METHOD is no or one of ours.
show() {
    local out=$1 play=(hardware "$2")
    [ "$2" != no ] || play=(software)
    shift 2
    rm -rf "$out"
    mkdir -p "$out"
    WAYLAND_DISPLAY=screen "${play[@]}" "${gl[@]}" "${window[@]}" --pause --osd-level=0 \
        --script="$tests/interop/mpv-screen.lua" --script-opts="screen-out=$out${display:+,screen-display=$display}${run:+,screen-run=$run}" \
        "$@" ||
        return
    [ -s "$out/window.png" ] || reason "the player shows nothing"
}

# came_by DIRECTORY INTEROP: no frame was copied.
came_by() {
    head "$1/hwdec" "$1/interop" "$1/format"
    [ "$(cat "$1/hwdec") $(cat "$1/interop")" = "drm $2" ] || reason "frames came by $(cat "$1/hwdec"), $(cat "$1/interop")"
}

# on_screen METHOD CODEC NAME OPTION...: the window is that of drm-copy and of
# software, but no frame was copied.
on_screen() {
    local method=$1 file format=nv12 want=$scratch/want.d copy=$scratch/copy.d got=$scratch/got.d
    file=$(clip "$2" "$3")
    [[ $(planar "$2" "$3") != *10 ]] || format=p010
    shift 3
    param coherent 1
    show "$want" no --vf=format="$format" "$@" "$file" || return
    show "$copy" drm-copy "$@" "$file" || return
    show "$got" "$method" "$@" "$file" || return
    came_by "$got" drmprime || return
    cmp "$copy/video.png" "$got/video.png" || reason "the frame differs" || return
    cmp "$copy/window.png" "$got/window.png" || reason "the window shows something else" || return
    cmp "$want/window.png" "$got/window.png" || reason "the window shows something else than with software"
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
