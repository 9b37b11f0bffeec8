// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "stack.h"

#include <linux/cpumask.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include <asm/unwind.h>

#include "compat.h"
#include "ksym.h"

static int stretch_compare(const void *a, const void *b)
{
	const struct kpc_stretch *x = a, *y = b;

	if (x->range.start != y->range.start)
		return x->range.start < y->range.start ? -1 : 1;
	return 0;
}

static void check_add(struct kpc_check *check, const struct kpc_func *func, struct kpc_range range)
{
	check->stretches[check->nr++] = (struct kpc_stretch){ range, func->info->name };
}

struct kpc_check *kpc_check_free(struct kpc_check *check)
{
	if (!check)
		return NULL;
	kvfree(check->stretches);
	kfree(check);
	return NULL;
}

struct kpc_check *kpc_check_new(struct kpc_patch *patch, bool on, const struct task_struct *self)
{
	struct kpc_check *check;
	struct kpc_func *func;
	unsigned int i;

	check = kzalloc(sizeof(*check), GFP_KERNEL);
	if (!check)
		return NULL;

	check->stretches = kvcalloc(patch->info->nr_funcs * (KPC_OLD_RANGES_MAX + 1UL),
				    sizeof(*check->stretches), GFP_KERNEL);
	if (!check->stretches)
		return kpc_check_free(check);

	check->patch = patch;
	kpc_for_each_func(patch, func) {
		/* Nobody is in functions that are not there. */
		if (!func->addr)
			continue;
		if (on) {
			for (i = 0; i < func->nr_old; i++)
				check_add(check, func, func->old[i]);
		} else {
			check_add(check, func, func->entry);
			check_add(check, func, func->new);
		}
	}
	sort(check->stretches, check->nr, sizeof(*check->stretches), stretch_compare, NULL);

	/* The new functions call into the rest of their module, and it may be unloaded next. */
	if (!on) {
		check->mod = patch->info->mod;
		check->self = self;
	}
	return check;
}

/* The name of the function that @addr is in, of those that no task may be in. */
static const char *check_find(const struct kpc_check *check, unsigned long addr)
{
	unsigned int low = 0, high = check->nr;

	/* The last stretch that starts at or below addr. */
	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (check->stretches[mid].range.start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || addr > check->stretches[low - 1].range.end)
		return NULL;
	return check->stretches[low - 1].name;
}

static int check_busy(struct kpc_check *check, struct task_struct *task, const char *func)
{
	check->pid = task->pid;
	memcpy(check->comm, task->comm, sizeof(check->comm));
	check->comm[sizeof(check->comm) - 1] = '\0';
	check->func = func;
	return -EBUSY;
}

static int check_unreliable(struct kpc_check *check, struct task_struct *task)
{
	return check_busy(check, task, NULL);
}

static int check_addr(struct kpc_check *check, struct task_struct *task, unsigned long addr)
{
	const char *func;

	if (check->nr_trace < ARRAY_SIZE(check->trace))
		check->trace[check->nr_trace++] = addr;

	func = check_find(check, addr);
	if (func)
		return check_busy(check, task, func);
	if (check->mod && task != check->self && within_module_core(addr, check->mod))
		return check_busy(check, task, check->mod->name);
	return 0;
}

/*
 * Whether the unwinder came to where the stack of a task without user mode begins. It also stops,
 * without an error, inside the code that returns through a tracer's hook, which is not the end.
 */
static bool check_ends_well(const struct unwind_state *state, struct task_struct *task)
{
	if (is_idle_task(task))
		return true;
#ifdef CONFIG_UNWINDER_ORC
	return state->sp == (unsigned long)task_pt_regs(task);
#else
	return task->flags & KPC_PF_KERNEL_STACK;
#endif
}

/*
 * An old function that is not seen would be switched under a task that executes it, so whatever is
 * not known for certain counts as in the way: see reliable stacktraces in Documentation/livepatch.
 */
static int check_stack(struct kpc_check *check, struct task_struct *task)
{
	struct unwind_state state;
	struct pt_regs *regs;
	unsigned long addr;
	int err;

	check->nr_trace = 0;
	check->tasks++;

	/* The unwinder warns, on the console, of a return probe of a task that is not asleep. */
	if (kpc_task_has_rethook(task) && task_is_running(task))
		return check_unreliable(check, task);

	for (unwind_start(&state, task, NULL, NULL); !unwind_done(&state) && !unwind_error(&state);
	     unwind_next_frame(&state)) {
		regs = unwind_get_entry_regs(&state, NULL);
		if (regs) {
			if (user_mode(regs))
				return 0;
			/*
			 * Interrupted in the kernel. Frame pointers may not be set up; and of code
			 * that was generated at run time ORC knows one place only.
			 */
			if (IS_ENABLED(CONFIG_FRAME_POINTER) || !kpc_ksym_is_compiled(regs->ip))
				return check_unreliable(check, task);
		}

		addr = unwind_get_return_address(&state);
		if (!addr)
			return check_unreliable(check, task);

		err = check_addr(check, task, addr);
		if (err < 0)
			return err;
	}

	if (unwind_error(&state) || !check_ends_well(&state, task))
		return check_unreliable(check, task);
	return 0;
}

static int check_task(struct kpc_check *check, struct task_struct *task)
{
	/*
	 * With the machine stopped, what is on a CPU is that CPU's stopper, whose functions are known
	 * (symbol_forbidden), or the idle task of a CPU that is not up and will start from scratch.
	 */
	if (READ_ONCE(task->on_cpu))
		return 0;

#ifdef CONFIG_THREAD_INFO_IN_TASK
	/* Dead, and its stack given back: it stays in the list until its parent has seen it. */
	if (!refcount_read(&task->stack_refcount))
		return 0;
#endif
	return check_stack(check, task);
}

/*
 * Nothing forks, exits or is scheduled now. A task that is in the last steps of its exit, after it
 * left the task list, is not seen: that matters for patches of those few functions only, and the
 * wait in detaching a route covers it before a module goes.
 */
int kpc_check_tasks(struct kpc_check *check)
{
	struct task_struct *process, *task;
	int cpu, err;

	check->tasks = 0;

	rcu_read_lock();
	for_each_process_thread(process, task) {
		err = check_task(check, task);
		if (err < 0)
			goto out;
	}

	for_each_possible_cpu(cpu) {
		err = check_task(check, kpc_ksym_idle_task(cpu));
		if (err < 0)
			goto out;
	}
	err = 0;
out:
	rcu_read_unlock();
	return err;
}
