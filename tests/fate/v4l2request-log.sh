# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# Who decoded? Read from ffmpeg's log at level debug, for it falls back to
# software silently and exits with 0.

# The formats that get_format() chose, one a line. Before "Input #0" it was the
# prober that decoded, always in software.
chosen_formats() {
    sed -n '/^Input #0/,$s/.*Format \([a-z0-9_]*\) chosen by get_format().*/\1/p' "$1"
}

# Says what is wrong, and fails, unless the device decoded all of it.
device_decoded() {
    if grep -q 'Failed setup for format' "$1"; then
        echo "the hwaccel refused the stream: $(grep -m 1 -B 1 'Failed setup' "$1" | head -n 1)"
    elif ! chosen_formats "$1" | grep -qx drm_prime; then
        echo "get_format() never chose drm_prime"
    elif chosen_formats "$1" | grep -qvx drm_prime; then
        echo "fell back to software on the way"
    else
        return 0
    fi
    return 1
}

# get_format() may have tried the device before.
software_decoded() {
    [ "$(chosen_formats "$1" | tail -n 1)" != drm_prime ] && return 0
    echo "hardware frames where software was expected"
    return 1
}
