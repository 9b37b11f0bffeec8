// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which tasks are looked at when, and why none is missed:
 *
 *	asleep	before the stop, under the locks of the scheduler, so that it stays asleep meanwhile
 *	running	is switched out for the stopper at last, which kpc_recent notes: inside the stop
 *	ran since it was looked at	was switched out since: noted as well
 *	new	starts at the present epoch with an empty stack; once it ran it is noted
 *	exiting	as any other. Once it left the list of tasks it is found if it is a straggler; else
 *		it runs the last steps of its exit, whose stacks kpc_targets_wait() waits out
 *	idle	looked at one by one; the CPU of one that does not run may be off, and it starts
 *		from scratch
 *	stopper	is on its CPU inside the stop, in known functions (symbol_forbidden)
 *
 * No CPU comes or goes while stop_machine() runs.
 */
#include "try.h"

#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>

#include "dispatch.h"
#include "recent.h"
#include "straggler.h"
#include "try-look.h"

/* Entries for stragglers found inside the stop, besides those for what is noted by then. */
#define TRY_SPARES 64

/* In the stop. */
static int try_stopped_task(void *data, struct task_struct *task)
{
	struct kpc_try *try = data;
	struct kpc_straggler *spare;
	unsigned long epoch;
	int err;

	err = kpc_try_look(try, task, &epoch);
	if (try->precheck && ktime_get_ns() - try->start > try->budget_ns)
		return -ETIME;
	if (err == -EAGAIN)
		return 0;
	if (!err) {
		kpc_try_forget(try, task);
		return 0;
	}

	if (try->what->strict)
		return kpc_try_busy(try, task);
	if (kpc_try_reenter(try, task, epoch))
		return 0;
	spare = list_first_entry_or_null(&try->spares, struct kpc_straggler, link);
	if (!spare)
		return -EAGAIN;
	list_del(&spare->link);
	kpc_stragglers_enter(try->all, spare, task, epoch, &try->why);
	return 0;
}

static int try_stopped_all(struct kpc_try *try)
{
	struct task_struct *process, *task;
	int err = 0;

	rcu_read_lock();
	for_each_process_thread(process, task) {
		err = try_stopped_task(try, task);
		if (err)
			goto out;
	}
	err = kpc_try_each_idle(try, try_stopped_task);
out:
	rcu_read_unlock();
	return err;
}

/* All functions of all patches change for everyone with the store of the epoch. */
static void try_flip(struct kpc_try *try)
{
	unsigned long epoch = kpc_epoch + 1;
	struct kpc_layer *layer;

	list_for_each_entry(layer, &kpc_layers, link) {
		bool visible = kpc_layer_is_visible(layer, kpc_epoch);

		if (layer->next && !visible)
			WRITE_ONCE(layer->from, epoch);
		else if (!layer->next && visible)
			WRITE_ONCE(layer->until, epoch);
	}
	try->before = kpc_stragglers_publish(try->all);
	/* Pairs with the acquire in dispatch_epoch(), for NMIs; for all others the stop is enough. */
	smp_store_release(&kpc_epoch, epoch);
}

/* On one CPU, while all others spin with interrupts off. Nothing is allocated, printed or freed. */
static int try_stopped(void *data)
{
	struct kpc_try *try = data;
	int err;

	try->start = ktime_get_ns();
	try->tasks = 0;
	err = try->precheck ? kpc_recent_each(try_stopped_task, try) : try_stopped_all(try);
	if (!err)
		try_flip(try);
	try->ns = ktime_get_ns() - try->start;
	return err;
}

static int try_prepare_spares(struct kpc_try *try)
{
	unsigned int i, nr = TRY_SPARES;
	struct kpc_straggler *spare;

	if (try->what->strict)
		return kpc_stragglers_reserve(try->all, 0);

	nr += try->precheck ? kpc_recent_count() : kpc_try_count_tasks();
	for (i = 0; i < nr; i++) {
		spare = kzalloc(sizeof(*spare), GFP_KERNEL);
		if (!spare)
			return -ENOMEM;
		list_add(&spare->link, &try->spares);
	}
	return kpc_stragglers_reserve(try->all, nr);
}

static void try_free(struct kpc_try *try)
{
	struct kpc_straggler *spare, *next;

	list_for_each_entry_safe(spare, next, &try->spares, link)
		kfree(spare);
	kpc_stragglers_free(try->all);
}

int kpc_try_run(struct kpc_try *try)
{
	int err;

	INIT_LIST_HEAD(&try->spares);
	try->before = NULL;
	try->tasks = 0;
	try->ns = 0;
	try->all = kpc_stragglers_new(try->what->self);
	if (!try->all)
		return -ENOMEM;

	err = try->precheck ? kpc_try_precheck(try) : 0;
	if (!err)
		err = try_prepare_spares(try);
	if (!err)
		err = stop_machine(try_stopped, try, NULL);
	if (!err)
		try->all = NULL;
	try_free(try);
	return err == -EOVERFLOW ? -EAGAIN : err;
}
