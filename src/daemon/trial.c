/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "trial.h"

#include "cleanup.h"
#include "mark.h"

DEFINE_CLEANUP(JsonObject *, json_object_put);

int trial_begin(const char *state_dir, const char *ref, const char *feed, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *o = json_object_new_object();
        _cleanup_free_ char *now = mark_now();

        if (!o || !now || json_object_object_add(o, "format", json_object_new_int(1)) < 0 ||
            json_object_object_add(o, "patch", json_object_new_string(ref)) < 0 ||
            json_object_object_add(o, "feed", json_object_new_string(feed)) < 0 ||
            json_object_object_add(o, "since", json_object_new_string(now)) < 0)
                return failure_set_errno(f, -ENOMEM, "Cannot note the trial of %s", ref);
        return mark_write(state_dir, MARK_TRIALS, ref, o, f);
}

int trial_end(const char *state_dir, const char *ref, Failure *f)
{
        return mark_remove(state_dir, MARK_TRIALS, ref, f);
}

int trial_list(const char *state_dir, char ***ret_refs, Failure *f)
{
        return mark_list(state_dir, MARK_TRIALS, ret_refs, f);
}
