// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Names a function in which the switch itself runs. */
#include "kpatch.h"

static int stopper_never_called(void)
{
	return 0;
}

#define PATCH(F) F(vmlinux, multi_cpu_stop, 0, stopper_never_called)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a function that the switch depends on");
