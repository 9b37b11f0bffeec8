// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* The function in which an idle task waits while another runs on its processor, as one does in the stop. */
#include <linux/moduleparam.h>

#include "behind.h"
#include "kpatch-extern.h"

#define NEEDS(FUNC, DATA) \
	FUNC(lookup, vmlinux, kallsyms_lookup_name, 0, unsigned long(const char *))
KPATCH_EXTERNS(NEEDS);

static unsigned long calls;
module_param(calls, ulong, 0444);

static void (*idle_old)(void);

static int idle_find(struct module *mod)
{
	idle_old = (void *)(kpatch_call(lookup)("schedule_idle") + BEHIND_FTRACE);
	return 0;
}

KPATCH_OBJECTS({ .name = "vmlinux", .pre_patch = idle_find });

static void idle_schedule_idle(void)
{
	WRITE_ONCE(calls, calls + 1);
	idle_old();
	/* Lest it becomes a jump. */
	barrier();
}

#define PATCH(F) F(vmlinux, schedule_idle, 0, idle_schedule_idle)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a function of idle tasks");
