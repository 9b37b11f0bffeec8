// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Needs one thing that the kernel has, and much that it does not have, or not like that. */
#include <linux/seq_file.h>

#include "kpatch-extern.h"

#define NEEDS(FUNC, DATA) \
	FUNC(there, vmlinux, kallsyms_lookup_name, 0, unsigned long(const char *)) \
	FUNC(missing, vmlinux, kpatch_test_no_such_function, 0, int(void)) \
	FUNC(ambiguous, vmlinux, m_show, 0, int(struct seq_file *, void *)) \
	FUNC(beyond, vmlinux, m_show, 99, int(struct seq_file *, void *)) \
	FUNC(init, vmlinux, kernel_init_freeable, 0, void(void)) \
	FUNC(data, vmlinux, linux_banner, 0, int(void)) \
	DATA(function, vmlinux, kallsyms_lookup_name, 0, int)
KPATCH_EXTERNS(NEEDS);

static int noexterns_never_called(struct seq_file *m, void *v)
{
	return 0;
}

#define PATCH(F) F(vmlinux, version_proc_show, 0, noexterns_never_called)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: needs what cannot be had");
