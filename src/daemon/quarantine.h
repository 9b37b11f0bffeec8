/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "failure.h"

#include <stdint.h>

/* Patches that are not applied at boot because the machine crashed with them: quarantine/ID=VERSION.json.
 * One that is damaged quarantines as well, also where it was set aside. */

typedef struct Quarantine {
        char *ref;
        char *why;   /* a sentence */
        char *since; /* RFC 3339 */
} Quarantine;

int quarantine_add(const char *state_dir, const char *ref, const char *why, Failure *f);

/* Why a patch is, for the caller to free; -ENOENT when it is not. */
int quarantine_find(const char *state_dir, const char *ref, char **ret_why);

/* Sorted; the caller frees with quarantine_free_many(). */
int quarantine_list(const char *state_dir, Quarantine **ret, size_t *ret_n, Failure *f);
void quarantine_free_many(Quarantine *q, size_t n);

/* One that is not there is fine. */
int quarantine_clear(const char *state_dir, const char *ref, Failure *f);
