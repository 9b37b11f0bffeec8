// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "recent.h"

#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

/* Half of it stays free, so that a search is short. */
#define RECENT_BITS (ilog2(KPC_RECENT_MAX) + 1)
#define RECENT_SLOTS (1U << RECENT_BITS)

/**
 * struct recent_set - tasks, each with a reference
 * @tasks:	the tasks, densely: with the machine stopped their number is what a look at them costs
 * @nr:		number of entries in @tasks
 * @slots:	open hash of them, as index in @tasks plus one; 0: free
 * @overflow:	tasks were left out
 */
struct recent_set {
	struct task_struct *tasks[KPC_RECENT_MAX];
	unsigned int nr;
	u16 slots[RECENT_SLOTS];
	bool overflow;
};

/**
 * struct recent_cpu - what one CPU noted
 * @lock:	guards the rest. Taken by the scheduler under its own locks; takes none itself.
 * @now:	what is being filled
 * @spare:	empty, but in kpc_recent_drain()
 */
struct recent_cpu {
	raw_spinlock_t lock;
	struct recent_set *now;
	struct recent_set *spare;
};

static DEFINE_PER_CPU(struct recent_cpu, recent_cpus);
static struct tracepoint *recent_tracepoint;

static void recent_add(struct recent_set *set, struct task_struct *task)
{
	unsigned int i = hash_ptr(task, RECENT_BITS);

	while (set->slots[i] && set->tasks[set->slots[i] - 1] != task)
		i = (i + 1) % RECENT_SLOTS;
	if (set->slots[i])
		return;
	if (set->nr == KPC_RECENT_MAX) {
		set->overflow = true;
		return;
	}
	set->tasks[set->nr++] = get_task_struct(task);
	set->slots[i] = set->nr;
}

/*
 * Runs in the scheduler with interrupts off, before @prev gives the CPU to @next and before anybody
 * can take a lock under which @prev would be seen as not running.
 */
static void recent_switch(void *data, bool preempt, struct task_struct *prev,
			  struct task_struct *next, unsigned int prev_state)
{
	struct recent_cpu *cpu = this_cpu_ptr(&recent_cpus);

	/* Never runs again. */
	if (prev_state & TASK_DEAD)
		return;

	raw_spin_lock(&cpu->lock);
	recent_add(cpu->now, prev);
	raw_spin_unlock(&cpu->lock);
}

static void recent_match(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "sched_switch"))
		*(struct tracepoint **)data = tp;
}

static void set_forget(struct recent_set *set)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		put_task_struct(set->tasks[i]);
	memset(set->slots, 0, sizeof(set->slots));
	set->nr = 0;
	set->overflow = false;
}

static void recent_free(void)
{
	struct recent_cpu *cpu;
	int i;

	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(&recent_cpus, i);
		if (cpu->now)
			set_forget(cpu->now);
		kfree(cpu->now);
		kfree(cpu->spare);
		cpu->now = NULL;
		cpu->spare = NULL;
	}
}

static int recent_alloc(void)
{
	struct recent_cpu *cpu;
	int i;

	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(&recent_cpus, i);
		raw_spin_lock_init(&cpu->lock);
		cpu->now = kzalloc(sizeof(*cpu->now), GFP_KERNEL);
		cpu->spare = kzalloc(sizeof(*cpu->spare), GFP_KERNEL);
		if (!cpu->now || !cpu->spare) {
			recent_free();
			return -ENOMEM;
		}
	}
	return 0;
}

int kpc_recent_start(void)
{
	int err;

	/* Not exported: found among the kernel's own, which never go away. */
	if (!recent_tracepoint)
		for_each_kernel_tracepoint(recent_match, &recent_tracepoint);
	if (!recent_tracepoint)
		return -EOPNOTSUPP;

	err = recent_alloc();
	if (err < 0)
		return err;

	err = tracepoint_probe_register(recent_tracepoint, (void *)recent_switch, NULL);
	if (err < 0) {
		recent_free();
		return err;
	}

	/* A CPU that is in the scheduler now may have passed the tracepoint unseen. */
	synchronize_rcu();
	return 0;
}

void kpc_recent_stop(void)
{
	tracepoint_probe_unregister(recent_tracepoint, (void *)recent_switch, NULL);
	tracepoint_synchronize_unregister();
	recent_free();
}

static int set_each(struct recent_set *set, int (*fn)(void *data, struct task_struct *task),
		    void *data)
{
	unsigned int i;
	int err;

	if (set->overflow)
		return -EOVERFLOW;

	for (i = 0; i < set->nr; i++) {
		err = fn(data, set->tasks[i]);
		if (err)
			return err;
	}
	return 0;
}

int kpc_recent_drain(int (*fn)(void *data, struct task_struct *task), void *data)
{
	struct recent_cpu *cpu;
	int i, ret = 0;

	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(&recent_cpus, i);

		raw_spin_lock_irq(&cpu->lock);
		swap(cpu->now, cpu->spare);
		raw_spin_unlock_irq(&cpu->lock);

		if (!ret)
			ret = set_each(cpu->spare, fn, data);
		else if (cpu->spare->overflow)
			ret = -EOVERFLOW;
		set_forget(cpu->spare);
	}
	return ret;
}

static int recent_ignore(void *data, struct task_struct *task)
{
	return 0;
}

void kpc_recent_forget(void)
{
	kpc_recent_drain(recent_ignore, NULL);
}

int kpc_recent_each(int (*fn)(void *data, struct task_struct *task), void *data)
{
	int i, err;

	for_each_possible_cpu(i) {
		err = set_each(per_cpu_ptr(&recent_cpus, i)->now, fn, data);
		if (err)
			return err;
	}
	return 0;
}

unsigned int kpc_recent_count(void)
{
	unsigned int n = 0;
	int i;

	for_each_possible_cpu(i)
		n += READ_ONCE(per_cpu_ptr(&recent_cpus, i)->now->nr);
	return n;
}
