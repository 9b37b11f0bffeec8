/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-view.h"

#include "cleanup.h"
#include "date.h"
#include "page.h"

static void write_date(uint64_t seconds, char ret[DATE_TEXT_SIZE])
{
        if (seconds > INT64_MAX || date_format((time_t) seconds, ret) < 0)
                memcpy(ret, "an unknown date", sizeof("an unknown date"));
}

static int print_freshness(const FeedInfo *feed, const char *label, const Terminal *out)
{
        const char *name = strempty(feed->name), *policy = strempty(feed->policy);
        char date[DATE_TEXT_SIZE];
        size_t n_offered = 0;

        if (feed->last_success == 0)
                return page_linef(out, label, STYLE_WARN, "%s: %s, never refreshed", name, policy);
        FOREACH_ARRAY (patch, feed->patches.items, feed->patches.n)
                n_offered += streq(strempty(patch->offer), "offered");
        write_date(feed->stale ? feed->expires : feed->last_success, date);
        return page_linef(out, label, feed->stale ? STYLE_BAD : STYLE_PLAIN,
                          "%s: %s, %zu for this host, %s %s", name, policy, n_offered,
                          feed->stale ? "EXPIRED" : "as of", date);
}

static int print_wait(const FeedInfo *feed, const Terminal *out)
{
        char date[DATE_TEXT_SIZE];

        write_date(feed->retry_at, date);
        return page_linef(out, NULL, STYLE_WARN, "so did %u before it: the timer waits until %s",
                          feed->failures - 1, date);
}

static int print_withdrawn(const FeedInfo *feed, const ObjectsInfo *o, const Terminal *out)
{
        int r = 0;

        FOREACH_ARRAY (p, o->patches, o->n_patches) {
                const char *reason = patch_find_withdrawal(p, feed);

                if (r >= 0 && reason)
                        r = page_linef(out, NULL, STYLE_WARN, "%s is withdrawn and in force: %s",
                                       p->reference, reason);
        }
        return r;
}

int feed_view_print(const ObjectsInfo *o, const Terminal *out)
{
        FOREACH_ARRAY (feed, o->feeds, o->n_feeds) {
                int r;

                r = print_freshness(feed, feed == o->feeds ? "Feeds" : NULL, out);
                if (r >= 0 && strempty(feed->failure.name)[0])
                        r = page_linef(out, NULL, STYLE_WARN, "last refresh failed: %s",
                                       strempty(feed->failure.sentence));
                if (r >= 0 && feed->failures > 1)
                        r = print_wait(feed, out);
                if (r >= 0)
                        r = print_withdrawn(feed, o, out);
                if (r < 0)
                        return r;
        }
        return 0;
}
