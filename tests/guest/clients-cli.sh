# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh and clients
# Command lines that users type; part of `clients`. What the device's frames become
# is compared with what software's become in the same format (nv12 or p010).

# One stream of each codec, in a container that can be sought
cli_streams="mpeg2:ps h264:avcc hevc:hvcc vp8:webm vp9:webm av1:mp4"

device=(-hwaccel v4l2request)
zero_copy=("${device[@]}" -hwaccel_output_format drm_prime)
md5=(-fps_mode passthrough -bitexact -f framemd5)

# Frames stay where they are: the CPU reads none.
no_copy() {
    local frames
    hw "${zero_copy[@]}" -i "$(clip "$1" "$2")" -progress "$scratch/progress" -f null - || return
    frames=$(sed -n 's/^frame=//p' "$scratch/progress" | tail -n 1)
    [ "$frames" = "$(grep -c '^[0-9]' "$references/$1-$2")" ] || reason "$frames frames came out" || return
    [ "$(counter sync_start)" = 0 ] || reason "the CPU read $(counter sync_start) times"
}

# both SOFTWARE-FILTERS HARDWARE-FILTERS CODEC NAME OUTPUT-OPTION...: the file that comes
# out is the same. Variables input (options) and suffix.
both() {
    local software=$1 hardware=$2 file
    file=$(clip "$3" "$4")
    shift 4
    play "${input[@]}" -i "$file" ${software:+-vf "$software"} "$@" "$scratch/want.$suffix" || return
    hw "${use[@]}" "${input[@]}" -i "$file" ${hardware:+-vf "$hardware"} "$@" "$scratch/got.$suffix" || return
    same "$scratch/want.$suffix" "$scratch/got.$suffix"
}

# Setting a variable for a function keeps it local to that.
input=() use=("${device[@]}") suffix=md5

thumbnail() {
    local suffix=$3 input=(-ss 0.12)
    both "format=nv12,$4" "$4" "$1" "$2" -frames:v 1 -bitexact
}

contact_sheet() {
    local suffix=png
    both "format=nv12,thumbnail=5,scale=96:-2,tile=2x1" "thumbnail=5,scale=96:-2,tile=2x1" "$1" "$2" -frames:v 1 -bitexact
}

# At a place that is no key frame; input option and output option
seek_before() {
    local input=(-ss "$3")
    both format=nv12,format=yuv420p format=nv12,format=yuv420p "$1" "$2" "${md5[@]}"
}

seek_after() {
    both format=nv12,format=yuv420p format=nv12,format=yuv420p "$1" "$2" -ss "$3" "${md5[@]}"
}

transcode() {
    local suffix=mkv use=("${zero_copy[@]}")
    both "format=nv12,$4" "hwdownload,format=nv12,$4" "$1" "$2" -c:v "$3" -threads 1 -bitexact
}

# Without a word about formats: ffmpeg downloads, and picks what the encoder takes.
transcode_plain() {
    local suffix=mkv
    both format=nv12 '' "$1" "$2" -c:v "$3" -threads 1 -bitexact
}

# The README's first lines: to libx264, by a filter or without a word. Lossless, so that
# what comes out of that has to be what software decodes.
transcode_lossless() {
    local filters=() use=("${device[@]}") file
    file=$(clip "$1" "$2")
    case $3 in
    hwdownload) filters=(-vf "hwdownload,format=nv12") use=("${zero_copy[@]}") ;;
    esac
    play -i "$file" -vf format=nv12,format=yuv420p -fps_mode passthrough -f rawvideo "$scratch/want" || return
    hw "${use[@]}" -i "$file" ${filters[@]+"${filters[@]}"} -fps_mode passthrough -c:v libx264 -preset ultrafast -qp 0 \
        "$scratch/film.mkv" || return
    play -i "$scratch/film.mkv" -pix_fmt yuv420p -fps_mode passthrough -f rawvideo "$scratch/got" || return
    same "$scratch/want" "$scratch/got"
}

# The size changes: the graph is made anew, the encoder goes on.
reconfigured() {
    local use=("${zero_copy[@]}")
    both format=nv12,scale=128:96 hwdownload,format=nv12,scale=128:96 "$1" "$2" "${md5[@]}" || return
    [ "$(grep -c 'Changing video frame properties on the fly\|Reconfiguring filter graph' "$scratch/said")" != 0 ] ||
        reason "the graph was never made anew"
}

