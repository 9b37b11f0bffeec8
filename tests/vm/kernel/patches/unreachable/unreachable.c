// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Names a function that the compiler gave no hook for ftrace. */
#include "kpatch.h"

static int unreachable_never_called(void)
{
	return 0;
}

#define PATCH(F) F(vmlinux, do_syscall_64, 0, unreachable_never_called)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a function out of ftrace's reach");
