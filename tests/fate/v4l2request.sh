#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Decode one stream of tests/clips/list.txt in one way, print its framemd5.
#
#   v4l2request.sh CODEC NAME MODE
#
# MODE  software  no hwaccel: what the references are made with
#       direct    drm_prime frames, hwdownload
#       auto      drm_prime frames that ffmpeg downloads by itself
#       map       drm_prime frames, hwmap
#       fallback  hwaccel asked for a stream that it must refuse
#
# Fails when the frames were not decoded by what MODE says, whatever they look
# like: ffmpeg falls back to software silently and exits with 0.
#
# FFMPEG            the program (default: ./ffmpeg, FATE's working directory)
# V4L2REQUEST_CLIPS folder with list.txt (default: ../clips of this script)
# V4L2REQUEST_ARGS  more input options, such as -hwaccel_device /dev/media0
set -eu

here=$(cd "$(dirname "$0")" && pwd)
clips=${V4L2REQUEST_CLIPS:-$here/../clips}
ffmpeg=${FFMPEG:-./ffmpeg${PROGSUF-}${EXECSUF-}}

die() {
    echo "v4l2request.sh: $*" >&2
    exit 1
}

# Sets file, expect and the options of the row.
read_row() {
    row=$(awk -v codec="$1" -v name="$2" '$1 == codec && $2 == name' "$clips/list.txt")
    [ -n "$row" ] || die "list.txt has no $1 $2"
    pix=yuv420p input='' crop=''
    # shellcheck disable=SC2086 # a row is words
    set -- $row
    file=$clips/$3
    shift 4
    for option; do
        case $option in
        pix=*) pix=${option#pix=} ;;
        crop=*) crop=,crop=iw-${option#crop=}
            crop=${crop%:*}:ih-${crop#*:}:${option#crop=} ;;
        in=*=*) option=${option#in=} && input="$input -${option%%=*} ${option#*=}" ;;
        *) die "$file: unknown option $option" ;;
        esac
    done
}

# The command line of a mode; words without spaces, file names excepted.
set_mode() {
    hwaccel='-hwaccel v4l2request'
    output='-hwaccel_output_format drm_prime'
    case $1 in
    software) hwaccel='' output='' filters=format=$pix ;;
    fallback) output='' filters=format=$pix ;;
    auto) output='' filters="format=nv12|$pix,format=$pix" ;;
    direct) filters=hwdownload,format=nv12$crop,format=$pix ;;
    map) filters=hwmap=mode=read,format=nv12$crop,format=$pix ;;
    *) die "unknown mode $1" ;;
    esac
}

# The debug log names the pixel format that each get_format() call chose.
# Pictures keep their own size where a stream changes it.
decode() {
    # shellcheck disable=SC2086 # options are words
    "$ffmpeg" -nostdin -nostats -loglevel debug -threads 1 $hwaccel $output $input ${V4L2REQUEST_ARGS-} \
        -i "$file" -noautoscale -map 0:v:0 -vf "$filters" -fps_mode passthrough -bitexact -f framemd5 - 2>"$log"
}

# "Format X chosen" by get_format(), X without the colour of the terminal.
chosen() {
    sed -n 's/.*Format \([a-z0-9_]*\) chosen by get_format().*/\1/p' "$log"
}

fail() {
    tail -n 40 "$log" >&2
    die "$*"
}

check_path() {
    case $1 in
    software | fallback)
        ! chosen | grep -qx drm_prime || fail "$file: hardware frames where software was expected"
        ;;
    *)
        ! grep 'Failed setup for format' "$log" >&2 || fail "$file: the hwaccel refused the stream"
        chosen | grep -qx drm_prime || fail "$file: get_format() never chose drm_prime"
        ! chosen | grep -qvx drm_prime || fail "$file: fell back to software on the way"
        ;;
    esac
}

[ $# -ge 3 ] || die "usage: v4l2request.sh CODEC NAME MODE"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
read_row "$1" "$2"
set_mode "$3"
decode || fail "$file: ffmpeg failed"
check_path "$3"
