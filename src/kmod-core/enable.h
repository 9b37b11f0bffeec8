/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Applying a patch and taking it back; all under kpc_patch_lock.
 */
#ifndef KPC_ENABLE_H
#define KPC_ENABLE_H

#include <linux/types.h>

struct kpc_patch;
struct task_struct;

/* Applies a patch that is not applied. 0 or an errno, reported, and then nothing was changed. */
int kpc_patch_enable(struct kpc_patch *patch);

/**
 * kpc_patch_disable() - take back a patch that is applied
 * @strict:	only if no task is in it
 * @self:	a task that may be in the module's code other than the new functions; NULL if none may
 *
 * Return: 0 or an errno, reported, and then nothing was changed.
 */
int kpc_patch_disable(struct kpc_patch *patch, bool strict, const struct task_struct *self);

#endif
