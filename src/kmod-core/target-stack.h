/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How layers put their functions into the stacks of the targets; all under kpc_patch_lock.
 */
#ifndef KPC_TARGET_STACK_H
#define KPC_TARGET_STACK_H

struct kpc_node;

/**
 * kpc_target_push() - put a replacement into the stack of its target, which is attached if it was not
 *
 * Return: 0; -ENOMEM, -EADDRINUSE, -ESHUTDOWN or -EOPNOTSUPP, reported, and then it is not in it;
 * kpc_targets_wait() is due all the same before the node is freed.
 */
int kpc_target_push(struct kpc_node *node);

/* Takes one out, if it is in; no task may see its layer. kpc_targets_wait() is due before it is freed. */
void kpc_target_drop(struct kpc_node *node);

/* Returns when no task is in or behind the trampoline of what was dropped. */
void kpc_targets_wait(void);

#endif
