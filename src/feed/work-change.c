/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "work-change.h"

#include "patch-ref.h"

#include <stdio.h>

int work_change_patch(const char *dir, const char *ref,
                      int (*change)(FeedPatch *patch, const void *data, Failure *f), const void *data,
                      Failure *f)
{
        _cleanup_(work_freep) Work *work = NULL;
        _cleanup_(feed_index_freep) FeedIndex *record = NULL;
        _cleanup_free_ char *id = NULL, *version = NULL;
        int r;

        r = patch_ref_parse(ref, &id, &version, f);
        if (r < 0)
                return r;
        if (!version)
                return failure_set(f, FAILURE_INVALID_PATCH_NAME, "Say which version of %s: %s=VERSION.",
                                   ref, ref);
        r = work_open(dir ? dir : ".", &work, f);
        if (r < 0)
                return r;
        r = work_load_patch(work, ref, &record, f);
        if (r < 0)
                return r;
        if (r == 0)
                return failure_set(
                                f, FAILURE_NO_SUCH_PATCH,
                                "The feed has no patch %s; 'kpatch-feed show %s' lists those that it has.",
                                ref, work->path);
        r = change(record->patches, data, f);
        if (r < 0)
                return r;
        r = work_store_patch(work, record, f);
        if (r < 0)
                return r;
        puts("'kpatch-feed stage' makes the feed that says so.");
        return 0;
}
