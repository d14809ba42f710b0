# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # variables of lib.sh
# What frames say besides their pixels is what software's say; part of `clients`.

# Streams of list.txt with cropping, aspect ratios, fields, colours, timestamps
metadata_streams="mpeg2:interlaced mpeg2:pulldown mpeg2:field-b mpeg2:aspect-change mpeg2:ts mpeg2:odd-size
    h264:crop-all h264:mbaff h264:paff-pyramid h264:fake-interlaced h264:hrd-sei h264:recovery h264:avcc h264:ts
    hevc:field-seq hevc:kvazaar-fields hevc:hvcc hevc:odd-size hevc:radl
    vp8:webm vp8:colors vp9:webm vp9:full-range vp9:odd-size av1:mp4 av1:odd-size"

# like_software FILE TYPE [PATTERN]...: each pattern is in some line
like_software() {
    local file=$1 type=$2 pattern
    shift 2
    "$tools/metadata" "$file" >"$scratch/want" || reason "software: exit status $?" || return
    timeout -s KILL "$limit" "$tools/metadata" "$type" "$file" >"$scratch/got" || reason "$type: exit status $?" || return
    [ -s "$scratch/want" ] || reason "no frame" || return
    [ "$(counter jobs)" != 0 ] || reason "the device had no job" || return
    head -n 3 "$scratch/got"
    diff "$scratch/want" "$scratch/got" || reason "other metadata than software" || return
    for pattern; do
        grep -q -e "$pattern" "$scratch/got" || reason "no frame has '$pattern'" || return
    done
}

# through_hwdownload FILE TYPE: frames that have it, behind ffmpeg's own filter.
# Not by showinfo: other threads write between the parts of its lines.
through_hwdownload() {
    local select="sidedata=mode=select:type=$2" out=(-fps_mode passthrough -bitexact -f framemd5)
    play -i "$1" -vf "format=nv12,$select" "${out[@]}" "$scratch/want" || return
    hw -hwaccel v4l2request -hwaccel_output_format drm_prime -i "$1" -vf "hwdownload,format=nv12,$select" \
        "${out[@]}" "$scratch/got" || return
    same "$scratch/want" "$scratch/got"
}

clients_metadata() {
    local stream file name type
    for stream in $metadata_streams; do
        try "clients-metadata-${stream/:/-}" like_software "$(clip "${stream%:*}" "${stream#*:}")" v4l2request
    done
    for file in "$tools/with-metadata"/*; do
        name=$(basename "$file")
        name=${name%.*}
        case $name in
        mpeg2-*) try "clients-metadata-$name-sei" like_software "$file" v4l2request 'Closed Captions' ;;
        vp[89]-*) try "clients-metadata-$name-hdr" like_software "$file" v4l2request 'Mastering display' \
            'Content light level' 'smpte2084' ;;
        *) try "clients-metadata-$name-sei" like_software "$file" v4l2request 'Closed Captions' \
            'Mastering display' 'Content light level' ;;
        esac
    done
    try clients-metadata-drm like_software "$tools/with-metadata/hevc-main10.h265" drm 'Closed Captions'
    try clients-metadata-hwdownload through_hwdownload "$tools/with-metadata/h264-main-cabac.h264" A53_CC
    for type in MASTERING_DISPLAY_METADATA CONTENT_LIGHT_LEVEL; do
        try "clients-metadata-hwdownload-$type" through_hwdownload "$tools/with-metadata/vp9-webm.webm" "$type"
    done
}
