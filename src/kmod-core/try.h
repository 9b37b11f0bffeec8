/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One try of a switch: look at all stacks while the machine runs, then stop it, look at those that
 * changed since, and flip.
 */
#ifndef KPC_TRY_H
#define KPC_TRY_H

#include "stack.h"
#include "switch.h"

struct kpc_stragglers;

/**
 * struct kpc_try - one try
 * @what:	what to do
 * @precheck:	look before the stop, and only at what ran since inside; else at everything inside
 * @budget_ns:	how long the machine may stand still, with @precheck
 * @all:	the stragglers that there will be
 * @before:	result: those that there were
 * @spares:	entries for stragglers that are found inside the stop
 * @start:	when the machine stopped
 * @ns:		result: how long it stood still
 * @tasks:	result: stacks read meanwhile
 * @why:	result on -EBUSY: what the task is in
 * @comm:	its name
 * @pid:	its id
 */
struct kpc_try {
	const struct kpc_switch *what;
	bool precheck;
	u64 budget_ns;

	struct kpc_stragglers *all;
	struct kpc_stragglers *before;
	struct list_head spares;
	u64 start;
	u64 ns;
	unsigned int tasks;

	struct kpc_why why;
	char comm[TASK_COMM_LEN];
	pid_t pid;
};

/**
 * kpc_try_run() - try it
 *
 * With @precheck, between kpc_recent_start() and kpc_recent_stop().
 *
 * Return: 0; -EBUSY: a task is in the way; -ETIME: over the budget; -EAGAIN: too many tasks ran to
 * remember them; -ENOMEM. After an error nothing was changed.
 */
int kpc_try_run(struct kpc_try *try);

#endif
