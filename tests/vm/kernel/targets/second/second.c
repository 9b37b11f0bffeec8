// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Another module to be patched: /proc/kpatch_test_second shows what second_answer() returns. */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

static noinline __attribute__((noipa)) int second_answer(void)
{
	return 1;
}

static int second_show(struct seq_file *m, void *v)
{
	seq_printf(m, "answer %d\n", second_answer());
	return 0;
}

static int __init second_init(void)
{
	return proc_create_single(KBUILD_MODNAME, 0444, NULL, second_show) ? 0 : -ENOMEM;
}

static void __exit second_exit(void)
{
	remove_proc_entry(KBUILD_MODNAME, NULL);
}

module_init(second_init);
module_exit(second_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: a second module to be patched");
