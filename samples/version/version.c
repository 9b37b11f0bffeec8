// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * One function: /proc/version says that the kernel is live patched.
 *
 *	before	Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) (gcc-12 ...
 *	after	Linux version 6.1.0-56-amd64 #1 SMP PREEMPT_DYNAMIC ... (live patched)
 */
#include <linux/seq_file.h>
#include <linux/utsname.h>

#include "kpatch.h"

static int sample_version_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s version %s %s (live patched)\n", utsname()->sysname, utsname()->release,
		   utsname()->version);
	return 0;
}

#define SAMPLE(F) F(vmlinux, version_proc_show, 0, sample_version_show)
KPATCH_MODULE(SAMPLE);

MODULE_DESCRIPTION("Sample: /proc/version says that the kernel is live patched");
MODULE_VERSION("1");
