// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two functions replaced by the kernel's own livepatch, in place of all livepatches before: the one of the klp
 * patch, and pause(2), in which a task sleeps for as long as one likes.
 */
#include <linux/errno.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/utsname.h>

static int klp_version_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s version %s (livepatch, cumulative)\n", utsname()->sysname,
		   utsname()->release);
	return 0;
}

static long klp_pause(void)
{
	while (!signal_pending(current)) {
		__set_current_state(TASK_INTERRUPTIBLE);
		schedule();
	}
	return -ERESTARTNOHAND;
}

static struct klp_func funcs[] = {
	{ .old_name = "version_proc_show", .new_func = klp_version_show },
	{ .old_name = "__do_sys_pause", .new_func = klp_pause },
	{},
};

static struct klp_object objects[] = {
	{ .funcs = funcs },
	{},
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
	.replace = true,
};

static int __init klp_test_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit klp_test_exit(void)
{
}

module_init(klp_test_init);
module_exit(klp_test_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: a cumulative livepatch of a function that tasks sleep in");
MODULE_INFO(livepatch, "Y");
