// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Names a function of an object other than the kernel itself. */
#include "kpatch.h"

/* Of no build: it must be refused. */
#define KPATCH_TARGET_ext4 "0123456789abcdef0123456789abcdef01234567"

static int module_never_called(void)
{
	return 0;
}

#define PATCH(F) F(ext4, ext4_sync_file, 0, module_never_called)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a function of a module");
