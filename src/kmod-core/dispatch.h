/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where each call of a replaced function goes: kpc_dispatch() of the kit's kpatch-trampoline.h.
 *
 * Each task lives at an epoch. That is kpc_epoch for all but stragglers, which were in a function
 * that a switch changed and stay at the epoch that they had. Each switch makes the next epoch, with
 * the machine stopped; so no task and no interrupt, only an NMI, can see it happen.
 */
#ifndef KPC_DISPATCH_H
#define KPC_DISPATCH_H

#include <linux/types.h>

struct kpc_stragglers;

/* Written with the machine stopped. */
extern unsigned long kpc_epoch;

/* The stragglers; NULL: there are none. Replaced with the machine stopped, or by kpc_stragglers_put(). */
extern struct kpc_stragglers *kpc_stragglers;

/**
 * kpc_nmi_hold() - have each NMI see one epoch, from the first to the last thing that it calls
 *
 * From the return of this until kpc_nmi_release(). Trampolines must ask during that time: the words of
 * what is switched are 0. Sleeps until NMIs that began before have ended.
 */
void kpc_nmi_hold(void);

/* Sleeps until NMIs that saw the epoch before have ended. */
void kpc_nmi_release(void);

#endif
