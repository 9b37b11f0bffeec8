// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Replaces pause(2), in which a task sleeps for as long as one likes, by the same. */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "kpatch.h"

static long busy_pause(void)
{
	while (!signal_pending(current)) {
		__set_current_state(TASK_INTERRUPTIBLE);
		schedule();
	}
	return -ERESTARTNOHAND;
}

#define PATCH(F) F(vmlinux, __do_sys_pause, 0, busy_pause)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a function that tasks sleep in");
