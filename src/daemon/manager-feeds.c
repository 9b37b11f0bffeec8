/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* What the manager shows of feeds. */

#include "manager-feeds.h"

#include "log.h"
#include "manager.h"
#include "refresh.h"
#include "strv.h"

#define USEC_PER_SEC UINT64_C(1000000)

static void clear_views(FeedView *views, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                refresh_status_clear(&views[i].status);
                feed_index_free(views[i].index);
        }
        free(views);
}

void manager_clear_feeds(Manager *m)
{
        clear_views(m->feeds, m->n_feeds);
        feed_set_clear(&m->feed_set);
        m->feeds = NULL;
        m->n_feeds = 0;
}

static int load(const Manager *m, const FeedSet *set, FeedView **ret)
{
        FeedView *views = calloc(set->n + 1, sizeof(FeedView));
        int r = 0;

        if (!views)
                return -ENOMEM;
        for (size_t i = 0; r >= 0 && i < set->n; i++) {
                views[i].feed = set->feeds[i];
                r = refresh_status_load(m->host, set->feeds[i]->name, &views[i].status);
                if (r >= 0)
                        r = refresh_status_load_index(m->host, set->feeds[i]->name, &views[i].status,
                                                      &views[i].index);
                if (r >= 0)
                        r = refresh_memories_recall(&m->unwritten, set->feeds[i]->name, &views[i].status);
                views[i].stale = refresh_status_is_stale(&views[i].status);
        }
        if (r < 0) {
                clear_views(views, set->n);
                return r;
        }
        *ret = views;
        return 0;
}

static char **names_of(const Manager *m)
{
        char **names = NULL;

        for (size_t i = 0; i < m->n_feeds; i++)
                (void) strv_append(&names, m->feeds[i].feed->name);
        return names;
}

static void tell(const Manager *m, char *const *before)
{
        if (!m->events)
                return;
        for (char *const *name = before; name && *name; name++)
                if (!manager_find_feed(m, *name))
                        m->events->feed_removed(*name, m->userdata);
        for (size_t i = 0; i < m->n_feeds; i++) {
                const char *name = m->feeds[i].feed->name;

                if (strv_contains(before, name))
                        m->events->feed_changed(name, m->userdata);
                else
                        m->events->feed_added(name, m->userdata);
        }
}

static int on_expired(sd_event_source *source, uint64_t usec, void *userdata);

/* Waits for the next of them to expire. */
static void await_expiry(Manager *m)
{
        time_t next = 0;
        int r;

        m->expiry_timer = sd_event_source_disable_unref(m->expiry_timer);
        FOREACH_ARRAY (view, m->feeds, m->n_feeds)
                if (!view->stale && view->status.expires != 0 && (next == 0 || view->status.expires < next))
                        next = view->status.expires;
        if (next == 0)
                return;
        r = sd_event_add_time(m->event, &m->expiry_timer, CLOCK_REALTIME, (uint64_t) next * USEC_PER_SEC,
                              USEC_PER_SEC, on_expired, m);
        if (r < 0)
                log_warning("Cannot wait for feeds to expire: %s", strerror(-r));
}

static int on_expired(sd_event_source *source, uint64_t usec, void *userdata)
{
        Manager *m = userdata;

        (void) source;
        (void) usec;
        FOREACH_ARRAY (view, m->feeds, m->n_feeds) {
                if (view->stale || !refresh_status_is_stale(&view->status))
                        continue;
                view->stale = true;
                if (view->feed->policy != FEED_POLICY_OFF)
                        refresh_status_say_stale(view->feed->name);
                if (m->events)
                        m->events->feed_changed(view->feed->name, m->userdata);
        }
        await_expiry(m);
        return 0;
}

int manager_refresh_feeds(Manager *m, Failure *f)
{
        _cleanup_strv_free_ char **before = names_of(m);
        _cleanup_feed_set_ FeedSet set = {};
        FeedView *views;
        int r;

        r = feed_set_read(m->host->conf_dir, &set);
        if (r >= 0)
                r = load(m, &set, &views);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the feeds");
        manager_clear_feeds(m);
        m->feeds = views;
        m->n_feeds = set.n;
        m->feed_set = set;
        set = (FeedSet){};
        await_expiry(m);
        tell(m, before);
        return 0;
}

const FeedView *manager_find_feed(const Manager *m, const char *name)
{
        FOREACH_ARRAY (view, m->feeds, m->n_feeds)
                if (streq(view->feed->name, name))
                        return view;
        return NULL;
}

void feed_view_offers(const FeedView *view, const Host *host, FeedOffer *ret)
{
        char id[REFRESH_HOST_ID_SIZE];

        if (!view->index)
                return;
        refresh_host_id(host, id);
        feed_rollout_offers(view->index,
                            &(FeedHost){ .id = id,
                                         .channel = view->feed->channel,
                                         .now = refresh_status_now(&view->status),
                                         .pins = view->feed->pins },
                            ret);
}

const FeedPatch *manager_find_withdrawal(const Manager *m, const char *root_name, const char *id,
                                         const char *version)
{
        const FeedView *view = root_name ? manager_find_feed(m, root_name) : NULL;
        const FeedPatch *patch = view && view->index ? feed_index_find(view->index, id, version) : NULL;

        return patch && patch->withdrawn != FEED_WITHDRAWAL_NONE ? patch : NULL;
}
