// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* What the version sample replaces, replaced by the kernel's own livepatch. */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/utsname.h>

static int klp_version_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s version %s (livepatch)\n", utsname()->sysname, utsname()->release);
	return 0;
}

static struct klp_func funcs[] = {
	{ .old_name = "version_proc_show", .new_func = klp_version_show },
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
MODULE_DESCRIPTION("Test: the kernel's own livepatch as the owner of a function");
MODULE_INFO(livepatch, "Y");
