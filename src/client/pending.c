/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "pending.h"

#include "cleanup.h"
#include "patch-ref.h"

static bool is_kept_out(const PatchInfo *p)
{
        return p->held || strempty(p->quarantined)[0];
}

bool pending_is_stored(const ObjectsInfo *o, const KernelInfo *running, const PatchInfo *p)
{
        return patch_has_state(p, PATCH_STATE_STORED) && !is_kept_out(p) && patch_fits_kernel(p, running) &&
               patches_find(o->patches, o->n_patches, strempty(p->id), NULL) == p;
}

bool pending_is_offered(const ObjectsInfo *o, const FeedInfo *feed, const FeedPatchInfo *patch)
{
        _cleanup_free_ char *id = NULL, *version = NULL;
        const PatchInfo *same, *present;

        if (feed->stale || streq(strempty(feed->policy), "off") ||
            !streq(strempty(patch->offer), "offered") ||
            patch_ref_parse(strempty(patch->patch), &id, &version, NULL) < 0 || !version)
                return false;
        same = patches_find(o->patches, o->n_patches, id, version);
        if (same && (is_kept_out(same) || !patch_has_state(same, PATCH_STATE_STORED)))
                return false;
        present = patches_find(o->patches, o->n_patches, id, NULL);
        if (!present || !patch_has_state(present, PATCH_STATE_APPLIED))
                return true;
        return !present->held && patch_version_compare(version, strempty(present->version)) > 0;
}

size_t pending_count_offered(const ObjectsInfo *o, const FeedInfo *feed)
{
        size_t n = 0;

        FOREACH_ARRAY (patch, feed->patches.items, feed->patches.n)
                n += pending_is_offered(o, feed, patch);
        return n;
}
