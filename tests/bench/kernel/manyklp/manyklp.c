// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* The functions of many.c, replaced through the kernel's own livepatch. */
#include <linux/livepatch.h>
#include <linux/module.h>

#include "calls.h"

#define MANY_FUNC(_object, _name, _sympos, _new) { .old_name = #_name, .new_func = _new },

static struct klp_func funcs[] = {
	CALLS(MANY_FUNC){},
};

static struct klp_object objects[] = {
	{ .funcs = funcs },
	{},
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
};

static int __init many_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit many_exit(void)
{
}

module_init(many_init);
module_exit(many_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Bench: many functions, replaced through livepatch");
MODULE_INFO(livepatch, "Y");
