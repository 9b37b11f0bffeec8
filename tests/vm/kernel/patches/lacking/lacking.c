// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Of the right build of a module, a function that it does not have, and a variable. */
#include <linux/seq_file.h>

#include "kpatch-extern.h"

#define NEEDS(FUNC, DATA) \
	DATA(there, kpatch_test_target, target_secret, 0, int) \
	DATA(missing, kpatch_test_target, target_no_such_variable, 0, int) \
	DATA(ambiguous, kpatch_test_target, twin_count, 0, int) \
	FUNC(init, kpatch_test_target, target_init, 0, int(void))
KPATCH_EXTERNS(NEEDS);

static int lacking_version_show(struct seq_file *m, void *v)
{
	seq_puts(m, "Linux version lacking\n");
	return 0;
}

#define PATCH(F) F(vmlinux, version_proc_show, 0, lacking_version_show)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: what a module lacks");
