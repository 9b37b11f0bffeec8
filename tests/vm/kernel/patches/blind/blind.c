// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread that sleeps in a function which the unwinder knows nothing about, so that nobody can tell who
 * called it.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/objtool.h>
#include <linux/sched.h>

static struct task_struct *blind_task;

static noinline int blind_sleep(void *data)
{
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}
STACK_FRAME_NON_STANDARD(blind_sleep);

static int __init blind_init(void)
{
	blind_task = kthread_run(blind_sleep, NULL, "kpatch_blind");
	return PTR_ERR_OR_ZERO(blind_task);
}

static void __exit blind_exit(void)
{
	kthread_stop(blind_task);
}

module_init(blind_init);
module_exit(blind_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: a task whose stack cannot be read");
