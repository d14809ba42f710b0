# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # variables of lib.sh and mpv
# mpv's methods that copy frames; part of `mpv`.

mpv_copy() {
    local stream codec name method threads
    for stream in $streams; do
        IFS=: read -r codec name <<<"$stream"
        for method in v4l2request-copy drm-copy auto:drm-copy; do
            try "interop-mpv-${method%:*}-$codec-$name" frames "$method" "$codec" "$name"
        done
    done
    for stream in mpeg2:ipb h264:main-cabac hevc:main10 vp8:altref vp9:altref av1:basic; do
        IFS=: read -r codec name <<<"$stream"
        for threads in 1 4; do
            try "interop-mpv-threads-$threads-$codec-$name" frames v4l2request-copy "$codec" "$name" \
                --vd-lavc-threads="$threads"
        done
        try "interop-mpv-auto-copy-$codec-$name" frames auto-copy:drm-copy "$codec" "$name"
    done
}
