/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"

/* What a host is to whoever watches it, in one word: the exit statuses of `check`. */
typedef enum Verdict {
        VERDICT_CURRENT = 0,
        VERDICT_NOTHING = 1,
        VERDICT_PENDING = 2,
        VERDICT_UNSUPPORTED = 3,
        VERDICT_ATTENTION = 4,
        _VERDICT_MAX,
} Verdict;

/* "current", "nothing-applied", "updates-pending", "unsupported", "attention". */
const char *verdict_to_string(Verdict verdict) _const_;

typedef struct VerdictReason {
        Verdict verdict;
        char *sentence;
} VerdictReason;

/* All that holds, what weighs most first; never empty. */
typedef struct VerdictList {
        VerdictReason *items;
        size_t n;
} VerdictList;

/* now: seconds since 1970. Returns 0 or -ENOMEM. */
int verdict_make(const ManagerInfo *m, const ObjectsInfo *o, uint64_t now, VerdictList *ret);

void verdict_list_clear(VerdictList *l);
#define _cleanup_verdict_list_ __attribute__((cleanup(verdict_list_clear)))
