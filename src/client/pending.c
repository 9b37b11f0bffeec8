/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "pending.h"

#include "cleanup.h"
#include "patch-ref.h"

/* One that was loaded by hand has no version, and is not ours to judge. */
static bool is_in_force(const PatchInfo *p)
{
        return strempty(p->version)[0] && patch_has_state(p, PATCH_STATE_APPLIED);
}

static bool is_kept_out(const PatchInfo *p)
{
        return p->held || strempty(p->quarantined)[0];
}

/* A feed may keep back what another offers. Those that no feed knows have come as files. */
static bool may_be_offered(const ObjectsInfo *o, const char *reference)
{
        bool known = false;

        FOREACH_ARRAY (feed, o->feeds, o->n_feeds)
                FOREACH_ARRAY (patch, feed->patches.items, feed->patches.n)
                        if (streq_ptr(patch->patch, reference)) {
                                if (streq(strempty(patch->offer), "offered"))
                                        return true;
                                known = true;
                        }
        return !known;
}

bool pending_is_candidate(const ObjectsInfo *o, const KernelInfo *running, const PatchInfo *p)
{
        return strempty(p->version)[0] && patch_fits_kernel(p, running) && !is_kept_out(p) &&
               (patch_has_state(p, PATCH_STATE_STORED) || patch_has_state(p, PATCH_STATE_FAILED)) &&
               may_be_offered(o, p->reference);
}

bool pending_supersedes(const PatchInfo *newer, const PatchInfo *older)
{
        if (streq(strempty(newer->id), strempty(older->id)))
                return patch_version_compare(strempty(newer->version), strempty(older->version)) > 0;
        return strv_contains(newer->supersedes, older->id) && !strv_contains(older->supersedes, newer->id);
}

const PatchInfo *pending_find_held(const ObjectsInfo *o, const PatchInfo *p)
{
        FOREACH_ARRAY (other, o->patches, o->n_patches)
                if (is_in_force(other) && other->held &&
                    (pending_supersedes(p, other) || (p->replace && streq_ptr(p->engine, other->engine))))
                        return other;
        return NULL;
}

/* running NULL: only those that are in force are looked at. */
static const PatchInfo *find_successor(const ObjectsInfo *o, const KernelInfo *running, const PatchInfo *p)
{
        FOREACH_ARRAY (other, o->patches, o->n_patches)
                if ((is_in_force(other) || (running && pending_is_candidate(o, running, other))) &&
                    pending_supersedes(other, p))
                        return other;
        return NULL;
}

const PatchInfo *pending_find_successor(const ObjectsInfo *o, const KernelInfo *running, const PatchInfo *p)
{
        return find_successor(o, running, p);
}

bool pending_is_stored(const ObjectsInfo *o, const KernelInfo *running, const PatchInfo *p)
{
        return patch_has_state(p, PATCH_STATE_STORED) && pending_is_candidate(o, running, p) &&
               !find_successor(o, running, p) && !pending_find_held(o, p);
}

bool pending_is_offered(const ObjectsInfo *o, const FeedInfo *feed, const FeedPatchInfo *patch)
{
        _cleanup_free_ char *id = NULL, *version = NULL;
        const PatchInfo *same;
        PatchInfo offered;

        if (feed->stale || streq(strempty(feed->policy), "off") ||
            !streq(strempty(patch->offer), "offered") ||
            patch_ref_parse(strempty(patch->patch), &id, &version, NULL) < 0 || !version)
                return false;
        same = patches_find(o->patches, o->n_patches, id, version);
        if (same && (is_kept_out(same) || !patch_has_state(same, PATCH_STATE_STORED)))
                return false;
        /* Of one that is not stored yet no more than its name is known. */
        offered = same ? *same : (PatchInfo){ .id = id, .version = version };
        return !find_successor(o, NULL, &offered) && !pending_find_held(o, &offered);
}

size_t pending_count_offered(const ObjectsInfo *o, const FeedInfo *feed)
{
        size_t n = 0;

        FOREACH_ARRAY (patch, feed->patches.items, feed->patches.n)
                n += pending_is_offered(o, feed, patch);
        return n;
}
