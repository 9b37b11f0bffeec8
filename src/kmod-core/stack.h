/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which tasks are in the way of a switch.
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
 * struct kpc_check - one look at every stack, prepared before the machine stops
 * @patch:	what is switched
 * @mod:	a module in which no task may be at all; NULL if any may
 * @self:	a task that may be in @mod; NULL if none
 * @nr:		number of entries in @stretches
 * @stretches:	what no task may be in, sorted by start
 * @tasks:	result: how many stacks were read
 * @comm:	result on -EBUSY: the task in the way
 * @pid:	its id
 * @func:	the function that it is in; NULL if its stack could not be read reliably
 * @nr_trace:	number of entries in @trace
 * @trace:	its stack, from the innermost call up to where the check ended
 */
struct kpc_check {
	struct kpc_patch *patch;
	const struct module *mod;
	const struct task_struct *self;
	unsigned int nr;
	struct kpc_stretch *stretches;

	unsigned int tasks;
	char comm[TASK_COMM_LEN];
	pid_t pid;
	const char *func;
	unsigned int nr_trace;
	unsigned long trace[KPC_TRACE_MAX];
};

/**
 * kpc_check_new() - prepare to switch a patch on or off
 * @self:	a task that may be in the patch module outside the new functions; may be NULL
 *
 * Return: the check, NULL without memory.
 */
struct kpc_check *kpc_check_new(struct kpc_patch *patch, bool on, const struct task_struct *self);
struct kpc_check *kpc_check_free(struct kpc_check *check);

/**
 * kpc_check_tasks() - look at every task
 *
 * Only with the machine stopped. Neither sleeps nor allocates nor prints.
 *
 * Return: 0; -EBUSY with the results filled in.
 */
int kpc_check_tasks(struct kpc_check *check);

#endif
