/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions replaced by the same, for a patch of the core's and one for the kernel's livepatch:
 * one that is cheap, and one that calls back.
 */
#include <linux/fs.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>

static loff_t same_llseek(struct file *file, loff_t offset, int whence)
{
	return file->f_pos;
}

static int same_chain(struct srcu_notifier_head *nh, unsigned long action, void *data)
{
	struct notifier_block *block, *next;
	int result = NOTIFY_DONE;
	int index;

	index = srcu_read_lock(&nh->srcu);
	for (block = rcu_dereference_raw(nh->head); block; block = next) {
		next = rcu_dereference_raw(block->next);
		result = block->notifier_call(block, action, data);
		if (result & NOTIFY_STOP_MASK)
			break;
	}
	srcu_read_unlock(&nh->srcu, index);
	return result;
}
