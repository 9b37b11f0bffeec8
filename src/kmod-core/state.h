/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What patches change in the kernel for longer than they are there: struct kpc_state_info.
 */
#ifndef KPC_STATE_H
#define KPC_STATE_H

struct kpc_patch;

/* Whether the table makes sense. 0; -EINVAL or -E2BIG, reported. */
int kpc_state_check_table(const struct kpc_patch *patch);

/**
 * kpc_state_check() - whether a patch may follow those that are applied
 *
 * Return: 0; -EINVAL, reported, where one of them made more of a state than the patch knows,
 * or where the patch would replace one that has a state that it does not know.
 */
int kpc_state_check(const struct kpc_patch *patch);

#endif
