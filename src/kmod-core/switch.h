/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The switch: from the old functions of a patch to the new ones, or back, in one instant.
 */
#ifndef KPC_SWITCH_H
#define KPC_SWITCH_H

#include <linux/types.h>

struct kpc_patch;
struct task_struct;

/**
 * struct kpc_pause - how long the machine stood still
 * @last_ns:	the last time
 * @max_ns:	the longest time since the module was loaded
 * @tasks:	stacks that were read the last time
 * @tries:	how often it was stopped for the last switch
 */
struct kpc_pause {
	u64 last_ns;
	u64 max_ns;
	unsigned int tasks;
	unsigned int tries;
};

/**
 * kpc_switch() - switch an attached patch
 * @self:	see kpc_check_new()
 *
 * Stops the machine, and tries again a few times while a task is in the way.
 *
 * Return: 0; -EBUSY or -ENOMEM, reported, and then nothing was changed.
 */
int kpc_switch(struct kpc_patch *patch, bool on, const struct task_struct *self);

/* Sleeps for a while in which a task may get out of the way. */
void kpc_switch_pause(void);

struct kpc_pause kpc_switch_stats(void);

#endif
