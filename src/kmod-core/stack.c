// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "stack.h"

#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include <asm/unwind.h>

#include "compat.h"
#include "ksym.h"
#include "target.h"

/* A replacement, its trampoline, and the entry of what it replaces. */
#define STRETCHES_MAX max(KPC_OLD_RANGES_MAX, 3)

static int stretch_compare(const void *a, const void *b)
{
	const struct kpc_stretch *x = a, *y = b;

	if (x->range.start != y->range.start)
		return x->range.start < y->range.start ? -1 : 1;
	return 0;
}

static void check_add(struct kpc_check *check, const char *name, struct kpc_range range)
{
	check->stretches[check->nr++] = (struct kpc_stretch){ range, name };
}

static void check_add_target(struct kpc_check *check, const struct kpc_target *target,
			     const struct kpc_func *func)
{
	unsigned int i;

	if (func) {
		check_add(check, func->info->name, func->new);
		check_add(check, func->info->name, func->trampoline);
		check_add(check, func->info->name, target->entry);
		return;
	}
	for (i = 0; i < target->nr_old; i++)
		check_add(check, target->name, target->old[i]);
}

static bool patch_is_next(const struct kpc_patch *patch)
{
	struct kpc_layer *layer;

	list_for_each_entry(layer, &kpc_layers, link)
		if (layer->patch == patch && layer->next)
			return true;
	return false;
}

void kpc_check_free(struct kpc_check *check)
{
	if (!check)
		return;
	kfree(check->mods);
	kvfree(check);
}

struct kpc_check *kpc_check_new(unsigned long epoch, const struct task_struct *self)
{
	unsigned int targets = 0, layers = 0;
	struct kpc_target *target;
	struct kpc_layer *layer;
	struct kpc_check *check;
	struct kpc_func *func;

	list_for_each_entry(target, &kpc_targets, link)
		targets++;
	list_for_each_entry(layer, &kpc_layers, link)
		layers++;

	check = kvzalloc(struct_size(check, stretches, STRETCHES_MAX * (size_t)targets),
			 GFP_KERNEL);
	if (!check)
		return NULL;
	check->mods = kcalloc(layers + 1, sizeof(*check->mods), GFP_KERNEL);
	if (!check->mods) {
		kpc_check_free(check);
		return NULL;
	}

	list_for_each_entry(target, &kpc_targets, link) {
		func = kpc_target_at(target, epoch);
		if (func != kpc_target_next(target))
			check_add_target(check, target, func);
	}
	sort(check->stretches, check->nr, sizeof(*check->stretches), stretch_compare, NULL);

	/* Replacements call into the rest of their module, and it may be unloaded next. */
	list_for_each_entry(layer, &kpc_layers, link)
		if (kpc_layer_is_visible(layer, epoch) && !patch_is_next(layer->patch))
			check->mods[check->nr_mods++] = layer->patch->info->mod;
	check->self = self;
	return check;
}

/* The name of the function that @addr is in, of those that no task may be in. */
static notrace const char *check_find(const struct kpc_check *check, unsigned long addr)
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

static notrace int check_busy(struct kpc_why *why, const char *func)
{
	if (why)
		why->func = func;
	return -EBUSY;
}

static notrace int check_addr(const struct kpc_check *check, const struct task_struct *task,
			      unsigned long addr, struct kpc_why *why)
{
	const char *func;
	unsigned int i;

	if (why && why->nr_trace < ARRAY_SIZE(why->trace))
		why->trace[why->nr_trace++] = addr;

	func = check_find(check, addr);
	if (func)
		return check_busy(why, func);
	for (i = 0; i < check->nr_mods && task != check->self; i++)
		if (within_module_core(addr, check->mods[i]))
			return check_busy(why, check->mods[i]->name);
	return 0;
}

/*
 * Whether the unwinder came to where the stack of a task without user mode begins. It also stops,
 * without an error, inside the code that returns through a tracer's hook, which is not the end.
 */
static notrace bool check_ends_well(const struct unwind_state *state, struct task_struct *task)
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
 * @first is where the return address of some function is, and the first frame that counts is that
 * of its caller. Kernels differ in whether the unwinder, told to begin at an address, begins with the
 * frame at it or with the next one.
 */
static notrace void check_start(struct unwind_state *state, struct task_struct *task,
				unsigned long *first)
{
	unwind_start(state, task, NULL, first);
#ifdef CONFIG_UNWINDER_ORC
	while (first && !unwind_done(state) && state->sp <= (unsigned long)first)
		unwind_next_frame(state);
#endif
}

/*
 * An old function that is not seen would be switched under a task that executes it, so whatever is
 * not known for certain counts as in the way: see reliable stacktraces in Documentation/livepatch.
 */
notrace int kpc_check_stack(const struct kpc_check *check, struct task_struct *task,
			    unsigned long *first, struct kpc_why *why)
{
	struct unwind_state state;
	struct pt_regs *regs;
	unsigned long addr;
	int err;

	if (why)
		why->nr_trace = 0;
	if (kpc_check_is_empty(check))
		return 0;

	/* The unwinder warns, on the console, of a return probe of a task that is not asleep. */
	if (kpc_task_has_rethook(task) && task_is_running(task))
		return check_busy(why, NULL);

	for (check_start(&state, task, first); !unwind_done(&state) && !unwind_error(&state);
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
				return check_busy(why, NULL);
		}

		addr = unwind_get_return_address(&state);
		if (!addr)
			return check_busy(why, NULL);

		err = check_addr(check, task, addr, why);
		if (err < 0)
			return err;
	}

	if (unwind_error(&state) || !check_ends_well(&state, task))
		return check_busy(why, NULL);
	return 0;
}

/* Dead, and its stack given back: it stays in the list until its parent has seen it. */
bool kpc_task_is_gone(struct task_struct *task)
{
#ifdef CONFIG_THREAD_INFO_IN_TASK
	return !refcount_read(&task->stack_refcount);
#else
	return false;
#endif
}
