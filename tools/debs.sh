#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

usage() {
        cat <<HELP
Usage: tools/debs.sh [--version VERSION] [OUT]

Builds the Debian packages of the files that git knows or could be told of, as they are now, and puts them into the folder
OUT (default: build/debs). Does nothing where OUT has those of the same files already. Prints only what goes wrong.

  --version VERSION   as if this later version were released, with an entry in the changelog: for tests of an upgrade

The packages depend on the files alone: their times are the changelog's (SOURCE_DATE_EPOCH). DEB_BUILD_OPTIONS is heeded
(nocheck, noautodbgsym, parallel=N).
HELP
}

cd "$(dirname "$0")/.."
version='' out=build/debs
while [[ $# -gt 0 ]]; do
        case $1 in
        -h | --help)
                usage
                exit 0
                ;;
        --version)
                [[ $# -gt 1 ]] || { usage >&2 && exit 2; }
                version=$2
                shift
                ;;
        -*)
                usage >&2
                exit 2
                ;;
        *) out=$1 ;;
        esac
        shift
done
out=$(realpath -m "$out")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/kpatchd
mkdir "$tree"
# A file that was deleted is still listed.
git ls-files -z --cached --others --exclude-standard | sort -zu |
        while IFS= read -r -d '' file; do [[ ! -e $file && ! -L $file ]] || printf '%s\0' "$file"; done |
        tar -c --null --no-recursion --mtime=@0 --owner=0 --group=0 --numeric-owner --files-from=- >"$work/tree.tar"
key=$(echo "$version ${DEB_BUILD_OPTIONS:-}" | sha256sum - "$work/tree.tar" | sha256sum)
[[ ! -e $out/key || $(<"$out/key") != "$key" ]] || exit 0

tar -x -C "$tree" --touch -f "$work/tree.tar"
cd "$tree"
if [[ $version ]]; then
        sed -i "s/^\\( *version : '\\)[^']*/\\1$version/" meson.build
        {
                printf 'kpatchd (%s) UNRELEASED; urgency=medium\n\n  * A version for tests.\n\n' "$version"
                grep -m1 '^ -- ' debian/changelog
                echo
                cat debian/changelog
        } >"$work/changelog"
        cp "$work/changelog" debian/changelog
fi
# Debian's meson and Python before others that may be in PATH.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
export DEB_BUILD_OPTIONS=${DEB_BUILD_OPTIONS-parallel=$(nproc)}
dpkg-buildpackage --build=binary --unsigned-changes >"$work/log" 2>&1 </dev/null || {
        tail -n 60 "$work/log" >&2
        echo "Building the Debian packages failed." >&2
        exit 1
}

rm -rf "$out"
mkdir -p "$out"
cp "$work"/*.deb "$work"/*.changes "$work"/*.buildinfo "$out"/
echo "$key" >"$out/key"
