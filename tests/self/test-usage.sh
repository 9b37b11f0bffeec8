#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# What the runner refuses, it refuses with one sentence and without a guest.
set -euo pipefail
# shellcheck source=tests/self/lib.sh
. "$(dirname "$0")/lib.sh"

expect_run 2
expect_said "which script is to be run?"
expect_run 125 no-such-script.sh
expect_said "there is no script no-such-script.sh"
guest_script fine.sh <<<'true'
expect_run 2 --kernel 5.10 fine.sh

guest_script wrong-key.sh <<<'# vm: tiemout 3'
expect_run 125 wrong-key.sh
expect_said "wrong-key.sh, line 1: '# vm: tiemout 3' is wrong: there is no such key"
guest_script wrong-value.sh <<<'# vm: timeout soon'
expect_run 125 wrong-value.sh
expect_said "wrong-value.sh, line 1"
guest_script wrong-pattern.sh <<<'# vm: expect-warn ('
expect_run 125 wrong-pattern.sh
expect_said "wrong-pattern.sh, line 1"

for version in 6.1 6.12 7.2; do
        expect_run 0 --kernel "$version" --print-release
        release=$(cat "$scratch/out")
        [[ $release == "$version".*-amd64 ]] || fail "it is no release of $version"
        expect_run 0 --kernel "$version" --print-kdir
        [[ -f $(cat "$scratch/out")/Module.symvers ]] || fail "no headers for $release"
done

# The archive out of reach: a proxy where nobody listens, and an empty cache.
printf 'Acquire::%s "%s";\n' http::Proxy http://127.0.0.1:9 https::Proxy http://127.0.0.1:9 Retries 0 >"$scratch/apt.conf"
for version in 6.1 6.12 7.2; do
        ! APT_CONFIG=$scratch/apt.conf PYTHONPATH=$here/../vm /usr/bin/python3 -B - "$version" "$scratch/cache" \
                >"$scratch/out" 2>"$scratch/err" <<'END' || fail "kernel $version came from nowhere"
import pathlib, sys
from lib import common, kernel
try:
    kernel.get(sys.argv[1], pathlib.Path(sys.argv[2]))
except common.RunnerError as error:
    sys.exit(str(error))
END
        [[ $(grep -vc '^vm: ' "$scratch/err") -eq 1 ]] || fail "it is not one sentence"
        grep -q '^cannot get .* of Debian [a-z-]*: Failed to fetch ' "$scratch/err" || fail "it does not say what it is about"
done

# A warning of objtool, modpost or the compiler ends a build that make itself takes for good; other lines do not.
mkdir "$scratch/patch"
build_says() {
        # shellcheck disable=SC2016 # the variable is make's
        printf 'all:\n\t@echo "$$SAID" >&2\n' >"$scratch/patch/Makefile"
        SAID=$1 PYTHONPATH=$here/../vm /usr/bin/python3 -B - "$scratch/patch" >"$scratch/out" 2>"$scratch/err" <<'END'
import pathlib, sys
from lib import common, kernel, modules
cache = (common.SOURCE / "build/vm").resolve()
try:
    modules.make(kernel.get("6.1", cache), cache, pathlib.Path(sys.argv[1]), [])
except common.RunnerError as error:
    sys.exit(str(error))
END
}
for said in "/x/a.o: warning: objtool: f()+0x1: unsupported stack pointer realignment" "vmlinux.o: warning: objtool: f(): no" \
        "/x/a.c:12:3: warning: unused variable 'i' [-Wunused-variable]" "WARNING: modpost: missing MODULE_LICENSE() in a.o"; do
        ! build_says "$said" || fail "a build went well that said: $said"
        expect_said "building patch for 6.1."
        expect_said "$said"
done
build_says "warning: the compiler differs from the one used to build the kernel" || fail "it failed of what is no warning of ours"
