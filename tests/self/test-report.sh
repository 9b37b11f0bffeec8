#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernel reports: one that nobody expects fails a run, one that is expected and does not come as well.
set -euo pipefail
# shellcheck source=tests/self/lib.sh
. "$(dirname "$0")/lib.sh"

# A module that warns as it is loaded, or writes to nowhere.
kdir=$("$here/../vm/run" --print-kdir)
mkdir "$scratch/faulty"
cat >"$scratch/faulty/Kbuild" <<'END'
obj-m := faulty.o
END
cat >"$scratch/faulty/faulty.c" <<'END'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>

static bool oops;
module_param(oops, bool, 0);

static int __init faulty_init(void)
{
	if (oops)
		*(volatile int *)8 = 1;
	WARN(1, "faulty says so");
	return 0;
}
module_init(faulty_init);

static void __exit faulty_exit(void)
{
}
module_exit(faulty_exit);

MODULE_LICENSE("GPL");
END
make -C "$kdir" M="$scratch/faulty" modules >"$scratch/out" 2>"$scratch/err" || fail "the module cannot be built"

guest_script warns.sh <<'END'
# vm: copy faulty/faulty.ko
insmod "$(dirname "$0")/faulty.ko"
END
expect_run 1 warns.sh
expect_said "FAILED: the kernel reported: WARNING: CPU:"
expect_said "faulty says so"

# A script cannot hide it from the runner.
guest_script hides.sh <<'END'
# vm: copy faulty/faulty.ko
dmesg --console-off
insmod "$(dirname "$0")/faulty.ko"
END
expect_run 1 hides.sh
expect_said "FAILED: the kernel is tainted by a warning"

guest_script oopses.sh <<'END'
# vm: copy faulty/faulty.ko
# vm: expect-warn faulty says so
! insmod "$(dirname "$0")/faulty.ko" oops=1
END
expect_run 1 oopses.sh
expect_said "FAILED: the kernel reported: BUG: kernel NULL pointer dereference"
expect_said "FAILED: the kernel report /faulty says so/ was expected and did not come"

guest_script expects.sh <<'END'
# vm: copy faulty/faulty.ko
# vm: expect-warn faulty says so
insmod "$(dirname "$0")/faulty.ko"
rmmod faulty
vm-expect-oops 'NULL pointer dereference'
insmod "$(dirname "$0")/faulty.ko" oops=1
exit 0
END
expect_run 0 expects.sh
expect_not_said FAILED
