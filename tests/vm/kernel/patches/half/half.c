// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* The first function is in order, the second does not exist: neither may be replaced. */
#include <linux/seq_file.h>

#include "kpatch.h"

static int half_show(struct seq_file *m, void *v)
{
	seq_puts(m, "half\n");
	return 0;
}

#define PATCH(F) \
	F(vmlinux, version_proc_show, 0, half_show) \
	F(vmlinux, kpatch_test_no_such_function, 0, half_show)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a patch of which one half fits");
