/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "hold.h"

#include "cleanup.h"
#include "mark.h"

DEFINE_CLEANUP(JsonObject *, json_object_put);

int hold_add(const char *state_dir, const char *ref, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *o = json_object_new_object();
        _cleanup_free_ char *now = mark_now();

        if (!o || !now || json_object_object_add(o, "format", json_object_new_int(1)) < 0 ||
            json_object_object_add(o, "patch", json_object_new_string(ref)) < 0 ||
            json_object_object_add(o, "since", json_object_new_string(now)) < 0)
                return failure_set_errno(f, -ENOMEM, "Cannot hold %s", ref);
        return mark_write(state_dir, MARK_HOLDS, ref, o, f);
}

int hold_remove(const char *state_dir, const char *ref, Failure *f)
{
        return mark_remove(state_dir, MARK_HOLDS, ref, f);
}

int hold_list(const char *state_dir, char ***ret_refs, Failure *f)
{
        return mark_list(state_dir, MARK_HOLDS, ret_refs, f);
}

/* A hold whose file is damaged holds: somebody wanted it. */
int hold_check(const char *state_dir, const char *ref, const char *applied, Failure *f)
{
        int r;

        r = mark_exists(state_dir, MARK_HOLDS, ref);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot look whether %s is held", ref);
        if (r == 0)
                return 0;
        return failure_set(f, FAILURE_HELD,
                           "Patch %s is held and is not %s: 'kpatchctl unhold %s' lifts that.", ref, applied,
                           ref);
}
