/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The switch: from one epoch to the next, in which the layers are visible that were marked so.
 */
#ifndef KPC_SWITCH_H
#define KPC_SWITCH_H

#include <linux/types.h>

struct task_struct;

/**
 * struct kpc_pause - how long the machine stood still
 * @last_ns:	the last time
 * @max_ns:	the longest time
 * @tasks:	stacks that were read meanwhile the last time
 * @tries:	how often the last switch was tried
 */
struct kpc_pause {
	u64 last_ns;
	u64 max_ns;
	unsigned int tasks;
	unsigned int tries;
};

/**
 * struct kpc_switch - what to do
 * @name:	of the patch module that it is about
 * @strict:	refuse if a task is in the way; else it becomes a straggler
 * @self:	see kpc_check_new()
 * @pause:	also counts here
 */
struct kpc_switch {
	const char *name;
	bool strict;
	const struct task_struct *self;
	struct kpc_pause *pause;
};

/**
 * kpc_switch() - switch to what kpc_layer.next says of each layer
 *
 * Under kpc_patch_lock; the words of layers that go must be 0. Sleeps, and tries a few times.
 *
 * Return: 0; -EBUSY or -ENOMEM, reported, and then nothing was changed.
 */
int kpc_switch(const struct kpc_switch *what);

/* Sleeps for a while in which a task may get out of the way. */
void kpc_switch_pause(void);

/* Of all switches. */
struct kpc_pause kpc_switch_stats(void);

/* A copy of a patch's own. */
struct kpc_pause kpc_switch_stats_of(const struct kpc_pause *pause);

#endif
