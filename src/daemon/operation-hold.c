/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Has a patch stay as it is, and lifts that. */

#include "hold.h"
#include "log-ids.h"
#include "operation.h"

static int step_hold(Operation *o, Failure *f)
{
        return hold_add(o->host->state_dir, o->ref, f);
}

static int step_check_unhold(Operation *o, Failure *f)
{
        if (hold_check(o->host->state_dir, o->ref, "changed", NULL) >= 0)
                return failure_set(f, FAILURE_NO_SUCH_PATCH, "Patch %s is not held.", o->ref);
        return 0;
}

static int step_unhold(Operation *o, Failure *f)
{
        return hold_remove(o->host->state_dir, o->ref, f);
}

static const OperationStep hold_steps[] = {
        { "lock", "Waiting for other operations", operation_step_lock, NULL },
        { "hold", "Holding it", step_hold, NULL, true },
};

static const OperationStep unhold_steps[] = {
        { "lock", "Waiting for other operations", operation_step_lock, NULL },
        { "check", "Looking whether it is held", step_check_unhold, NULL },
        { "unhold", "Lifting the hold", step_unhold, NULL, true },
};

const OperationKind operation_hold = {
        .name = "hold",
        .polkit_action = "org.kpatchd1.hold",
        .polkit_message = "Authentication is required to have live patch $(patch) stay as it is",
        .state = _PATCH_STATE_MAX,
        .options = OPERATION_OPTION_DRY_RUN,
        .done = "is held: it stays as it is",
        .would = "could be held",
        .failed = "Did not hold",
        .done_log_id = LOG_ID_HELD,
        .steps = hold_steps,
        .n_steps = ELEMENTSOF(hold_steps),
};

const OperationKind operation_unhold = {
        .name = "unhold",
        .polkit_action = "org.kpatchd1.hold",
        .polkit_message = "Authentication is required to let live patch $(patch) be changed again",
        .state = _PATCH_STATE_MAX,
        .any_ref = true,
        .options = OPERATION_OPTION_DRY_RUN,
        .done = "is no longer held",
        .would = "could be let go",
        .failed = "Did not lift the hold of",
        .done_log_id = LOG_ID_UNHELD,
        .steps = unhold_steps,
        .n_steps = ELEMENTSOF(unhold_steps),
};
