#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The story of ./demo, and whether the README shows it as it was told.
set -euo pipefail
cd "$(dirname "$0")/../.."
told=$(mktemp)
trap 'rm -f "$told"' EXIT

status=0
tests/vm/run --no-rebuild tests/demo/story.sh >"$told" || status=$?
cat "$told"
[[ $status -eq 0 ]] || exit "$status"
tests/demo/transcript "$told"
