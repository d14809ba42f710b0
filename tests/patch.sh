#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Test the patches for packagers: applied to a pristine tree with patch -p1 they
# must give exactly the tree that the hooks give, permissions included.
#
#   patch.sh [VERSION...]     default: 7.1 8.1 9.0
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
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

unpack() {
    mkdir -p "$2"
    tar -C "$2" --strip-components=1 -xf "$1"
}

permissions() {
    (cd "$1" && find . -type f -printf '%m %P\n' | sort -k 2)
}

same_trees() {
    diff -r "$1" "$2" || return 1
    permissions "$1" >"$work/modes1"
    permissions "$2" >"$work/modes2"
    diff "$work/modes1" "$work/modes2"
}

differs() {
    ! diff -rq "$1" "$2"
}

test_version() {
    pristine=$work/$1/pristine patched=$work/$1/patched hooked=$work/$1/hooked
    tarball=$("$root/tools/ffmpeg-source" "$1") || {
        result 1 "patch-$1-source"
        return 0
    }
    unpack "$tarball" "$pristine"
    unpack "$tarball" "$hooked"
    # patch replaces files, it does not write into them: links are enough.
    cp -al "$pristine" "$patched"
    patch=$("$root/tools/make-patch" "$1" "$work/$1")
    try "patch-$1-hooks" "$root/tools/apply-hooks" "$hooked"
    try "patch-$1-applies" patch -d "$patched" -p1 --fuzz=0 --no-backup-if-mismatch -i "$patch"
    try "patch-$1-changes-something" differs "$pristine" "$patched"
    try "patch-$1-equals-hooks" same_trees "$hooked" "$patched"
    try "patch-$1-reverts" patch -d "$patched" -p1 -R --fuzz=0 --no-backup-if-mismatch -i "$patch"
    try "patch-$1-equals-pristine" diff -r "$pristine" "$patched"
    rm -rf "${work:?}/$1"
}

command -v patch >/dev/null || {
    echo "patch.sh: no patch program (Debian package: patch)" >&2
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- 7.1 8.1 9.0
for version; do
    test_version "$version"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
