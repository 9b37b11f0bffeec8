// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* noop_llseek(), replaced by the same, through the kernel's own livepatch. */
#include <linux/fs.h>
#include <linux/livepatch.h>
#include <linux/module.h>

static loff_t bench_noop_llseek(struct file *file, loff_t offset, int whence)
{
	return file->f_pos;
}

static struct klp_func funcs[] = {
	{ .old_name = "noop_llseek", .new_func = bench_noop_llseek },
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
MODULE_DESCRIPTION("Bench: a function replaced by the same, through livepatch");
MODULE_INFO(livepatch, "Y");
