#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Test tools/apply-hooks on small trees of its own, and hooks/ on the sources of
# all FFmpeg versions.
#
#   hooks.sh [VERSION...]     default: 7.1 8.1 9.0
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
apply=$root/tools/apply-hooks
passed=0
failed=0

result() {
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok     $2"
    else
        failed=$((failed + 1))
        echo "not ok $2"
    fi
}

# Run a command as a test; its output is shown when it fails.
try() {
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        result 0 "$name"
    else
        cat "$work/log"
        result 1 "$name"
    fi
}

# A project with one hook (from stdin) and a tree of one file of five lines.
make_case() {
    rm -rf "$work/project" "$work/tree"
    mkdir -p "$work/project/hooks" "$work/tree"
    cat >"$work/project/hooks/file.c"
    printf '%s\n' 'first {' '    same' '}' 'second {' '    same' '}' >"$work/tree/file.c"
    echo "${version:-7.1.5}" >"$work/tree/RELEASE"
    cp -r "$work/tree" "$work/before"
}

run_case() {
    "$apply" --source "$work/project" "$work/tree"
}

# The hooks of stdin must give the lines that follow the name, blanks squeezed.
expect_lines() {
    name=$1
    shift
    make_case
    printf '%s\n' "$@" >"$work/wanted"
    try "$name" gives_wanted
    rm -rf "$work/before"
}

gives_wanted() {
    run_case || return 1
    sed 's/^ *//' "$work/tree/file.c" | diff "$work/wanted" - || return 1
    cp "$work/tree/file.c" "$work/once"
    run_case || return 1
    cmp "$work/once" "$work/tree/file.c"
}

# The hooks of stdin must be refused with all of the words, nothing written.
expect_refusal() {
    name=$1
    shift
    make_case
    try "$name" is_refused "$@"
    rm -rf "$work/before"
}

is_refused() {
    ! run_case >"$work/message" 2>&1 || return 1
    cat "$work/message"
    diff -r "$work/before" "$work/tree" || return 1
    for word; do
        grep -qF -e "$word" "$work/message" || return 1
    done
}

test_placement() {
    expect_lines hooks-after 'first {' new same '}' 'second {' same '}' <<'END'
comment
@hook name
@after 'first   {'
+    new
END
    expect_lines hooks-before-within 'first {' same '}' 'second {' new same '}' <<'END'
@hook name
@within /^second/ /^}/
@before 'same'
+    new
END
    expect_lines hooks-two-edits above 'first {' below same '}' 'second {' same '}' <<'END'
@hook name
@before /^first/
+above
@after /^first/
+below
END
    expect_lines hooks-inserted-line-like-anchor 'first {' 'first { again' same '}' 'second {' same '}' <<'END'
@hook name
@after /^first/
+first { again
END
}

alternatives() {
    cat <<'END'
@hook name
@for 7.1
@after /^first/
@for 8.0+
@after /^second/
+    new
END
}

# Other lines for other versions
other_lines() {
    cat <<'END'
@hook name
@for 7.1
@after /^first/
+    old
@for 8.0+
@after /^first/
+    new
END
}

test_versions() {
    alternatives >"$work/hook"
    version=7.1.5
    expect_lines hooks-version-old 'first {' new same '}' 'second {' same '}' <"$work/hook"
    version=9.0.2
    expect_lines hooks-version-later 'first {' same '}' 'second {' new same '}' <"$work/hook"
    version=7.0
    expect_refusal hooks-version-unknown 'no anchor for this version' 'FFmpeg 7.0' <"$work/hook"
    other_lines >"$work/hook"
    version=7.1.5
    expect_lines hooks-version-old-lines 'first {' old same '}' 'second {' same '}' <"$work/hook"
    version=9.0.2
    expect_lines hooks-version-later-lines 'first {' new same '}' 'second {' same '}' <"$work/hook"
    version=7.0
    expect_refusal hooks-version-unknown-lines 'no anchor for this version' 'FFmpeg 7.0' <"$work/hook"
    version=
}

test_refusals() {
    expect_refusal hooks-ambiguous-anchor 'file.c of FFmpeg 7.1.5' "hook 'name'" 'hooks/file.c:2' \
        'matches 2 times (lines 2, 5)' <<'END'
@hook name
@after 'same'
+new
END
    expect_refusal hooks-missing-anchor 'file.c of FFmpeg 7.1.5' "hook 'second name'" 'matches 0 times' <<'END'
@hook name
@after /^first/
+new
@hook second name
@after /^third/
+new
END
    expect_refusal hooks-ambiguous-scope '/^}/' 'matches 2 times' <<'END'
@hook name
@within /^}/ /^$/
@after 'same'
+new
END
    expect_refusal hooks-endless-scope 'no end of' <<'END'
@hook name
@within /^second/ /^end/
@after 'same'
+new
END
}

