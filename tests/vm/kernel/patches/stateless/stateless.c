// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Would take the place of patches whose states it does not know. */
#include <linux/seq_file.h>

#include "kpatch.h"

KPATCH_REPLACE();

static int stateless_never_called(struct seq_file *m, void *v)
{
	return 0;
}

#define PATCH(F) F(vmlinux, version_proc_show, 0, stateless_never_called)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: takes the place of all others and knows nothing");
