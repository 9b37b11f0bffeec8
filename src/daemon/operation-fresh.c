/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Whether the feed that vouches for a patch is fresh enough for what is new to this host. */

#include "cleanup.h"
#include "feed.h"
#include "generation-keep.h"
#include "operation.h"
#include "refresh-status.h"
#include "strv.h"

static int has_it(const char *build_id, uint64_t number, const Generation *g, void *userdata)
{
        (void) build_id;
        (void) number;
        return g && generation_find(g, userdata);
}

/* Who has switched a feed off, or has no settings for it, decides without it. */
static int is_followed(const Host *host, const char *name)
{
        _cleanup_strv_free_ char **complaints = NULL;
        _cleanup_feed_set_ FeedSet set = {};
        const Feed *feed;
        int r;

        r = feed_set_load(host->conf_dir, &set, &complaints);
        if (r < 0)
                return r;
        feed = feed_set_find(&set, name);
        return feed && feed->policy != FEED_POLICY_OFF;
}

static int is_stale(const Host *host, const char *name)
{
        _cleanup_refresh_status_ RefreshStatus status = {};
        int r;

        r = is_followed(host, name);
        if (r > 0)
                r = refresh_status_load(host, name, &status);
        return r < 0 ? r : refresh_status_is_stale(&status);
}

int operation_check_fresh(const Operation *o, Failure *f)
{
        int r;

        if (o->found != ENGINE_STATE_ABSENT)
                return 0;
        r = is_stale(o->host, o->root_name);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read what is known of the feed %s", o->root_name);
        if (r == 0)
                return 0;
        r = generation_visit_kept(o->host->state_dir, has_it, o->ref);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the generations");
        if (r > 0)
                return 0;
        return failure_set(
                        f, FAILURE_FEED_EXPIRED,
                        "Patch %s is not applied: what is known of the feed %s has expired, and the patch may "
                        "have been withdrawn since; 'kpatchctl refresh %s' asks.",
                        o->ref, o->root_name, o->root_name);
}
