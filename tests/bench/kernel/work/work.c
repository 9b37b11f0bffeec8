// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Whoever reads /proc/kpatch_bench_work is busy in srcu_notifier_call_chain() for that long. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

static unsigned int us = 2000;
module_param(us, uint, 0644);

static int work_called(struct notifier_block *block, unsigned long action, void *data)
{
	unsigned int i;

	for (i = 0; i < us / 100; i++)
		udelay(100);
	return NOTIFY_OK;
}

static struct srcu_notifier_head work_head;
static struct notifier_block work_block = { .notifier_call = work_called };

static int work_show(struct seq_file *m, void *v)
{
	srcu_notifier_call_chain(&work_head, 0, NULL);
	return 0;
}

static int __init work_init(void)
{
	srcu_init_notifier_head(&work_head);
	srcu_notifier_chain_register(&work_head, &work_block);
	if (proc_create_single(KBUILD_MODNAME, 0444, NULL, work_show))
		return 0;

	srcu_cleanup_notifier_head(&work_head);
	return -ENOMEM;
}

static void __exit work_exit(void)
{
	remove_proc_entry(KBUILD_MODNAME, NULL);
	srcu_cleanup_notifier_head(&work_head);
}

module_init(work_init);
module_exit(work_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Bench: tasks that are busy in a function");
