/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "quarantine.h"

#include "mark.h"
#include "strv.h"
#include "text.h"

DEFINE_CLEANUP(JsonObject *, json_object_put);

int quarantine_add(const char *state_dir, const char *ref, const char *why, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *o = json_object_new_object();
        _cleanup_free_ char *now = mark_now();

        if (!o || !now || json_object_object_add(o, "format", json_object_new_int(1)) < 0 ||
            json_object_object_add(o, "patch", json_object_new_string(ref)) < 0 ||
            json_object_object_add(o, "why", json_object_new_string(why)) < 0 ||
            json_object_object_add(o, "since", json_object_new_string(now)) < 0)
                return failure_set_errno(f, -ENOMEM, "Cannot quarantine %s", ref);
        return mark_write(state_dir, MARK_QUARANTINE, ref, o, f);
}

static int fill(const char *ref, const char *why, const char *since, Quarantine *ret)
{
        Quarantine q = { .ref = strdup(ref), .why = strdup(why), .since = strdup(since) };

        if (!q.ref || !q.why || !q.since) {
                free(q.ref);
                free(q.why);
                free(q.since);
                return -ENOMEM;
        }
        *ret = q;
        return 0;
}

/* That the note is there is what counts, whatever can be read of it: somebody wrote it because a machine
 * went down, and nobody has lifted it. */
static int quarantine_read(const char *state_dir, const char *ref, Quarantine *ret)
{
        _cleanup_(json_object_putp) JsonObject *o = NULL;
        _cleanup_free_ char *why = NULL, *since = NULL;
        int r;

        r = mark_read(state_dir, MARK_QUARANTINE, ref, &o);
        if (r == -ENOMEM)
                return r;
        if (r >= 0 && *mark_get_text(o, "why"))
                return fill(ref, mark_get_text(o, "why"), mark_get_text(o, "since"), ret);
        if (r == -ENOTDIR || (r == -ENOENT && mark_was_lost(state_dir, MARK_QUARANTINE, ref) == 0))
                return -ENOENT;
        if (r == -EBADMSG)
                mark_set_aside(state_dir, MARK_QUARANTINE, ref);
        if (r >= 0 || r == -EBADMSG || r == -ENOENT)
                why = strdup("The note that said why is damaged.");
        else
                why = text_format("The note that says why cannot be read (%s).", strerror(-r));
        since = mark_written(state_dir, MARK_QUARANTINE, ref);
        return why && since ? fill(ref, why, since, ret) : -ENOMEM;
}

int quarantine_find(const char *state_dir, const char *ref, char **ret_why)
{
        Quarantine q;
        int r;

        r = quarantine_read(state_dir, ref, &q);
        if (r < 0)
                return r;
        free(q.ref);
        free(q.since);
        *ret_why = q.why;
        return 0;
}

int quarantine_list(const char *state_dir, Quarantine **ret, size_t *ret_n, Failure *f)
{
        _cleanup_strv_free_ char **refs = NULL;
        Quarantine *list;
        size_t n = 0;
        int r;

        r = mark_list_with_lost(state_dir, MARK_QUARANTINE, &refs, f);
        if (r < 0)
                return r;
        list = calloc(strv_length(refs) + 1, sizeof(Quarantine));
        if (!list)
                return failure_set_errno(f, -ENOMEM, "Cannot read the quarantine");
        for (char **ref = refs; ref && *ref; ref++) {
                r = quarantine_read(state_dir, *ref, &list[n]);
                if (r >= 0)
                        n++;
                else if (r != -ENOENT) {
                        quarantine_free_many(list, n);
                        return failure_set_errno(f, r, "Cannot read the quarantine");
                }
        }
        *ret = list;
        *ret_n = n;
        return 0;
}

void quarantine_free_many(Quarantine *q, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(q[i].ref);
                free(q[i].why);
                free(q[i].since);
        }
        free(q);
}

int quarantine_clear(const char *state_dir, const char *ref, Failure *f)
{
        int r = mark_remove(state_dir, MARK_QUARANTINE, ref, f);

        return r < 0 ? r : mark_remove_lost(state_dir, MARK_QUARANTINE, ref, f);
}
