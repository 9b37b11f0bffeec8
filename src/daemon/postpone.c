/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "postpone.h"

#include "cleanup.h"
#include "mark.h"
#include "strv.h"

DEFINE_CLEANUP(JsonObject *, json_object_put);

int postpone_add(const Host *host, const char *ref, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *o = json_object_new_object();

        if (!o || json_object_object_add(o, "format", json_object_new_int(1)) < 0 ||
            json_object_object_add(o, "patch", json_object_new_string(ref)) < 0 ||
            json_object_object_add(o, "boot_id", json_object_new_string(host->boot_id)) < 0)
                return failure_set_errno(f, -ENOMEM, "Cannot note that %s waits for the next boot", ref);
        return mark_write(host->state_dir, MARK_POSTPONED, ref, o, f);
}

int postpone_remove(const char *state_dir, const char *ref, Failure *f)
{
        return mark_remove(state_dir, MARK_POSTPONED, ref, f);
}

int postpone_list(const Host *host, char ***ret_refs, Failure *f)
{
        _cleanup_strv_free_ char **all = NULL, **refs = NULL;
        int r;

        r = mark_list(host->state_dir, MARK_POSTPONED, &all, f);
        if (r < 0)
                return r;
        for (char **ref = all; ref && *ref; ref++) {
                _cleanup_(json_object_putp) JsonObject *o = NULL;

                /* One that cannot be read is no reason to call the patch anything but failed. */
                if (mark_read_or_lose(host->state_dir, MARK_POSTPONED, *ref, &o) < 0 ||
                    !streq(mark_get_text(o, "boot_id"), host->boot_id))
                        continue;
                if (strv_append(&refs, *ref) < 0)
                        return failure_set_errno(f, -ENOMEM, "Cannot read what waits for the next boot");
        }
        *ret_refs = TAKE_PTR(refs);
        return 0;
}