test_syntax() {
    expect_refusal hooks-unknown-directive 'hooks/file.c:2' 'unknown directive' <<'END'
@hook name
@behind 'same'
END
    expect_refusal hooks-nothing-to-insert 'inserts nothing' <<'END'
@hook name
@after /^first/
END
    expect_refusal hooks-bad-pattern 'bad anchor' <<'END'
@hook name
@after first
+new
END
    expect_refusal hooks-empty-file 'no hook in it' <<'END'
only a comment
END
}

missing_file_is_refused() {
    rm "$work/tree/file.c" "$work/before/file.c"
    is_refused 'file.c of FFmpeg 7.1.5' 'no such file'
}

test_missing_file() {
    make_case <<'END'
@hook name
@after /^first/
+new
END
    try hooks-missing-file missing_file_is_refused
    rm -rf "$work/before"
}

# Every source of ours is compiled: a Makefile hook names its object.
all_listed() {
    for file in "$root"/libav*/*.c; do
        library=$(basename "$(dirname "$file")")
        object=$(basename "$file" .c).o
        grep -q "^+.*[[:space:]]$object" "$root/hooks/$library/Makefile" || {
            echo "hooks/$library/Makefile does not list $object"
            return 1
        }
    done
}

all_there() {
    grep '^+' "$root/hooks/$1/Makefile" | tr -s '[:space:]+' '\n' | grep '\.o$' >"$work/objects"
    while read -r object; do
        [ -f "$root/$1/${object%.o}.c" ] || {
            echo "hooks/$1/Makefile lists $object, but there is no $1/${object%.o}.c"
            return 1
        }
    done <"$work/objects"
}

same_after_second_run() {
    cp -rp "$1" "$1.once"
    "$apply" "$1" && diff -r "$1.once" "$1"
}

# The lines of a hook file that are for a version.
lines_for() {
    awk -v version="$2" '
        function fits(wanted) { return version + 0 == wanted + 0 || wanted ~ /[+]$/ && version + 0 > wanted + 0 }
        BEGIN { inserts = 1 }
        /^@hook/ { fit = 1 }
        /^@for/ { fit = 0; for (i = 2; i <= NF; i++) fit = fit || fits($i) }
        /^@(before|after)/ { any = inserts ? fit : any || fit; inserts = 0 }
        /^[+]/ { inserts = 1; if (any) print substr($0, 2) }' "$1"
}

# Each line of each hook stands in the hooked tree.
has_all_lines() {
    "$apply" --list >"$work/list"
    while read -r file; do
        lines_for "$root/hooks/$file" "$(cut -d. -f1,2 "$1/RELEASE")" | grep . >"$work/inserted"
        while IFS= read -r line; do
            grep -qxF -e "$line" "$1/$file" || {
                echo "$file has no line: $line"
                return 1
            }
        done <"$work/inserted"
    done <"$work/list"
}

# Clients have the value compiled in: it must be the next one, for ever.
has_device_type() {
    mkdir -p "$work/include/libavutil"
    echo '#define AV_HAVE_BIGENDIAN 0' >"$work/include/libavutil/avconfig.h"
    printf '%s\n' '#include <libavutil/hwcontext.h>' \
        "_Static_assert(AV_HWDEVICE_TYPE_V4L2REQUEST == $2, \"device type\");" |
        ${CC:-cc} -fsyntax-only -I "$1" -I "$work/include" -x c -
}

# No library may change its version: clients compare it with their own.
keeps_versions() {
    ! "$apply" --list | grep -E 'version(_major)?\.h'
}

device_type_of() {
    case $1 in
    7.1) echo 13 ;;
    *) echo 15 ;;
    esac
}

extract_hooked() {
    mkdir -p "$2"
    top=$(tar -tf "$1" | sed -n '1s,/.*,,p')
    { "$apply" --list && echo RELEASE; } | sed "s,^,$top/," >"$work/members"
    echo "$top/libavutil" >>"$work/members"
    tar -C "$2" --strip-components=1 -xf "$1" -T "$work/members"
}

test_version() {
    tarball=$("$root/tools/ffmpeg-source" "$1") || {
        result 1 "hooks-$1-source"
        return 0
    }
    tree=$work/ffmpeg-$1
    extract_hooked "$tarball" "$tree"
    try "hooks-$1-fit" "$apply" "$tree"
    try "hooks-$1-inserted" has_all_lines "$tree"
    try "hooks-$1-twice" same_after_second_run "$tree"
    try "hooks-$1-device-type" has_device_type "$tree" "$(device_type_of "$1")"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- 7.1 8.1 9.0
test_placement
test_versions
test_refusals
test_syntax
test_missing_file
try hooks-objects-listed all_listed
try hooks-objects-exist-libavcodec all_there libavcodec
try hooks-objects-exist-libavutil all_there libavutil
try hooks-keep-versions keeps_versions
for version_under_test; do
    test_version "$version_under_test"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
