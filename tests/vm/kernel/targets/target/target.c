// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module to be patched. /proc/kpatch_test_target shows what its functions return, now and when its
 * init ran. None of them is exported; there are two of the functions "twin" and of the variables
 * "twin_count". Variables are volatile lest the compiler takes them for constants.
 *
 *	init 1		target_answer(), called by its init
 *	answer 1	target_answer(), now
 *	secret 41	a variable that a patch changes
 *	twins 1 2	the twin of this file, and that of the other
 *
 * Reading sleeps in target_nap() first, for as long as the parameter "nap" is set.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "target.h"

static bool nap;
module_param(nap, bool, 0644);
MODULE_PARM_DESC(nap, "reading sleeps in target_nap() for as long as this is set");

static int target_at_init;
static volatile int target_secret = 41;
static volatile int twin_count = 1;

static target_function int target_answer(void)
{
	return 1;
}

static target_function int twin(void)
{
	return twin_count;
}

static target_function void target_nap(void)
{
	while (READ_ONCE(nap))
		msleep(50);
}

/* Called by patches only, by way of the kit. */
static __used target_function int target_double(int value)
{
	return 2 * value;
}

static int target_show(struct seq_file *m, void *v)
{
	target_nap();
	seq_printf(m, "init %d\nanswer %d\nsecret %d\ntwins %d ", target_at_init, target_answer(),
		   target_secret, twin());
	target_show_twin(m);
	return 0;
}

static int __init target_init(void)
{
	target_at_init = target_answer();
	return proc_create_single(KBUILD_MODNAME, 0444, NULL, target_show) ? 0 : -ENOMEM;
}

static void __exit target_exit(void)
{
	remove_proc_entry(KBUILD_MODNAME, NULL);
}

module_init(target_init);
module_exit(target_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: a module to be patched");
