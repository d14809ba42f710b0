#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Decode one stream of tests/clips/list.txt in one way, print its framemd5.
#
#   v4l2request.sh CODEC NAME MODE
#
# MODE  software  no hwaccel: what the references are made with
#       direct    drm_prime frames, hwdownload
#       auto      drm_prime frames that ffmpeg downloads by itself
#       planar    the same, with a plane for each component
#       map       drm_prime frames, hwmap
#       fallback  hwaccel asked for a stream that it must refuse
#       refused   the same where FFmpeg's decoder has no software behind it: it
#                 must say what does, and that must decode it
#
# Fails when the frames were not decoded by what MODE says, whatever they look
# like.
#
# FFMPEG            the program (default: ./ffmpeg, FATE's working directory)
# V4L2REQUEST_CLIPS folder with list.txt (default: ../clips of this script)
# V4L2REQUEST_ARGS  more input options, such as -hwaccel_device /dev/media0
set -eu

here=$(cd "$(dirname "$0")" && pwd)
clips=${V4L2REQUEST_CLIPS:-$here/../clips}
ffmpeg=${FFMPEG:-./ffmpeg${PROGSUF-}${EXECSUF-}}
# shellcheck source-path=SCRIPTDIR
. "$here/v4l2request-log.sh"

die() {
    echo "v4l2request.sh: $*" >&2
    exit 1
}

# Sets file and the options of the row.
read_row() {
    row=$(awk -v codec="$1" -v name="$2" '$1 == codec && $2 == name' "$clips/list.txt")
    [ -n "$row" ] || die "list.txt has no $1 $2"
    pix=yuv420p frames='' input='' crop='' says=''
    # shellcheck disable=SC2086 # a row is words
    set -- $row
    file=$clips/$3
    shift 4
    for option; do
        case $option in
        pix=*) pix=${option#pix=} ;;
        frames=*) frames=${option#frames=} ;;
        says=*) says=${option#says=} ;;
        modes=*) ;;
        crop=*:*) set_crop "${option#crop=}" ;;
        resize=1) ;;
        in=*=*) option=${option#in=} && input="$input -${option%%=*} ${option#*=}" ;;
        *) die "$file: unknown option $option" ;;
        esac
    done
}

# X:Y, what to take off at the left and the top
set_crop() {
    crop=,crop=iw-${1%:*}:ih-${1#*:}:$1
}

# What frames of the device are when they are downloaded.
downloaded() {
    [ -z "$frames" ] || { echo "$frames" && return; }
    case $pix in
    yuv420p | gray) echo nv12 ;;
    yuv422p) echo nv16 ;;
    yuv420p10le | gray10le) echo p010le ;;
    yuv422p10le) echo p210le ;;
    *) die "no frame format of a device for $pix" ;;
    esac
}

# The same with a plane for each component: the hardware's chroma of monochrome, too.
planar() {
    case $pix in
    gray) echo yuv420p ;;
    *) echo "$pix" ;;
    esac
}

# From frames of the device to the reference's format. Monochrome has no chroma,
# but conversion to gray would change luma, which it takes for full range.
converted() {
    case $pix in
    gray) echo format=yuv420p,extractplanes=y ;;
    gray10le) echo format=yuv420p10le,extractplanes=y ;;
    *) echo "format=$pix" ;;
    esac
}

# The command line of a mode; words without spaces, file names excepted. Frames
# that hwmap mapped keep a hw_frames_ctx, and the scaler of FFmpeg 9.0 refuses
# such frames, those of any hwaccel: hence the copy.
set_mode() {
    hwaccel='-hwaccel v4l2request'
    output='-hwaccel_output_format drm_prime'
    case $1 in
    software) hwaccel='' output='' filters=format=$pix ;;
    fallback | refused) output='' filters=format=$pix ;;
    auto) output='' filters="format=$(downloaded)|$pix,$(converted)" ;;
    direct) filters=hwdownload,format=$(downloaded)$crop,$(converted) ;;
    planar) filters=hwdownload,format=$(planar)$crop,$(converted) ;;
    map) filters=hwmap=mode=read,format=$(downloaded),copy$crop,$(converted) ;;
    *) die "unknown mode $1" ;;
    esac
}

# Pictures keep their own size where a stream changes it.
decode() {
    # shellcheck disable=SC2086 # options are words
    "$ffmpeg" -nostdin -nostats -loglevel debug -threads 1 $hwaccel $output $input ${V4L2REQUEST_ARGS-} \
        -i "$file" -noautoscale -map 0:v:0 -vf "$filters" -fps_mode passthrough -bitexact -f framemd5 - 2>"$log"
}

fail() {
    tail -n 40 "$log" >&2
    die "$file: $*"
}

# What the decoder that was refused had said right before. Any number of lines of
# ffmpeg's other threads may come between.
reasons() {
    awk '{ decoder = match($0, /^\[[^]]*\]/) ? substr($0, 1, RLENGTH) : "" }
        /Failed setup for format/ { print said[decoder, 1]; print said[decoder, 2]; print said[decoder, 3] }
        { said[decoder, 3] = said[decoder, 2]; said[decoder, 2] = said[decoder, 1]; said[decoder, 1] = $0 }' "$log"
}

# The advice is followed when it was given.
refused() {
    ! decode >/dev/null || fail "decoded what has to be refused"
    reasons | grep "$says" >/dev/null || fail "no line says why: $says"
    grep -q -e '-c:v libdav1d' "$log" || fail "no line says what decodes it"
    input="$input -c:v libdav1d"
}

check_path() {
    case $1 in
    software | fallback | refused) fault=$(software_decoded "$log") || fail "$fault" ;;
    *) fault=$(device_decoded "$log") || fail "$fault" ;;
    esac
    if [ "$1" = fallback ] && [ -n "$says" ]; then
        reasons | grep "$says" >/dev/null || fail "no line says why: $says"
    fi
}

[ $# -ge 3 ] || die "usage: v4l2request.sh CODEC NAME MODE"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
read_row "$1" "$2"
set_mode "$3"
[ "$3" != refused ] || refused
decode || fail "ffmpeg failed"
check_path "$3"
