/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Lifts the quarantine of one patch; without one, of all, and the limit of the whole boot with it. */

#include "attempt.h"
#include "guard.h"
#include "log-ids.h"
#include "operation.h"
#include "quarantine.h"

static int step_check(Operation *o, Failure *f)
{
        _cleanup_free_ char *why = NULL;
        int r;

        if (!o->ref)
                return 0;
        r = quarantine_find(o->host->state_dir, o->ref, &why);
        if (r == -ENOENT)
                return failure_set(f, FAILURE_NO_SUCH_PATCH, "Patch %s is not quarantined.", o->ref);
        return r < 0 ? failure_set_errno(f, r, "Cannot read the quarantine") : 0;
}

static int clear_all(Operation *o, Failure *f)
{
        Quarantine *list;
        size_t n;
        int r;

        r = quarantine_list(o->host->state_dir, &list, &n, f);
        if (r < 0)
                return r;
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = quarantine_clear(o->host->state_dir, list[i].ref, f);
        quarantine_free_many(list, n);
        return r < 0 ? r : guard_open(o->host, f);
}

static int step_clear(Operation *o, Failure *f)
{
        return o->ref ? quarantine_clear(o->host->state_dir, o->ref, f) : clear_all(o, f);
}

static const OperationStep steps[] = {
        { "lock", "Waiting for other operations", operation_step_lock, NULL },
        { "check", "Looking at the quarantine", step_check, NULL },
        { "clear", "Lifting the quarantine", step_clear, NULL, true },
};

const OperationKind operation_clear_quarantine = {
        .name = "clear-quarantine",
        .polkit_action = "org.kpatchd1.clear-quarantine",
        .polkit_message = "Authentication is required to let live patch $(patch) be applied at boot again",
        .state = _PATCH_STATE_MAX,
        .any_ref = true,
        .options = OPERATION_OPTION_DRY_RUN,
        .done = "is no longer quarantined",
        .done_all = "No patch is quarantined any more.",
        .would = "could be taken out of quarantine",
        .would_all = "All patches could be taken out of quarantine.",
        .failed = "Did not lift the quarantine of",
        .failed_all = "Did not lift the quarantine",
        .done_log_id = LOG_ID_QUARANTINE_CLEARED,
        .failed_log_id = NULL,
        .steps = steps,
        .n_steps = ELEMENTSOF(steps),
};