# Two files of different sizes as one
concatenated() {
    local file one two
    for file in "$1" "$2"; do
        printf "file '%s'\n" "$(clip h264 "$file")"
    done >"$scratch/concat.txt"
    play -f concat -safe 0 -i "$scratch/concat.txt" -vf format=nv12,scale=128:96 "${md5[@]}" "$scratch/want" || return
    hw "${device[@]}" -f concat -safe 0 -i "$scratch/concat.txt" -vf scale=128:96,format=nv12 "${md5[@]}" "$scratch/got" ||
        return
    same "$scratch/want" "$scratch/got"
}

# Several decoders in one process, one graph
side_by_side() {
    local file graph='[0][1][2]hstack=3'
    file=$(clip "$1" "$2")
    play -i "$file" -i "$file" -i "$file" -filter_complex "$graph,format=yuv420p" "${md5[@]}" "$scratch/want" || return
    hw "${device[@]}" -i "$file" "${device[@]}" -i "$file" "${device[@]}" -i "$file" \
        -filter_complex "$graph,format=yuv420p" "${md5[@]}" "$scratch/got" || return
    same "$scratch/want" "$scratch/got"
}

# All codecs at once, each to its own file
all_at_once() {
    local stream inputs=() outputs=() n=0
    for stream in $cli_streams; do
        inputs+=("${device[@]}" -i "$(clip "${stream%:*}" "${stream#*:}")")
        outputs+=(-map "$n:v:0" -vf "format=nv12,format=yuv420p" "${md5[@]}" "$scratch/got.$n")
        n=$((n + 1))
    done
    hw "${inputs[@]}" "${outputs[@]}" || return
    n=0
    for stream in $cli_streams; do
        play -i "$(clip "${stream%:*}" "${stream#*:}")" -map 0:v:0 -vf format=yuv420p "${md5[@]}" "$scratch/want" || return
        same "$scratch/want" "$scratch/got.$n" || reason "$stream differs" || return
        n=$((n + 1))
    done
}

# One decoder, two outputs
split_output() {
    local file outputs
    file=$(clip "$1" "$2")
    outputs=(-map 0:v -vf format=yuv420p "${md5[@]}")
    play -i "$file" "${outputs[@]}" "$scratch/want.1" -map 0:v -vf format=nv12,scale=96:-2 "${md5[@]}" "$scratch/want.2" || return
    hw "${device[@]}" -i "$file" "${outputs[@]}" "$scratch/got.1" -map 0:v -vf format=nv12,scale=96:-2 "${md5[@]}" \
        "$scratch/got.2" || return
    same "$scratch/want.1" "$scratch/got.1" && same "$scratch/want.2" "$scratch/got.2"
}

clients_cli() {
    local stream codec name
    for stream in $cli_streams; do
        IFS=: read -r codec name <<<"$stream"
        try "clients-null-$codec" no_copy "$codec" "$name"
        try "clients-thumbnail-$codec" thumbnail "$codec" "$name" png scale=96:-2
        try "clients-seek-$codec" seek_before "$codec" "$name" 0.13
        try "clients-transcode-$codec" transcode "$codec" "$name" ffv1 format=yuv420p
    done
    try clients-null-10bit no_copy hevc main10
    try clients-thumbnail-jpg thumbnail h264 avcc jpg format=yuvj420p
    try clients-thumbnail-sheet contact_sheet hevc hvcc
    try clients-seek-output seek_after h264 avcc 0.13
    try clients-transcode-lossy transcode h264 avcc mpeg4 format=yuv420p
    try clients-transcode-x264 transcode h264 avcc libx264 format=yuv420p
    try clients-transcode-x264-lossless transcode_lossless h264 avcc hwdownload
    try clients-transcode-x264-lossless-auto transcode_lossless hevc hvcc auto
    try clients-transcode-plain transcode_plain hevc hvcc mpeg4
    for stream in mpeg2:resize h264:resize hevc:resize vp8:resize av1:sequences; do
        IFS=: read -r codec name <<<"$stream"
        try "clients-reconfigure-$codec" reconfigured "$codec" "$name"
    done
    try clients-concat concatenated main-cabac mbaff
    try clients-side-by-side side_by_side h264 avcc
    try clients-all-at-once all_at_once
    try clients-split split_output h264 avcc
}
