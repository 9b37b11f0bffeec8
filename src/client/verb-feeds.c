/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "cleanup.h"
#include "client.h"
#include "display.h"
#include "feed-view.h"
#include "json-build.h"
#include "suggest.h"

static int find_feed(const ObjectsInfo *o, const char *name, const FeedInfo **ret, Failure *f)
{
        FOREACH_ARRAY (feed, o->feeds, o->n_feeds)
                if (streq(strempty(feed->name), name)) {
                        *ret = feed;
                        return 0;
                }
        return suggest_feed(o, name, f);
}

static void print_names(const ObjectsInfo *o, FILE *out)
{
        FOREACH_ARRAY (feed, o->feeds, o->n_feeds) {
                display_write(out, strempty(feed->name), SIZE_MAX);
                fputc('\n', out);
        }
}

static int show_all(const Client *c, const ObjectsInfo *o, Failure *f)
{
        if (c->reply)
                return json_add_feeds(c->reply, o, f);
        if (c->options.quiet)
                print_names(o, c->out.file);
        else if (o->n_feeds == 0)
                fputs("No feed is set up: kpatchd.conf(5) tells of /etc/kpatchd/feeds.d/NAME.conf.\n",
                      c->out.file);
        else if (feed_table_print(o, &c->out) < 0)
                return json_no_memory(f);
        return 0;
}

static int show_one(const Client *c, const ObjectsInfo *o, const char *name, bool first, Failure *f)
{
        const FeedInfo *feed = NULL;
        int r;

        r = find_feed(o, name, &feed, f);
        if (r < 0)
                return r;
        if (c->reply)
                return json_append_feed(c->reply, o, feed, f);
        if (c->options.quiet)
                return 0;
        if (!first)
                fputc('\n', c->out.file);
        return feed_page_print(o, feed, &c->out) < 0 ? json_no_memory(f) : 0;
}

int verb_feeds(const Client *c, Failure *f)
{
        _cleanup_objects_info_ ObjectsInfo objects = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r;

        r = bus_open(READ_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_objects(bus, &objects, f);
        if (r >= 0 && c->options.n_args == 0)
                return show_all(c, &objects, f);
        for (char **name = c->options.args; r >= 0 && *name; name++)
                r = show_one(c, &objects, *name, name == c->options.args, f);
        return r;
}
