// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module with functions that the patches level1, level2, ... replace together with those of the
 * kernel, and a thread in them. It warns as it goes if a call was mixed.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>

#include "level.h"

static struct task_struct *thread;
static unsigned long calls, mixed;
module_param(calls, ulong, 0444);
module_param(mixed, ulong, 0444);

static noinline __attribute__((noipa)) int leveltarget_inner(void)
{
	return 0;
}

static noinline __attribute__((noipa)) int leveltarget_outer(int (*inner)(void))
{
	return level_check(0, inner);
}

static int leveltarget_thread(void *data)
{
	while (!kthread_should_stop()) {
		mixed += leveltarget_outer(leveltarget_inner);
		calls++;
		cond_resched_tasks_rcu_qs();
	}
	return 0;
}

static int __init leveltarget_init(void)
{
	thread = kthread_run(leveltarget_thread, NULL, "kpatch_target");
	return PTR_ERR_OR_ZERO(thread);
}

static void __exit leveltarget_exit(void)
{
	kthread_stop(thread);
	WARN(mixed, "%lu of %lu calls were mixed", mixed, calls);
}

module_init(leveltarget_init);
module_exit(leveltarget_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: functions of a module that tell their level");
