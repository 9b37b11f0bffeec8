// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Functions replaced by the same, through the kernel's own livepatch. */
#include <linux/livepatch.h>
#include <linux/module.h>

#include "same.h"

static struct klp_func funcs[] = {
	{ .old_name = "noop_llseek", .new_func = same_llseek },
	{ .old_name = "srcu_notifier_call_chain", .new_func = same_chain },
	{},
};

static struct klp_object objects[] = {
	{ .funcs = funcs },
	{},
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
};

static int __init bench_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Bench: functions replaced by the same, through livepatch");
MODULE_INFO(livepatch, "Y");
