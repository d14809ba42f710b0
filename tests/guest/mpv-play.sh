# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh and mpv
# Pictures and seeking; part of `mpv`.

places=0.16/0.05/0.2/0.01

ours() {
    LD_LIBRARY_PATH=$libraries "$top/build/ffmpeg-7.1-libs/ffmpeg" -nostdin -y "$@"
}

# setts option for the times of a stream of HEVC, in the order of decoding: the
# order counts of its pictures, of which there is but one sequence
picture_times() {
    ours -v debug -threads 1 -i "$1" -f null - 2>&1 | awk '
        /^Stream mapping/ { decoding = 1 }
        decoding && /Decoded frame with POC/ {
            sub(/.*Decoded frame with POC [0-9]*\//, "")
            printf "%snot(N-%d)*%d", n ? "+" : "pts=", n, $0 + 0
            n++
        }
        END { print ":dts=N-8:duration=1:time_base=1/25" }'
}

# seekable CODEC NAME: path of a file that can be sought, made of an elementary
# stream. FFmpeg gives HEVC's no times but those of decoding.
seekable() {
    local file made=$scratch/$1-$2.mkv
    file=$(clip "$1" "$2")
    case $file in
    *.m2v) [ -e "$made" ] || ours -v error -fflags +genpts -i "$file" -c copy "$made" || return ;;
    *.h265) [ -e "$made" ] || ours -v error -i "$file" -c copy -bsf:v "setts=$(picture_times "$file")" \
        -avoid_negative_ts disabled "$made" || return ;;
    *) made=$file ;;
    esac
    echo "$made"
}

# seek METHOD CODEC NAME OPTION...: pictures at some places, gone to while the player runs
seek() {
    local file want=$scratch/want.d got=$scratch/got.d image options
    file=$(seekable "$2" "$3") || reason "no file to seek in" || return
    options=(--pause --vo=null --vf=format="$(planar "$2" "$3")" --script="$tests/interop/mpv-seek.lua" "${@:4}")
    rm -rf "$want" "$got"
    mkdir -p "$want" "$got"
    software "${options[@]}" --script-opts="seek-out=$want,seek-to=$places" "$file" || return
    hardware "$1" "${options[@]}" --script-opts="seek-out=$got,seek-to=$places" "$file" || return
    [ "$(find "$got" -name '*.png' | wc -l)" = "$(tr / '\n' <<<"$places" | wc -l)" ] || reason "pictures: $(ls "$got")" || return
    [ "$(md5sum "$want"/* | cut -c1-32 | sort -u | wc -l)" -ge 3 ] || reason "all places look alike" || return
    for image in "$want"/*; do
        cmp "$image" "$got/$(basename "$image")" || reason "pictures differ from software" || return
    done
}

# From a place that is no key frame to the end
start() {
    local source=seekable
    frames "$1" "$2" "$3" --start=0.13 --hr-seek=yes "${@:4}"
}

# Open groups of pictures: there are key frames whose leading pictures cannot be
# decoded after a seek. No place is near the end: libavcodec's decoder of HEVC
# keeps what it has put out when it is flushed, and gives it out after the seek.
seek_hevc() {
    local method places=0.16/0.05/0.5/0.01/0.3
    for method in v4l2request-copy drm-copy; do
        try "interop-mpv-seek-$method-hevc" seek "$method" hevc open-gop
    done
    try interop-mpv-start-hevc start drm-copy hevc open-gop
    # Of several temporal layers: told to leave out what nothing refers to,
    # libavcodec leaves out what higher layers refer to. mpv must not ask for it.
    try interop-mpv-start-hevc-layers start drm-copy hevc random-access --hr-seek-framedrop=no
}

# The sweep of this project, by this mpv: what it says is what the frames are.
swept() {
    local file
    file=$(clip h264 avcc)
    LD_LIBRARY_PATH=$libraries "$top/tools/codec-sweep" --ffmpeg "$top/build/ffmpeg-7.1-libs/ffmpeg" --mpv \
        --mpv-program mpv --ways auto --timeout "$limit" -- "$file" || reason "codec-sweep: exit status $?"
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
    seek_hevc
    try interop-mpv-sweep swept
}
