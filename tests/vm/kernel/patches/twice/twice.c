// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* One function, twice: once by its name alone, once by its position. */
#include "kpatch.h"

static int twice_never_called(void)
{
	return 0;
}

#define PATCH(F) \
	F(vmlinux, version_proc_show, 0, twice_never_called) \
	F(vmlinux, version_proc_show, 1, twice_never_called)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a function that is replaced twice");
