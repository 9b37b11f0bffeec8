// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "try-look.h"

#include <linux/cpumask.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "dispatch.h"
#include "ksym.h"
#include "recent.h"
#include "straggler.h"

/* So often what ran meanwhile is looked at again, until it is no more than so many for each CPU. */
#define TRY_ROUNDS 5
#define TRY_FEW 4

int kpc_try_busy(struct kpc_try *try, const struct task_struct *task)
{
	try->pid = task->pid;
	memcpy(try->comm, task->comm, sizeof(try->comm));
	try->comm[sizeof(try->comm) - 1] = '\0';
	return -EBUSY;
}

static unsigned long try_epoch_of(const struct task_struct *task)
{
	const struct kpc_straggler *straggler = NULL;
	unsigned long epoch = KPC_EPOCH_NEVER;

	if (kpc_stragglers)
		straggler = kpc_straggler_find(kpc_stragglers, task);
	if (straggler)
		epoch = READ_ONCE(straggler->epoch);
	return epoch == KPC_EPOCH_NEVER ? kpc_epoch : epoch;
}

void kpc_try_forget(struct kpc_try *try, const struct task_struct *task)
{
	struct kpc_straggler *straggler = kpc_straggler_find(try->all, task);

	if (straggler)
		straggler->epoch = KPC_EPOCH_NEVER;
}

int kpc_try_look(struct kpc_try *try, struct task_struct *task, unsigned long *ret_epoch)
{
	unsigned long epoch;
	int err;

	if (READ_ONCE(task->on_cpu))
		return -EAGAIN;
	if (kpc_task_is_gone(task))
		return 0;

	/* Only the task itself changes it, and it does not run. */
	epoch = try_epoch_of(task);
	try->tasks++;
	err = kpc_check_stack(kpc_level_check(try->all, epoch), task, NULL, &try->why);
	if (err)
		*ret_epoch = epoch;
	return err;
}

bool kpc_try_reenter(struct kpc_try *try, const struct task_struct *task, unsigned long epoch)
{
	struct kpc_straggler *straggler = kpc_straggler_find(try->all, task);

	if (!straggler)
		return false;
	straggler->epoch = epoch;
	strscpy(straggler->func, try->why.func ?: "?", sizeof(straggler->func));
	return true;
}

int kpc_try_each_idle(struct kpc_try *try, int (*fn)(void *data, struct task_struct *task))
{
	int cpu, err;

	for_each_possible_cpu(cpu) {
		err = fn(try, kpc_ksym_idle_task(cpu));
		if (err)
			return err;
	}
	return 0;
}

struct try_look_args {
	struct kpc_try *try;
	unsigned long epoch;
};

static int try_look_locked(struct task_struct *task, void *data)
{
	struct try_look_args *args = data;

	return kpc_try_look(args->try, task, &args->epoch);
}

/* While the machine runs. */
static int try_running_task(void *data, struct task_struct *task)
{
	struct kpc_try *try = data;
	struct try_look_args args = { .try = try };
	struct kpc_straggler *straggler;
	int err;

	err = kpc_ksym_task_call(task, try_look_locked, &args);
	if (err == -EAGAIN)
		return 0;
	if (!err) {
		kpc_try_forget(try, task);
		return 0;
	}

	if (try->what->strict)
		return kpc_try_busy(try, task);
	if (kpc_try_reenter(try, task, args.epoch))
		return 0;
	err = kpc_stragglers_reserve(try->all, 1);
	if (err < 0)
		return err;
	straggler = kzalloc(sizeof(*straggler), GFP_KERNEL);
	if (!straggler)
		return -ENOMEM;
	kpc_stragglers_enter(try->all, straggler, task, args.epoch, &try->why);
	return 0;
}

unsigned int kpc_try_count_tasks(void)
{
	struct task_struct *process, *task;
	unsigned int n = 0;

	rcu_read_lock();
	for_each_process_thread(process, task)
		n++;
	rcu_read_unlock();
	return n;
}

/* References to all tasks; those that come later have not been in a function yet. */
static int try_collect(struct task_struct ***ret_tasks, unsigned int *ret_nr)
{
	struct task_struct *process, *task, **tasks;
	unsigned int max, nr;

	for (;;) {
		/* Room for those that are made meanwhile: if it is not enough, more the next time. */
		max = kpc_try_count_tasks();
		max += max / 8 + 64;
		tasks = kvmalloc_array(max, sizeof(*tasks), GFP_KERNEL);
		if (!tasks)
			return -ENOMEM;

		nr = 0;
		rcu_read_lock();
		for_each_process_thread(process, task) {
			if (nr < max)
				tasks[nr] = get_task_struct(task);
			nr++;
		}
		rcu_read_unlock();
		if (nr <= max)
			break;
		while (max--)
			put_task_struct(tasks[max]);
		kvfree(tasks);
	}
	*ret_tasks = tasks;
	*ret_nr = nr;
	return 0;
}

static int try_running_all(struct kpc_try *try)
{
	struct kpc_straggler *straggler;
	struct task_struct **tasks;
	unsigned int i, nr;
	int err;

	err = try_collect(&tasks, &nr);
	if (err < 0)
		return err;

	for (i = 0; i < nr; i++) {
		if (!err)
			err = try_running_task(try, tasks[i]);
		put_task_struct(tasks[i]);
		cond_resched();
	}
	kvfree(tasks);

	if (!err)
		err = kpc_try_each_idle(try, try_running_task);
	if (kpc_stragglers)
		list_for_each_entry(straggler, &kpc_stragglers->entries, link)
			if (!err && READ_ONCE(straggler->epoch) != KPC_EPOCH_NEVER)
				err = try_running_task(try, straggler->task);
	return err;
}

int kpc_try_precheck(struct kpc_try *try)
{
	unsigned int round;
	int err;

	/* What ran before was not looked at yet. */
	kpc_recent_forget();
	err = try_running_all(try);
	for (round = 0; !err && round < TRY_ROUNDS; round++) {
		if (kpc_recent_count() <= TRY_FEW * num_online_cpus())
			break;
		err = kpc_recent_drain(try_running_task, try);
	}
	return err == -EOVERFLOW ? -EAGAIN : err;
}
