/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling user space that a patch's state is another: poll() of its files returns, and there is a
 * uevent.
 */
#ifndef KPC_EVENT_H
#define KPC_EVENT_H

struct kpc_patch;

/* Sleeps; under kpc_patch_lock. */
void kpc_event(struct kpc_patch *patch);

#endif
