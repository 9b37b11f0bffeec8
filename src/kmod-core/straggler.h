/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stragglers: tasks that were in a function when a switch changed it. Each stays at the epoch that it
 * had, sees all functions as they were, and comes to the present epoch when its stack is clear.
 *
 * The set is made anew for each switch. Entries are changed by their task itself in kpc_dispatch(),
 * by the worker while the task cannot run, and by nobody else.
 */
#ifndef KPC_STRAGGLER_H
#define KPC_STRAGGLER_H

#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/sched.h>

#include "stack.h"
#include "target.h"

/* Epochs at which stragglers may be at a time. */
#define KPC_LEVELS_MAX 32

/**
 * struct kpc_straggler - a task at an older epoch
 * @link:	in kpc_stragglers.entries, or spare
 * @task:	with a reference
 * @epoch:	the one that it is at; KPC_EPOCH_NEVER once it is at the present one
 * @again:	the tick in which it last looked at its own stack
 * @tried_at:	where on its stack it did
 * @pid:	its id
 * @comm:	its name when it was found
 * @func:	the function that it was in, or that nobody can tell
 */
struct kpc_straggler {
	struct list_head link;
	struct task_struct *task;
	unsigned long epoch;
	unsigned long again;
	unsigned long *tried_at;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	char func[KPC_NAME_SHOWN];
};

/* What tasks of an epoch may not be in, to come to the present one. */
struct kpc_level {
	unsigned long epoch;
	struct kpc_check *check;
};

/**
 * struct kpc_stragglers - a set of them
 * @entries:	the stragglers
 * @nr:		how many
 * @bits:	1 << @bits slots, at least half of them free
 * @slots:	open hash of the entries by task
 * @nr_levels:	number of entries in @levels
 * @levels:	of each epoch that an entry is at
 */
struct kpc_stragglers {
	struct list_head entries;
	unsigned int nr;
	unsigned int bits;
	struct kpc_straggler **slots;
	unsigned int nr_levels;
	struct kpc_level levels[KPC_LEVELS_MAX];
};

extern atomic_t kpc_stragglers_nr_left;

/* How many have not come to the present epoch. */
static __always_inline int kpc_stragglers_left(void)
{
	return atomic_read(&kpc_stragglers_nr_left);
}

/* NULL: the task is no straggler. */
static __always_inline struct kpc_straggler *kpc_straggler_find(const struct kpc_stragglers *all,
								const struct task_struct *task)
{
	unsigned int mask = (1U << all->bits) - 1, i;

	if (!all->slots)
		return NULL;
	i = hash_ptr(task, all->bits);
	while (all->slots[i] && all->slots[i]->task != task)
		i = (i + 1) & mask;
	return all->slots[i];
}

/* The check of an epoch; NULL if the set knows none. */
static __always_inline const struct kpc_check *kpc_level_check(const struct kpc_stragglers *all,
							       unsigned long epoch)
{
	unsigned int i;

	for (i = 0; i < all->nr_levels; i++)
		if (all->levels[i].epoch == epoch)
			return READ_ONCE(all->levels[i].check);
	return NULL;
}

static __always_inline const struct kpc_check *kpc_straggler_check(
	const struct kpc_stragglers *all, const struct kpc_straggler *straggler)
{
	return kpc_level_check(all, READ_ONCE(straggler->epoch));
}

/* It is at the present epoch from now on. */
static __always_inline void kpc_straggler_clear(struct kpc_straggler *straggler)
{
	if (xchg(&straggler->epoch, KPC_EPOCH_NEVER) != KPC_EPOCH_NEVER)
		atomic_dec(&kpc_stragglers_nr_left);
}

/**
 * kpc_stragglers_new() - prepare the set for a switch
 * @self:	see kpc_check_new()
 *
 * With a level for the present epoch, and one for each at which there are stragglers.
 *
 * Return: the set; NULL without memory or with too many levels.
 */
struct kpc_stragglers *kpc_stragglers_new(const struct task_struct *self);

/* Nobody may look at it any more. */
void kpc_stragglers_free(struct kpc_stragglers *all);

/* Makes room for as many more entries. Sleeps. */
int kpc_stragglers_reserve(struct kpc_stragglers *all, unsigned int more);

/* Enters a task, for which there is room; never fails and may be called with the machine stopped. */
void kpc_stragglers_enter(struct kpc_stragglers *all, struct kpc_straggler *straggler,
			  struct task_struct *task, unsigned long epoch, const struct kpc_why *why);

/* The set takes the present one's place; with the machine stopped. Returns the one before. */
struct kpc_stragglers *kpc_stragglers_publish(struct kpc_stragglers *all);

/* Frees a set that was published, after the wait for its readers that this does. */
void kpc_stragglers_put(struct kpc_stragglers *all);

/* Whether one is at an epoch in [@from, @until). */
bool kpc_stragglers_any(unsigned long from, unsigned long until);

/* Whether a patch waits for it: it does not see the patch yet, or still sees one taken back. */
bool kpc_straggler_holds(const struct kpc_straggler *straggler, const struct kpc_patch *patch);

/* Functions came or went: looks for those that differ now. 0 or -ENOMEM, reported. */
int kpc_stragglers_recheck(void);

/* For sysfs: writes a line for each that the patch waits for. */
ssize_t kpc_stragglers_show(struct kpc_patch *patch, char *page);

#endif
