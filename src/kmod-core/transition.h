/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What follows a switch: stragglers come to the present epoch, patches are complete, and what no
 * task can see any more is let go.
 */
#ifndef KPC_TRANSITION_H
#define KPC_TRANSITION_H

struct kpc_patch;

int kpc_transition_init(void);

/* No patch is left. */
void kpc_transition_exit(void);

/* After each switch, under kpc_patch_lock: does what can be done at once, and has a worker do the rest. */
void kpc_transition_begin(void);

/**
 * kpc_transition_force() - end a patch's transition, whatever its stragglers are in
 *
 * Under kpc_patch_lock. They come to the present epoch in the middle of a function: what they see
 * together was never meant to be. The modules that they may be in stay for ever.
 */
void kpc_transition_force(struct kpc_patch *patch);

#endif
