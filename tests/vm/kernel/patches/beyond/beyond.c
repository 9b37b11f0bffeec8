// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Wants the 99th function of a name that has fewer. */
#include "kpatch.h"

static int beyond_never_called(void)
{
	return 0;
}

#define PATCH(F) F(vmlinux, m_show, 99, beyond_never_called)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a sympos that is too large");
