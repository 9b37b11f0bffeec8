/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a task is in code that differs between the epoch that it is at and the one after a switch.
 */
#ifndef KPC_STACK_H
#define KPC_STACK_H

#include <linux/sched.h>

#include "patch.h"

#define KPC_TRACE_MAX 48

/* A stretch of text that no task may be in, and the function that it belongs to. */
struct kpc_stretch {
	struct kpc_range range;
	const char *name;
};

/**
 * struct kpc_check - what tasks at one epoch may not be in, to come to the one after the switch
 * @self:	a task that may be in @mods; NULL if none
 * @nr:		number of entries in @stretches
 * @nr_mods:	number of entries in @mods
 * @mods:	modules in which no task may be at all: those of patches that are taken back
 * @stretches:	what no task may be in, sorted by start
 *
 * Does not change once made.
 */
struct kpc_check {
	const struct task_struct *self;
	unsigned int nr;
	unsigned int nr_mods;
	const struct module **mods;
	struct kpc_stretch stretches[];
};

/**
 * struct kpc_why - why a task is in the way
 * @func:	the function that it is in; NULL if its stack cannot be read reliably
 * @nr_trace:	number of entries in @trace
 * @trace:	its stack, from the innermost call up to where the check ended
 */
struct kpc_why {
	const char *func;
	unsigned int nr_trace;
	unsigned long trace[KPC_TRACE_MAX];
};

/**
 * kpc_check_new() - prepare to look at tasks of an epoch
 * @self:	a task that may be in modules that are to go, outside of replacements; may be NULL
 *
 * The other side is what kpc_layer.next says. Return: the check, NULL without memory.
 */
struct kpc_check *kpc_check_new(unsigned long epoch, const struct task_struct *self);
void kpc_check_free(struct kpc_check *check);

/* Whether nothing differs, so that no task can be in the way. */
static inline bool kpc_check_is_empty(const struct kpc_check *check)
{
	return !check->nr && !check->nr_mods;
}

/**
 * kpc_check_stack() - look at one task
 * @task:	one that cannot run meanwhile, or current
 * @first:	for current: where on its stack the return address is behind which to begin; else NULL
 * @why:	filled in on -EBUSY; may be NULL
 *
 * In any context but NMI; neither sleeps nor allocates.
 *
 * Return: 0; -EBUSY if it is in the way.
 */
int kpc_check_stack(const struct kpc_check *check, struct task_struct *task, unsigned long *first,
		    struct kpc_why *why);

/* Whether a task that is not on a CPU will never run again. */
bool kpc_task_is_gone(struct task_struct *task);

#endif
