// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Names a function of which there are several, and does not say which. */
#include "kpatch.h"

static int ambiguous_never_called(void)
{
	return 0;
}

#define PATCH(F) F(vmlinux, m_show, 0, ambiguous_never_called)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: an ambiguous name");
