// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* The function in which every task is that sleeps. */
#include <linux/moduleparam.h>

#include "behind.h"
#include "kpatch-extern.h"

#define NEEDS(FUNC, DATA) \
	FUNC(lookup, vmlinux, kallsyms_lookup_name, 0, unsigned long(const char *))
KPATCH_EXTERNS(NEEDS);

static unsigned long calls;
module_param(calls, ulong, 0444);

static void (*schedule_old)(void);

static int schedule_find(struct module *mod)
{
	schedule_old = (void *)(kpatch_call(lookup)("schedule") + BEHIND_FTRACE);
	return 0;
}

KPATCH_OBJECTS({ .name = "vmlinux", .pre_patch = schedule_find });

static void schedule_new(void)
{
	WRITE_ONCE(calls, calls + 1);
	schedule_old();
	/* Lest it becomes a jump. */
	barrier();
}

#define PATCH(F) F(vmlinux, schedule, 0, schedule_new)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: the function that every sleeping task is in");
