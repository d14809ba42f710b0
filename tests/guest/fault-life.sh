# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh, decode.sh and fault
# Devices that are missing, refused, busy, shared or lose their model; part of
# `fault`.

# says MESSAGE COMMAND...: the command fails and says why.
says() {
    local message=$1 status=0
    shift
    "$@" >"$scratch/said" 2>&1 || status=$?
    cat "$scratch/said"
    [ "$status" != 0 ] || reason "exit status 0" || return
    ! crashed "$status" || reason "exit status $status" || return
    grep -q -i -e "$message" "$scratch/said" || reason "no message with '$message'"
}

auto_is_software() {
    play -loglevel verbose -hwaccel auto -i "$(clip h264 main-cabac)" -fps_mode passthrough -bitexact -f framemd5 \
        "$scratch/framemd5" || reason "ffmpeg ended with $?" || return
    diff -b "$tests/ref/fate/v4l2request-h264-main-cabac" "$scratch/framemd5" || reason "frames differ"
}

# Without any V4L2 device
fault_none() {
    local file
    file=$(clip h264 main-cabac)
    try fault-none-client says 'no device' "$tools/decode" "$file"
    try fault-none-ffmpeg says 'stateless' play "${hw[@]}" -i "$file" -f null -
    try fault-none-named says '/dev/media0' play "${hw[@]}" -hwaccel_device /dev/media0 -i "$file" -f null -
    try fault-none-auto auto_is_software
}

auto_is_hardware() {
    play -loglevel verbose -hwaccel auto -i "$(clip h264 main-cabac)" -fps_mode passthrough -bitexact \
        -vf format=nv12,format=yuv420p -f framemd5 "$scratch/framemd5" || reason "ffmpeg ended with $?" || return
    [ "$(counter jobs)" != 0 ] || reason "the device had no job" || return
    diff -b "$tests/ref/fate/v4l2request-h264-main-cabac" "$scratch/framemd5" || reason "frames differ"
}

# named DEVICE: this name finds the decoder.
named() {
    decode h264 main-cabac --device="$1" || reason "decode ended with status $?" || return
    compare exact h264 main-cabac
}

# A user who may not open the nodes.
unreadable() {
    chmod 600 /dev/media* /dev/video*
    says 'permission' setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# Several decoders at once, in processes of their own
together() {
    local i pids=() bad=0 name=main-cabac
    for i in 1 2 3 4 5 6; do
        "$tools/decode" "$(clip h264 $name)" >"$scratch/out.$i" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i" || bad=1; done
    [ "$bad" = 0 ] || reason "one of them failed" || return
    for i in 1 2 3 4 5 6; do
        awk -v want=exact -f "$guest/compare.awk" "$references/h264-$name" "$scratch/out.$i" || return
    done
}

# A client that is killed leaves nothing behind.
killed() {
    local pid
    param hwtime_us 50000
    "$tools/decode" "$(clip h264 main-cabac)" >"$scratch/out" &
    pid=$!
    while [ "$(counter jobs)" = 0 ]; do sleep 0.01; done
    kill -KILL "$pid"
    wait "$pid" || true
}

# Packed samples cannot be mapped: no frame is delivered as something else, and
# a line says what to do.
unmappable() {
    param format NV15
    "$tools/decode" --map "$(clip h264 "$1")" >"$scratch/out" 2>"$scratch/messages" ||
        reason "decode ended with status $?" || return
    grep -q "cannot be mapped as $2, only downloaded" "$scratch/messages" || reason "no line says why" || return
    [ "$(grep -c ' unreadable$' "$scratch/out")" = "$(frames "$references/h264-$1")" ] || reason "a frame was mapped"
}

# Whole pictures without start codes: nothing would tell where a slice of H.264
# begins. Software takes over, and a line says why.
no_start_codes() {
    param decode_mode frame
    param start_code none
    "$tools/decode" "$(clip h264 slices4)" >"$scratch/out" 2>"$scratch/messages" || reason "decode ended with status $?" || return
    cat "$scratch/messages"
    grep -q 'knows no start codes' "$scratch/messages" || reason "no line says why" || return
    [ "$(counter jobs)" = 0 ] || reason "the device had a job" || return
    compare exact h264 slices4
}

fault_life() {
    local file node
    file=$(clip h264 main-cabac)
    try fault-life-auto auto_is_hardware
    for node in /dev/media0 /dev/video0 vstateless; do
        try "fault-named-${node##*/}" named "$node"
    done
    for node in /dev/null /dev/zero /etc/passwd; do
        try "fault-wrong-node-${node##*/}" says "$node" play "${hw[@]}" -hwaccel_device "$node" -i "$file" -f null -
    done
    try fault-wrong-name says 'nonesuch' play "${hw[@]}" -hwaccel_device nonesuch -i "$file" -f null -
    try fault-wrong-option says 'timeout' "$tools/decode" --device-options=timeout=never "$file"
    try fault-unreadable-client unreadable "$tools/decode" "$file"
    try fault-unreadable-ffmpeg unreadable env PATH="$PATH" "$tree/ffmpeg" -nostdin "${hw[@]}" -i "$file" -f null -
    try fault-unreadable-named unreadable env PATH="$PATH" "$tree/ffmpeg" -nostdin "${hw[@]}" \
        -hwaccel_device /dev/media0 -i "$file" -f null -
    chmod 600 /dev/media* /dev/video*
    try fault-unmappable-nv15 unmappable high10 p010le
    try fault-unmappable-nv20 unmappable high422-10 p210le
    try fault-no-start-codes no_start_codes
    try fault-together together
    try fault-client-killed killed
}

# The model dies in the middle; another one serves the next client. The model is
# ours here, not the runner's.
model_dies() {
    local pid client status=0
    param hwtime_us 20000
    param timeout_ms 500
    "$1" >/dev/null 2>&1 &
    pid=$!
    timeout -s KILL "$limit" "$tools/decode" --device-options=timeout=2000 "$(clip h264 main-cabac)" >"$scratch/out" &
    client=$!
    while [ "$(counter jobs)" -lt 3 ]; do sleep 0.01; done
    kill -KILL "$pid"
    wait "$pid" || true
    wait "$client" || status=$?
    ! crashed "$status" || reason "decode ended with status $status" || return
    [ "$status" = 0 ] || echo end >>"$scratch/out"
    compare honest h264 main-cabac || return
    "$1" >/dev/null 2>&1 &
    pid=$!
    exact h264 main-cabac || { kill -KILL "$pid" && return 1; }
    kill -KILL "$pid"
    wait "$pid" || true
}

fault_model() {
    try fault-model-dies model_dies "$1"
    try fault-model-missing honest h264 main-cabac --device-options=timeout=1000
}
