// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Functions of the kernel and of a module, one of them the second of its name. */
#include <linux/seq_file.h>

#include "kpatch.h"

static int object_version_show(struct seq_file *m, void *v)
{
	seq_puts(m, "Linux version and a module\n");
	return 0;
}

static int object_answer(void)
{
	return 2;
}

static int object_twin(void)
{
	return 20;
}

#define PATCH(F) \
	F(vmlinux, version_proc_show, 0, object_version_show) \
	F(kpatch_test_target, target_answer, 0, object_answer) \
	F(kpatch_test_target, twin, 2, object_twin)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: functions of a module");
