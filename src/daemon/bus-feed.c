/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* org.kpatchd1.Feed */

#include "bus-interfaces.h"
#include "bus-util.h"
#include "cleanup.h"
#include "manager-feeds.h"
#include "names.h"
#include "strv.h"
#include "text.h"

static const FeedView *find_by_path(const Bus *b, const char *path)
{
        _cleanup_free_ char *name = NULL;

        return sd_bus_path_decode(path, BUS_PATH_FEED, &name) > 0 ? manager_find_feed(b->manager, name)
                                                                  : NULL;
}

static int find_object(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret,
                       sd_bus_error *e)
{
        if (!find_by_path(userdata, path))
                return 0;
        *ret = userdata;
        return 1;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *e)
{
        _cleanup_strv_free_ char **nodes = NULL;
        const Bus *b = userdata;

        FOREACH_ARRAY (view, b->manager->feeds, b->manager->n_feeds) {
                _cleanup_free_ char *path = NULL;
                int r;

                r = bus_feed_path(view->feed->name, &path);
                if (r >= 0)
                        r = strv_append(&nodes, path);
                if (r < 0)
                        return r;
        }
        *ret_nodes = TAKE_PTR(nodes);
        return 0;
}

static int read_name(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", view->feed->name);
}

static int read_urls(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        return sd_bus_message_append_strv(reply, view->feed->urls);
}

static int read_policy(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", feed_policy_to_string(view->feed->policy));
}

static int read_channel(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", view->feed->channel ? view->feed->channel : FEED_CHANNEL);
}

static int read_versions(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "(ttt)", view->status.feed_version,
                                     view->status.timestamp_version, view->status.root_version);
}

static int read_attempted(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "t", (uint64_t) view->status.attempted);
}

static int read_succeeded(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "t", (uint64_t) view->status.succeeded);
}

static int read_expires(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "t", (uint64_t) view->status.expires);
}

static int read_stale(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "b", refresh_status_is_stale(&view->status));
}

static int read_error(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "(ss)", strempty(view->status.error),
                                     strempty(view->status.message));
}

static int read_failures(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "u", (uint32_t) view->status.failures);
}

static int read_retry(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "t", (uint64_t) view->status.retry_at);
}

static int append_patch(sd_bus_message *reply, const FeedPatch *patch, FeedOffer offer)
{
        static const char *const words[] = {
                [FEED_OFFER_YES] = "offered",
                [FEED_OFFER_WITHDRAWN] = "withdrawn",
                [FEED_OFFER_OTHER_CHANNEL] = "other-channel",
                [FEED_OFFER_PINNED] = "pinned",
                [FEED_OFFER_TOO_EARLY] = "too-early",
                [FEED_OFFER_LATER] = "later",
                [FEED_OFFER_SUPERSEDED] = "superseded",
        };
        _cleanup_free_ char *ref = NULL;

        ref = text_format("%s=%s", patch->id, patch->version);
        if (!ref)
                return -ENOMEM;
        return sd_bus_message_append(reply, "(ssss)", ref, words[offer], strempty(patch->severity),
                                     strempty(patch->reason));
}

static int read_patches(const Bus *b, const FeedView *view, sd_bus_message *reply)
{
        FeedOffer offers[FEED_PATCHES_MAX];
        int r;

        feed_view_offers(view, b->manager->host, offers);
        r = sd_bus_message_open_container(reply, 'a', "(ssss)");
        for (size_t i = 0; r >= 0 && view->index && i < view->index->n_patches; i++)
                r = append_patch(reply, &view->index->patches[i], offers[i]);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* One function of sd-bus' shape for each. */
#define GETTER(name)                                                                                      \
        static int get_##name(sd_bus *bus, const char *path, const char *interface, const char *property, \
                              sd_bus_message *reply, void *userdata, sd_bus_error *e)                     \
        {                                                                                                 \
                const FeedView *view = find_by_path(userdata, path);                                      \
                                                                                                          \
                return view ? read_##name(userdata, view, reply) : -ENOENT;                               \
        }

GETTER(name)
GETTER(urls)
GETTER(policy)
GETTER(channel)
GETTER(versions)
GETTER(attempted)
GETTER(succeeded)
GETTER(expires)
GETTER(stale)
GETTER(error)
GETTER(failures)
GETTER(retry)
GETTER(patches)

#define CONST SD_BUS_VTABLE_PROPERTY_CONST
#define EMITS SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Name", "s", get_name, 0, CONST),
        SD_BUS_PROPERTY("Urls", "as", get_urls, 0, EMITS),
        SD_BUS_PROPERTY("Policy", "s", get_policy, 0, EMITS),
        SD_BUS_PROPERTY("Channel", "s", get_channel, 0, EMITS),
        SD_BUS_PROPERTY("Versions", "(ttt)", get_versions, 0, EMITS),
        SD_BUS_PROPERTY("LastAttempt", "t", get_attempted, 0, EMITS),
        SD_BUS_PROPERTY("LastSuccess", "t", get_succeeded, 0, EMITS),
        SD_BUS_PROPERTY("Expires", "t", get_expires, 0, EMITS),
        SD_BUS_PROPERTY("FeedStale", "b", get_stale, 0, EMITS),
        SD_BUS_PROPERTY("Error", "(ss)", get_error, 0, EMITS),
        SD_BUS_PROPERTY("Failures", "u", get_failures, 0, EMITS),
        SD_BUS_PROPERTY("RetryAt", "t", get_retry, 0, EMITS),
        SD_BUS_PROPERTY("Patches", "a(ssss)", get_patches, 0, EMITS),
        SD_BUS_VTABLE_END,
};
/* clang-format on */

int bus_feed_add(Bus *b)
{
        int r;

        r = sd_bus_add_fallback_vtable(b->bus, NULL, BUS_PATH_FEED, BUS_IFACE_FEED, vtable, find_object, b);
        return r < 0 ? r : sd_bus_add_node_enumerator(b->bus, NULL, BUS_PATH_FEED, enumerate, b);
}

static int emit(Bus *b, const char *name,
                int (*how)(sd_bus *bus, const char *path, const char *interface, ...))
{
        _cleanup_free_ char *path = NULL;
        int r = bus_feed_path(name, &path);

        return r < 0 ? r : how(b->bus, path, BUS_IFACE_FEED, NULL);
}

int bus_feed_emit_added(Bus *b, const char *name)
{
        return emit(b, name, sd_bus_emit_interfaces_added);
}

int bus_feed_emit_removed(Bus *b, const char *name)
{
        return emit(b, name, sd_bus_emit_interfaces_removed);
}

int bus_feed_emit_changed(Bus *b, const char *name)
{
        _cleanup_free_ char *path = NULL;
        int r = bus_feed_path(name, &path);

        return r < 0 ? r
                     : sd_bus_emit_properties_changed(b->bus, path, BUS_IFACE_FEED, "Urls", "Policy",
                                                      "Channel", "Versions", "LastAttempt", "LastSuccess",
                                                      "Expires", "FeedStale", "Error", "Failures", "RetryAt",
                                                      "Patches", NULL);
}
