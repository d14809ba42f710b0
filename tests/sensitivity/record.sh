# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # variables of lib.sh
# Record jobs, change fields. To be sourced after tests/lib.sh.

sensitivity() {
    "$tests/sensitivity/sensitivity" --model "$top/build/vstateless/vstateless-model" \
        --include "$top/build/uapi" "$@"
}

# try_fields OPTION...: its lines are results; that it came to its end is one, too
try_fields() {
    local status=0
    sensitivity "$@" 2>"$logs/sensitivity-fields.log" || status=$?
    if [ "$status" = 0 ] || [ "$status" = 2 ]; then
        ok sensitivity-fields
    else
        not_ok sensitivity-fields "exit status $status, $(reason_in "$logs/sensitivity-fields.log")"
    fi
}

# record_jobs DIR STREAM...: in two guests, every other stream in each
record_jobs() {
    local dir=$1 half
    shift
    "$tests/tools/build" "$tree" "$tools" || die "cannot build the tests' clients"
    "$top/tools/uapi-headers" "$top/build/uapi" >/dev/null
    rm -rf "$dir"
    for half in 0 1; do
        mkdir -p "$dir/$half/contexts"
        # shellcheck disable=SC2046 # words
        parallel uml "$(basename "$dir")-$half" --timeout 900 \
            --model-arg --record --model-arg "$dir/$half/contexts" -- \
            "$tests/guest/record-jobs" "$dir/$half" $(printf '%s\n' "$@" | awk -v half="$half" 'NR % 2 == half')
    done
    wait
    find "$dir" -mindepth 2 -name '*-*' -type f -exec mv {} "$dir" \;
    rm -rf "$dir"/[01]
}
