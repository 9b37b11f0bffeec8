// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Replaces what the version sample replaces, by something else. */
#include <linux/seq_file.h>
#include <linux/utsname.h>

#include "kpatch.h"

static int rival_version_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s version %s %s (rival)\n", utsname()->sysname, utsname()->release,
		   utsname()->version);
	return 0;
}

#define PATCH(F) F(vmlinux, version_proc_show, 0, rival_version_show)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a second patch for a function of the version sample");
MODULE_VERSION("1");
