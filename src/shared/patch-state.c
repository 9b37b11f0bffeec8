/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "patch-state.h"

static const char *const names[_PATCH_STATE_MAX] = {
        [PATCH_STATE_AVAILABLE] = "available",   [PATCH_STATE_STORED] = "stored",
        [PATCH_STATE_APPLYING] = "applying",     [PATCH_STATE_APPLIED] = "applied",
        [PATCH_STATE_REVERTING] = "reverting",   [PATCH_STATE_FAILED] = "failed",
        [PATCH_STATE_SUPERSEDED] = "superseded", [PATCH_STATE_WITHDRAWN] = "withdrawn",
};

#define TO(state) (1U << PATCH_STATE_##state)

/* One row a state: where it may go. */
static const unsigned moves[_PATCH_STATE_MAX] = {
        [PATCH_STATE_AVAILABLE] = TO(STORED) | TO(WITHDRAWN),
        [PATCH_STATE_STORED] = TO(APPLYING) | TO(WITHDRAWN) | TO(AVAILABLE),
        [PATCH_STATE_APPLYING] = TO(APPLIED) | TO(STORED) | TO(FAILED),
        [PATCH_STATE_APPLIED] = TO(REVERTING) | TO(SUPERSEDED) | TO(APPLYING),
        [PATCH_STATE_REVERTING] = TO(STORED) | TO(WITHDRAWN) | TO(APPLIED) | TO(FAILED),
        [PATCH_STATE_FAILED] = TO(APPLYING) | TO(REVERTING) | TO(STORED) | TO(WITHDRAWN),
        [PATCH_STATE_SUPERSEDED] = TO(APPLIED) | TO(STORED) | TO(WITHDRAWN) | TO(REVERTING),
        [PATCH_STATE_WITHDRAWN] = TO(STORED) | TO(REVERTING),
};

const char *patch_state_to_string(PatchState state)
{
        return state < _PATCH_STATE_MAX ? names[state] : "unknown";
}

bool patch_state_may_become(PatchState from, PatchState to)
{
        return from < _PATCH_STATE_MAX && to < _PATCH_STATE_MAX && (from == to || moves[from] & 1U << to);
}
