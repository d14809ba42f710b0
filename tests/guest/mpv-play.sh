# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh and mpv
# Pictures and seeking; part of `mpv`.

places=0.16/0.05/0.2/0.01
count=4

# seekable CODEC NAME: path of a file that can be sought, made of an elementary stream
seekable() {
    local file
    file=$(clip "$1" "$2")
    case $file in
    *.m2v)
        LD_LIBRARY_PATH=$libraries "$top/build/ffmpeg-7.1-libs/ffmpeg" -nostdin -v error -y -fflags +genpts -i "$file" \
            -c copy "$scratch/$1-$2.mkv" || return
        echo "$scratch/$1-$2.mkv"
        ;;
    *) echo "$file" ;;
    esac
}

# seek METHOD CODEC NAME: pictures at some places, gone to while the player runs
seek() {
    local file want=$scratch/want.d got=$scratch/got.d image options
    file=$(seekable "$2" "$3") || reason "no file to seek in" || return
    options=(--pause --vo=null --vf=format="$(planar "$2" "$3")" --script="$tests/interop/mpv-seek.lua")
    rm -rf "$want" "$got"
    mkdir -p "$want" "$got"
    software "${options[@]}" --script-opts="seek-out=$want,seek-to=$places" "$file" || return
    hardware "$1" "${options[@]}" --script-opts="seek-out=$got,seek-to=$places" "$file" || return
    [ "$(find "$got" -name '*.png' | wc -l)" = "$count" ] || reason "pictures: $(ls "$got")" || return
    [ "$(md5sum "$want"/* | cut -c1-32 | sort -u | wc -l)" -ge 3 ] || reason "all places look alike" || return
    for image in "$want"/*; do
        cmp "$image" "$got/$(basename "$image")" || reason "pictures differ from software" || return
    done
}

# From a place that is no key frame to the end
start() {
    frames "$1" "$2" "$3" --start=0.13 --hr-seek=yes
}

# What the player says that it can do
offers() {
    LD_LIBRARY_PATH=$libraries mpv --no-config --hwdec=help >"$scratch/help" || reason "mpv --hwdec=help: $?" || return
    cat "$scratch/help"
    grep -q "^ *$1 (.*-$1)" "$scratch/help" || reason "--hwdec=help has no $1"
}

mpv_play() {
    local stream codec name method
    for method in v4l2request v4l2request-copy drm drm-copy; do
        try "interop-mpv-offers-$method" offers "$method"
    done
    for stream in mpeg2:ps h264:avcc hevc:hvcc vp8:webm vp9:webm av1:mp4; do
        IFS=: read -r codec name <<<"$stream"
        for method in v4l2request-copy drm-copy; do
            try "interop-mpv-pictures-$method-$codec" pictures "$method" "$codec" "$name"
        done
    done
    for stream in mpeg2:ipb h264:avcc vp8:webm vp9:webm av1:mp4; do
        IFS=: read -r codec name <<<"$stream"
        for method in v4l2request-copy drm-copy; do
            try "interop-mpv-seek-$method-$codec" seek "$method" "$codec" "$name"
        done
    done
    for stream in mpeg2:ps h264:avcc vp8:webm vp9:webm av1:mp4; do
        IFS=: read -r codec name <<<"$stream"
        try "interop-mpv-start-$codec" start drm-copy "$codec" "$name"
    done
}
