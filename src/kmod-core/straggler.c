// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "straggler.h"

#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "dispatch.h"
#include "report.h"

atomic_t kpc_stragglers_nr_left = ATOMIC_INIT(0);

static void levels_free(struct kpc_level *levels, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		kpc_check_free(levels[i].check);
}

void kpc_stragglers_free(struct kpc_stragglers *all)
{
	struct kpc_straggler *straggler, *next;

	if (!all)
		return;
	list_for_each_entry_safe(straggler, next, &all->entries, link) {
		put_task_struct(straggler->task);
		kfree(straggler);
	}
	levels_free(all->levels, all->nr_levels);
	kvfree(all->slots);
	kfree(all);
}

static int level_add(struct kpc_stragglers *all, unsigned long epoch,
		     const struct task_struct *self)
{
	struct kpc_check *check;

	if (epoch == KPC_EPOCH_NEVER || kpc_level_check(all, epoch))
		return 0;
	if (all->nr_levels == KPC_LEVELS_MAX)
		return -ENOSPC;

	check = kpc_check_new(epoch, self);
	if (!check)
		return -ENOMEM;
	all->levels[all->nr_levels++] = (struct kpc_level){ epoch, check };
	return 0;
}

struct kpc_stragglers *kpc_stragglers_new(const struct task_struct *self)
{
	struct kpc_stragglers *all = kzalloc(sizeof(*all), GFP_KERNEL);
	struct kpc_straggler *straggler;
	int err;

	if (!all)
		return NULL;
	INIT_LIST_HEAD(&all->entries);

	err = level_add(all, kpc_epoch, self);
	if (kpc_stragglers)
		list_for_each_entry(straggler, &kpc_stragglers->entries, link)
			if (!err)
				err = level_add(all, READ_ONCE(straggler->epoch), self);
	if (err) {
		kpc_stragglers_free(all);
		return NULL;
	}
	return all;
}

static void slot_fill(struct kpc_straggler **slots, unsigned int bits,
		      struct kpc_straggler *straggler)
{
	unsigned int mask = (1U << bits) - 1;
	unsigned int i = hash_ptr(straggler->task, bits);

	while (slots[i])
		i = (i + 1) & mask;
	slots[i] = straggler;
}

int kpc_stragglers_reserve(struct kpc_stragglers *all, unsigned int more)
{
	unsigned int bits = order_base_2(all->nr + more + 1) + 1;
	struct kpc_straggler **slots, *straggler;

	if (all->slots && bits <= all->bits)
		return 0;

	slots = kvcalloc(1UL << bits, sizeof(*slots), GFP_KERNEL);
	if (!slots)
		return -ENOMEM;
	list_for_each_entry(straggler, &all->entries, link)
		slot_fill(slots, bits, straggler);
	kvfree(all->slots);
	all->slots = slots;
	all->bits = bits;
	return 0;
}

void kpc_stragglers_enter(struct kpc_stragglers *all, struct kpc_straggler *straggler,
			  struct task_struct *task, unsigned long epoch, const struct kpc_why *why)
{
	straggler->task = get_task_struct(task);
	straggler->epoch = epoch;
	straggler->again = 0;
	straggler->tried_at = NULL;
	straggler->pid = task->pid;
	memcpy(straggler->comm, task->comm, sizeof(straggler->comm));
	straggler->comm[sizeof(straggler->comm) - 1] = '\0';
	strscpy(straggler->func, why->func ?: "?", sizeof(straggler->func));
	slot_fill(all->slots, all->bits, straggler);
	list_add_tail(&straggler->link, &all->entries);
	all->nr++;
}

struct kpc_stragglers *kpc_stragglers_publish(struct kpc_stragglers *all)
{
	struct kpc_stragglers *before = kpc_stragglers;
	struct kpc_straggler *straggler;
	int left = 0;

	list_for_each_entry(straggler, &all->entries, link)
		left += straggler->epoch != KPC_EPOCH_NEVER;
	atomic_set(&kpc_stragglers_nr_left, left);
	WRITE_ONCE(kpc_stragglers, all);
	return before;
}

/* Readers have preemption off, are in an NMI, or hold kpc_patch_lock. */
static void stragglers_wait(void)
{
	synchronize_rcu();
	synchronize_rcu_tasks_rude();
}

void kpc_stragglers_put(struct kpc_stragglers *all)
{
	if (!all)
		return;
	if (all == kpc_stragglers)
		WRITE_ONCE(kpc_stragglers, NULL);
	stragglers_wait();
	kpc_stragglers_free(all);
}

bool kpc_stragglers_any(unsigned long from, unsigned long until)
{
	struct kpc_straggler *straggler;
	unsigned long epoch;

	if (!kpc_stragglers || !kpc_stragglers_left())
		return false;

	list_for_each_entry(straggler, &kpc_stragglers->entries, link) {
		epoch = READ_ONCE(straggler->epoch);
		if (epoch != KPC_EPOCH_NEVER && from <= epoch && epoch < until)
			return true;
	}
	return false;
}

int kpc_stragglers_recheck(void)
{
	struct kpc_stragglers *all = kpc_stragglers;
	struct kpc_level before[KPC_LEVELS_MAX], *level;
	struct kpc_check *checks[KPC_LEVELS_MAX];
	unsigned int i;

	if (!all)
		return 0;

	for (i = 0; i < all->nr_levels; i++) {
		checks[i] = kpc_check_new(all->levels[i].epoch, NULL);
		if (!checks[i]) {
			while (i--)
				kpc_check_free(checks[i]);
			return kpc_refuse("kpatch_core", -ENOMEM, "out of memory");
		}
	}
	for (i = 0; i < all->nr_levels; i++) {
		level = &all->levels[i];
		before[i] = *level;
		WRITE_ONCE(level->check, checks[i]);
	}
	stragglers_wait();
	levels_free(before, all->nr_levels);
	return 0;
}

bool kpc_straggler_holds(const struct kpc_straggler *straggler, const struct kpc_patch *patch)
{
	unsigned long epoch = READ_ONCE(straggler->epoch);
	struct kpc_layer *layer;

	if (epoch == KPC_EPOCH_NEVER)
		return false;
	list_for_each_entry(layer, &kpc_layers, link) {
		if (layer->patch != patch)
			continue;
		if (layer->next ? epoch < layer->from : kpc_layer_is_visible(layer, epoch))
			return true;
	}
	return false;
}

/* Room for the last line, when there are more than a page holds. */
#define STRAGGLERS_REST_SIZE 32
#define STRAGGLERS_LINE_SIZE (KPC_NAME_SHOWN + TASK_COMM_LEN + 16)

ssize_t kpc_stragglers_show(struct kpc_patch *patch, char *page)
{
	struct kpc_straggler *straggler;
	unsigned int rest = 0;
	ssize_t n = 0;

	mutex_lock(&kpc_patch_lock);
	if (kpc_stragglers)
		list_for_each_entry(straggler, &kpc_stragglers->entries, link) {
			if (!kpc_straggler_holds(straggler, patch))
				continue;
			if (n > (ssize_t)PAGE_SIZE - STRAGGLERS_LINE_SIZE - STRAGGLERS_REST_SIZE)
				rest++;
			else
				n += sysfs_emit_at(page, n, "%d %s %s\n", straggler->pid,
						   straggler->func, straggler->comm);
		}
	mutex_unlock(&kpc_patch_lock);
	if (rest)
		n += sysfs_emit_at(page, n, "... %u more\n", rest);
	return n;
}
