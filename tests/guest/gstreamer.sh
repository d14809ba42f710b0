# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # variables of lib.sh
# GStreamer's pipelines for the streams of list.txt. To be sourced after lib.sh.

codecs=$tests/interop/codecs.txt

# Streams of list.txt that a device decodes: CODEC NAME FILE PIXEL-FORMAT
streams() {
    awk '!/^#/ && $4 == "hw" {
        pix = "yuv420p"
        for (i = 5; i <= NF; i++)
            if (sub(/^pix=/, "", $i))
                pix = $i
        print $1, $2, $3, pix
    }' "$tests/clips/list.txt"
}

# elements NAME: of a codec or an extension, with a "!" behind them
elements() {
    awk -v name="$1" '$1 == name { $1 = $2 = ""; print $0, "!" }' "$codecs"
}

# modes CODEC
modes() {
    awk -v name="$1" '$1 == name { gsub(",", " ", $2); print $2 }' "$codecs"
}

# source_and_decoder CODEC FILE
source_and_decoder() {
    echo "filesrc location=$tests/clips/$2 ! $(elements ".${2##*.}") $(elements "$1")"
}

# The same picture layout in GStreamer's words
raw_format() {
    case $1 in
    yuv420p) echo I420 ;;
    yuv422p) echo Y42B ;;
    yuv420p10le) echo I420_10LE ;;
    yuv422p10le) echo I422_10LE ;;
    gray) echo GRAY8 ;;
    gray10le) echo GRAY10_LE16 ;;
    esac
}
