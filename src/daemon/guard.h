/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config-file.h"
#include "host.h"

/* The boot guard: no patch may keep a machine from coming up. It judges the attempts that an earlier boot
 * left behind, quarantines what the machine crashed with, and says when nothing at all is to be applied at
 * boot.
 *
 * What counts: a machine that went down while a patch was being put in force counts against that patch
 * alone; one that went down while patches had been in force for less than the settle time counts against
 * each of them. */

/* Judges what earlier boots left, and goes on with what this boot did: an attempt that a dead process of
 * this boot left is said, and settles from now on. Under the lock. */
int guard_judge(const Host *host, const Config *config, Failure *f);

/* Forgets the attempts of this boot that have settled by now, or all of them where all is set: the machine
 * is being shut down in order. *ret_next is when the next one settles (CLOCK_BOOTTIME, in us), or
 * UINT64_MAX. Under the lock. */
int guard_settle(const Host *host, bool all, uint64_t *ret_next, Failure *f);

/* When the next attempt of this boot settles, or UINT64_MAX. Changes nothing, and needs no lock. */
uint64_t guard_next(const Host *host);

/* Whether nothing is applied at boot, and then a sentence that says why, for the caller to free. Returns 1
 * or 0, or a negative errno where the number of crashes cannot be read: then it is not known to be too high.
 */
int guard_is_closed(const Host *host, const Config *config, char **ret_why);

/* Lifts the limit of the whole boot. Under the lock. */
int guard_open(const Host *host, Failure *f);
