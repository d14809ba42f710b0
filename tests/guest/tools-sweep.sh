# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh and tools
# codec-sweep: each of its verdicts; part of `tools`.

file=$(clip mpeg2/matrices.m2v)
anchors=$out/anchors.json

# sweep STATUS ARGUMENT...
sweep() {
    status "$1" "$top/tools/codec-sweep" --device vstateless --timeout 60 "${@:2}"
}

# verdicts TEXT...: these rows and no others, "VERDICT WAY"
verdicts() {
    printf '%s\n' "$@" >"$scratch/want"
    sed -n 's/^\([a-z]*\) *mpeg2\/matrices \([a-z]*\).*/\1 \2/p' "$scratch/said" >"$scratch/got"
    diff "$scratch/want" "$scratch/got"
}

exact_rows() {
    sweep 0 --anchors "$anchors" --update --json "$out/sweep.json" --markdown "$out/sweep.md" "$file" || return
    verdicts 'reference software' 'exact hwdownload' 'exact hwmap' 'exact auto' || return
    says '^4 rows, 0 bad$' || return
    status 0 cat "$anchors" "$out/sweep.md" || return
    says '"kernel": "Linux' '"drivers": "vstateless"' '"libavcodec": ' '^| mpeg2 | matrices | hwmap | [0-9]* | [0-9a-f]\{32\} | exact |'
}

# The anchor of one way and of its fourth frame is another.
moved() {
    perl -0777 -pe 's/("mpeg2\/matrices\/hwdownload": \[\s*(?:"[0-9a-f]+",\s*){3}")[0-9a-f]/$1x/' "$anchors" >"$scratch/moved.json"
    echo "mpeg2 matrices $file hw" >"$scratch/list"
    sweep 1 --anchors "$scratch/moved.json" --ways hwdownload auto --list "$scratch/list" || return
    verdicts 'unchanged software' 'moved hwdownload' 'exact auto' || return
    says '^moved .*hwdownload frame 3$' '^3 rows, 1 bad$'
}

# A wrong field makes wrong frames: with a picture of the first one
broken() {
    local first bad=0
    quiet="bad_access stale_reads sync_unbalanced"
    export LD_PRELOAD=$tools/corrupt.so CORRUPT="$non_intra_7"
    {
        sweep 1 --anchors "$anchors" --pictures "$out/pictures" --ways hwdownload auto -- "$file" &&
            verdicts 'unchanged software' 'differs hwdownload' 'differs auto' && cp "$scratch/said" "$scratch/differs" &&
            sweep 1 --anchors "$scratch/broken.json" --update --ways hwdownload -- "$file" &&
            sweep 0 --anchors "$scratch/broken.json" --ways hwdownload -- "$file" &&
            verdicts 'unchanged software' 'unchanged hwdownload'
    } || bad=1
    unset LD_PRELOAD CORRUPT
    [ "$bad" = 0 ] || reason "wrong verdicts" || return
    first=$(sed -n 's/^differs .*hwdownload frame //p' "$scratch/differs")
    [ "$first" -gt 0 ] || reason "the first frame has no inter blocks, but differs" || return
    halves "$out/pictures/mpeg2-matrices-hwdownload-$first.png"
}

# The two halves of a picture differ, and the right one is software's. (Our
# small ffmpeg has no decoder of PNG; its encoder uses no filter.)
halves() {
    play -i "$file" -vf "select=eq(n\\,$first),format=rgb24" -frames:v 1 -f rawvideo "$scratch/software.rgb" || return
    python3 - "$1" "$scratch/software.rgb" <<'END'
import struct, sys, zlib
png, right, data = open(sys.argv[1], "rb").read(), open(sys.argv[2], "rb").read(), b""
width, height = struct.unpack_from(">II", png, 16)
offset = 8
while offset < len(png):
    size, = struct.unpack_from(">I", png, offset)
    if png[offset + 4:offset + 8] == b"IDAT":
        data += png[offset + 8:offset + 8 + size]
    offset += size + 12
data, pitch = zlib.decompress(data), 3 * width
rows = [data[y * (pitch + 1):(y + 1) * (pitch + 1)] for y in range(height)]
if any(row[0] for row in rows):
    sys.exit("the picture is filtered")
if b"".join(row[1 + pitch // 2:] for row in rows) != right:
    sys.exit("the right half is not software's")
if all(row[1:1 + pitch // 2] == row[1 + pitch // 2:] for row in rows):
    sys.exit("both halves are equal")
END
}

failed() {
    param format NV15
    sweep 1 --ways hwdownload -- "$(clip vp8/wide.ivf)" || return
    says '^failed .*wide hwdownload: .*is larger than 4096x4096' || return
    sweep 1 --ways hwmap hwdownload -- "$(clip h264/high10.h264)" || return
    says '^failed .*high10 hwmap: .*cannot be mapped' '^exact .*hwdownload'
}

# Not mpv itself (see interop-mpv), but how it is called and read
by_player() {
    cat >"$scratch/player" <<'END'
#!/bin/sh
[ "$1" != --version ] || { echo 'mpv 0' && exit; }
for word; do case $word in --o=*) o=${word#--o=} ;; *) last=$word ;; esac; done
[ -n "$SILENT" ] || echo 'Using hardware decoding (v4l2request-copy).'
ffmpeg -v error -i "$last" -pix_fmt yuv420p -fps_mode passthrough -f framemd5 "$o"
END
    chmod +x "$scratch/player"
    sweep 0 --mpv --mpv-program "$scratch/player" --ways auto -- "$file" || return
    verdicts 'reference software' 'exact auto' 'exact mpv' || return
    SILENT=1 sweep 1 --mpv --mpv-program "$scratch/player" --ways auto -- "$file" || return
    says '^failed .* mpv: mpv decoded by software' || return
    sweep 2 --mpv --mpv-program "$scratch/nonesuch" "$file"
}

tools_sweep() {
    try tools-sweep-exact exact_rows
    try tools-sweep-moved moved
    try tools-sweep-failed failed
    try tools-sweep-player by_player
    try tools-sweep-differs broken
}
