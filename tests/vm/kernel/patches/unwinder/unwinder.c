// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Names a function that stacks are read with. */
#include "kpatch.h"

static int unwinder_never_called(void)
{
	return 0;
}

#define PATCH(F) F(vmlinux, unwind_next_frame, 0, unwinder_never_called)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a function that the switch depends on");
