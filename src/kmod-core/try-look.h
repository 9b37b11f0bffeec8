/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a try looks at tasks; for try.c and try-look.c.
 */
#ifndef KPC_TRY_LOOK_H
#define KPC_TRY_LOOK_H

#include "try.h"

/* Remembers a task that is in the way. -EBUSY. */
int kpc_try_busy(struct kpc_try *try, const struct task_struct *task);

/* A task that is clear is no straggler of the set to come, after all. */
void kpc_try_forget(struct kpc_try *try, const struct task_struct *task);

/* A task that is in the set to come already: as what it is now. False if it is not. */
bool kpc_try_reenter(struct kpc_try *try, const struct task_struct *task, unsigned long epoch);

/**
 * kpc_try_look() - look at a task that cannot run meanwhile
 *
 * Return: 0: it is clear; -EBUSY: in the way, at the epoch stored in @ret_epoch; -EAGAIN: it is on
 * a CPU.
 */
int kpc_try_look(struct kpc_try *try, struct task_struct *task, unsigned long *ret_epoch);

/* Calls @fn for the idle task of each CPU, until it returns something else than 0. */
int kpc_try_each_idle(struct kpc_try *try, int (*fn)(void *data, struct task_struct *task));

unsigned int kpc_try_count_tasks(void);

/**
 * kpc_try_precheck() - look at all tasks while the machine runs
 *
 * What ran meanwhile is looked at again, until it is a handful. Sleeps.
 *
 * Return: as kpc_try_run().
 */
int kpc_try_precheck(struct kpc_try *try);

#endif
