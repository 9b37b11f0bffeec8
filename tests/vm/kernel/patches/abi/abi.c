// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Built for an interface that does not exist. */
#include "kpatch.h"

#undef KPC_ABI
#define KPC_ABI 9999

static int abi_never_called(void)
{
	return 0;
}

#define PATCH(F) F(vmlinux, version_proc_show, 0, abi_never_called)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a patch for another version of the interface");
