// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * Uses what is not exported: a function and a variable of the kernel, a function and the second of
 * two variables of one name of a module.
 */
#include <linux/kallsyms.h>
#include <linux/seq_file.h>

#include "kpatch-extern.h"

#define NEEDS(FUNC, DATA) \
	FUNC(lookup, vmlinux, kallsyms_lookup_name, 0, unsigned long(const char *)) \
	DATA(banner, vmlinux, linux_banner, 0, const char[]) \
	FUNC(twice, kpatch_test_target, target_double, 0, int(int)) \
	DATA(secret, kpatch_test_target, target_secret, 0, volatile int) \
	DATA(second, kpatch_test_target, twin_count, 2, volatile int)
KPATCH_EXTERNS(NEEDS);

static int extern_version_show(struct seq_file *m, void *v)
{
	bool right = kpatch_call(lookup)("linux_banner") == (unsigned long)&kpatch_data(banner);

	seq_printf(m, "%.5s externs %s\n", kpatch_data(banner), right ? "agree" : "differ");
	return 0;
}

static int extern_answer(void)
{
	kpatch_data(second) = 22;
	return kpatch_call(twice)(kpatch_data(secret));
}

#define PATCH(F) \
	F(vmlinux, version_proc_show, 0, extern_version_show) \
	F(kpatch_test_target, target_answer, 0, extern_answer)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: what is not exported");
MODULE_VERSION("1");
