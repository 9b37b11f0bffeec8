// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Names a function that is in no kernel. */
#include "kpatch.h"

static int noexist_never_called(void)
{
	return 0;
}

#define PATCH(F) F(vmlinux, kpatch_test_no_such_function, 0, noexist_never_called)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a function that does not exist");
