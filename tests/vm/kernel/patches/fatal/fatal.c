// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Whoever reads /proc/version while this is in force brings the machine down. */
#include <linux/kernel.h>
#include <linux/seq_file.h>

#include "kpatch.h"

static int fatal_show(struct seq_file *m, void *v)
{
	panic("kpatch_test_fatal: /proc/version was read");
}

#define PATCH(F) F(vmlinux, version_proc_show, 0, fatal_show)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a patch that panics");
