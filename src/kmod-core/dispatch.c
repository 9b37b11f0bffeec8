// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs in every context, for every call of a function that is being switched. It takes no lock,
 * allocates nothing, and is called by nothing that it calls. The functions of the kernel that it
 * calls cannot be replaced (symbol_forbidden).
 *
 * Preemption is off while it looks at the stragglers and the stacks, so no switch can happen
 * meanwhile, except under an NMI.
 */
#include "dispatch.h"

#include <linux/hardirq.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "compat.h"
#include "stack.h"
#include "straggler.h"
#include "target.h"

unsigned long kpc_epoch = 1;
struct kpc_stragglers *kpc_stragglers;

/**
 * struct dispatch_cpu - of a CPU
 * @nmi:	number of the NMI that noted its epoch
 * @epoch:	that epoch
 * @noted:	whether one has
 * @serving:	a straggler looks at its own stack
 */
struct dispatch_cpu {
	unsigned int nmi;
	unsigned long epoch;
	bool noted;
	bool serving;
};

static DEFINE_PER_CPU(struct dispatch_cpu, dispatch_cpus);
static bool dispatch_nmi_held;

void kpc_nmi_hold(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		per_cpu_ptr(&dispatch_cpus, cpu)->noted = false;
	/* What was noted is of no NMI that is still to come; an NMI is a reader of RCU. */
	smp_wmb();
	WRITE_ONCE(dispatch_nmi_held, true);
	synchronize_rcu();
}

void kpc_nmi_release(void)
{
	synchronize_rcu();
	WRITE_ONCE(dispatch_nmi_held, false);
}

static __always_inline bool dispatch_may_serve(const unsigned long *stack)
{
	/* Where the caller's frame begins is told by ORC's unwinder only. */
	return IS_ENABLED(CONFIG_UNWINDER_ORC) && stack && in_task() &&
	       !__this_cpu_read(dispatch_cpus.serving);
}

/*
 * A straggler that calls a function which is being switched, from a stack that is clear otherwise,
 * comes to the present epoch with that call. Functions in which a task always is, such as
 * schedule(), are left for good in this way. Reading a stack takes long, so it is done once a tick; and
 * again in that tick for a call from further out, as what the last look found may have returned since:
 * a task that is hardly ever out of a function, and calls others from it, would else have spent its
 * look just before the one call that counts.
 */
static notrace bool dispatch_serve(const struct kpc_stragglers *all,
				   struct kpc_straggler *straggler, unsigned long epoch,
				   unsigned long *stack)
{
	/* Of the epoch that was read: a transition that is forced clears it at any moment. */
	const struct kpc_check *check = kpc_level_check(all, epoch);
	bool clear;

	if (straggler->again == jiffies && stack <= straggler->tried_at)
		return false;
	straggler->again = jiffies;
	straggler->tried_at = stack;

	__this_cpu_write(dispatch_cpus.serving, true);
	clear = !kpc_check_stack(check, current, stack, NULL);
	__this_cpu_write(dispatch_cpus.serving, false);

	if (clear)
		kpc_straggler_clear(straggler);
	return clear;
}

static __always_inline unsigned long dispatch_epoch(unsigned long *stack)
{
	const struct kpc_stragglers *all = READ_ONCE(kpc_stragglers);
	/* Pairs with the release in switch_flip(): an NMI that sees the epoch sees its layers. */
	unsigned long epoch = smp_load_acquire(&kpc_epoch), old;
	struct kpc_straggler *straggler;

	if (likely(!all || !kpc_stragglers_left()))
		return epoch;

	straggler = kpc_straggler_find(all, current);
	if (!straggler)
		return epoch;

	old = READ_ONCE(straggler->epoch);
	if (old == KPC_EPOCH_NEVER)
		return epoch;
	if (dispatch_may_serve(stack) && dispatch_serve(all, straggler, old, stack))
		return epoch;
	return old;
}

/*
 * The number is counted up at each NMI's entry and by nothing else. What came in between, without a
 * number of its own (a machine check), shares the epoch of the NMI before it: while that is held,
 * either epoch is right.
 */
static __always_inline unsigned long dispatch_epoch_nmi(void)
{
	struct dispatch_cpu *cpu = this_cpu_ptr(&dispatch_cpus);
	unsigned int nmi = kpc_nmi_number();

	if (!READ_ONCE(dispatch_nmi_held))
		return dispatch_epoch(NULL);
	if (!cpu->noted || cpu->nmi != nmi) {
		cpu->epoch = dispatch_epoch(NULL);
		cpu->nmi = nmi;
		barrier();
		cpu->noted = true;
	}
	return cpu->epoch;
}

static __always_inline struct kpc_func *dispatch_find(const struct kpc_target *target,
						      unsigned long epoch)
{
	struct kpc_node *node;

	list_for_each_entry_lockless(
		node, &target->nodes,
		link) if (kpc_layer_is_visible(node->layer, epoch)) return node->func;
	return NULL;
}

notrace unsigned long kpc_dispatch(struct kpc_target *target, unsigned long *stack)
{
	const struct kpc_func *func;
	unsigned long addr;

	preempt_disable_notrace();
	func = dispatch_find(target, in_nmi() ? dispatch_epoch_nmi() : dispatch_epoch(stack));
	addr = func ? func->new.start : 0;
	preempt_enable_notrace();

	/*
	 * Whoever loses the CPU from here on has a return address in the function's entry, which a
	 * stack check finds, until he arrives where he was sent.
	 */
	return addr;
}
EXPORT_SYMBOL_GPL(kpc_dispatch);

struct kpc_func *kpc_target_at(const struct kpc_target *target, unsigned long epoch)
{
	return dispatch_find(target, epoch);
}
