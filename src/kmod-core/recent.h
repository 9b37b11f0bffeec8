/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which tasks ran: what a look at their stacks, taken while the machine runs, does not hold for any
 * more.
 *
 * While this is on, a task's stack cannot change without the task being switched out afterwards, and
 * every switch-out is noted. So a task that was seen asleep with a stack that is clear, and is not
 * noted since, is still clear; with the machine stopped this is true of every task, since what was
 * on a CPU has been switched out for that CPU's stopper. New tasks are noted as soon as they ran.
 */
#ifndef KPC_RECENT_H
#define KPC_RECENT_H

#include <linux/types.h>

struct task_struct;

/* Noted for each CPU between two calls of kpc_recent_drain(); more is an overflow. */
#define KPC_RECENT_MAX 512

/**
 * kpc_recent_start() - begin to note
 *
 * On return every CPU notes. One user at a time; sleeps.
 *
 * Return: 0; -ENOMEM; -EOPNOTSUPP where the scheduler cannot be watched.
 */
int kpc_recent_start(void);

/* Ends it, and returns when no CPU notes any more. */
void kpc_recent_stop(void);

/**
 * kpc_recent_drain() - forget what was noted, and hand it over
 * @fn:	called for each task once a CPU that it ran on, with a reference to the task that ends when
 *	it returns; may sleep. What it returns other than 0 ends the calls, not the forgetting.
 *
 * A task that runs meanwhile is noted again. Sleeps.
 *
 * Return: 0 or what @fn returned; -EOVERFLOW if tasks ran that could not be noted: every task has
 * to be looked at again.
 */
int kpc_recent_drain(int (*fn)(void *data, struct task_struct *task), void *data);

/* Forgets what was noted. Sleeps. */
void kpc_recent_forget(void);

/**
 * kpc_recent_each() - look at what is noted
 *
 * Only with the machine stopped. As kpc_recent_drain(), but nothing is forgotten and @fn must not sleep.
 */
int kpc_recent_each(int (*fn)(void *data, struct task_struct *task), void *data);

/* How many are noted now; an estimate while the machine runs. */
unsigned int kpc_recent_count(void);

#endif
