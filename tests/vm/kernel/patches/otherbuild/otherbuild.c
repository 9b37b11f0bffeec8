// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Was made for a kernel that nobody has. */
#include "kpatch.h"

static int otherbuild_never_called(void)
{
	return 0;
}

#define PATCH(F) F(vmlinux, version_proc_show, 0, otherbuild_never_called)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a patch for another build");
