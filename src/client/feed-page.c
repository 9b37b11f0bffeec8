/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-view.h"

#include "cleanup.h"
#include "date.h"
#include "page.h"
#include "pending.h"
#include "table.h"
#include "text.h"

/* Of feeds as a table a row each, and the texts of its cells. */
typedef struct Row {
        char success[sizeof("2026-11-21T12:00Z")];
        char expires[sizeof("2026-11-21")];
        char version[21];
        char pending[21];
        char *state;
        Style style;
} Row;

/* As much of it as wanted; '-' where it was never. */
static void write_date(uint64_t seconds, size_t n, const char *end, size_t size, char *ret)
{
        char date[DATE_TEXT_SIZE];

        if (seconds == 0 || seconds > INT64_MAX || date_format((time_t) seconds, date) < 0)
                snprintf(ret, size, "-");
        else
                snprintf(ret, size, "%.*s%s", (int) n, date, end);
}

static int make_state(const FeedInfo *feed, Row *row)
{
        const char *sentence = strempty(feed->failure.sentence);
        bool failed = strempty(feed->failure.name)[0];

        row->style = feed->stale ? STYLE_BAD : failed || feed->last_success == 0 ? STYLE_WARN : STYLE_GOOD;
        row->state = text_format("%s%s%s",
                                 feed->stale               ? "EXPIRED"
                                 : feed->last_success == 0 ? "never refreshed"
                                 : failed                  ? "failing"
                                                           : "ok",
                                 failed ? ": " : "", failed ? sentence : "");
        if (!row->state)
                return -ENOMEM;
        return 0;
}

static int make_row(const ObjectsInfo *o, const FeedInfo *feed, Row *row)
{
        write_date(feed->last_success, strlen("2026-11-21T12:00"), "Z", sizeof(row->success), row->success);
        write_date(feed->expires, strlen("2026-11-21"), "", sizeof(row->expires), row->expires);
        snprintf(row->version, sizeof(row->version), "%llu", (unsigned long long) feed->versions.feed);
        snprintf(row->pending, sizeof(row->pending), "%zu", pending_count_offered(o, feed));
        return make_state(feed, row);
}

static int add_row(Table *table, const FeedInfo *feed, const Row *row)
{
        const Cell cells[] = {
                { feed->name },
                { feed->policy },
                { row->version },
                { row->success },
                { row->expires },
                { row->pending, row->pending[0] == '0' ? STYLE_PLAIN : STYLE_WARN },
                { row->state, row->style },
        };

        return table_add_row(table, cells);
}

int feed_table_print(const ObjectsInfo *o, const Terminal *out)
{
        static const char *const headers[] = { "NAME",    "POLICY",  "VERSION", "REFRESHED",
                                               "EXPIRES", "PENDING", "STATE" };
        _cleanup_(table_freep) Table *table = table_new(headers, ELEMENTSOF(headers));
        _cleanup_free_ Row *rows = calloc(o->n_feeds + 1, sizeof(*rows));
        int r = table && rows ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < o->n_feeds; i++) {
                r = make_row(o, &o->feeds[i], &rows[i]);
                if (r >= 0)
                        r = add_row(table, &o->feeds[i], &rows[i]);
        }
        if (r >= 0)
                table_print(table, out, 0);
        for (size_t i = 0; rows && i < o->n_feeds; i++)
                free(rows[i].state);
        return r;
}

static int print_date(const Terminal *out, const char *label, uint64_t seconds, const char *never)
{
        char date[DATE_TEXT_SIZE];
        bool known = seconds > 0 && seconds <= INT64_MAX && date_format((time_t) seconds, date) >= 0;

        if (!known && !never)
                return 0;
        page_line(out, label, STYLE_PLAIN, known ? date : never);
        return 0;
}

static int print_failure(const FeedInfo *feed, const Terminal *out)
{
        int r;

        if (!strempty(feed->failure.name)[0])
                return 0;
        r = page_linef(out, "Error", STYLE_BAD, "%s (%s)", strempty(feed->failure.sentence),
                       feed->failure.name);
        if (r >= 0 && feed->failures > 1)
                r = page_linef(out, NULL, STYLE_PLAIN, "%u refreshes failed in a row", feed->failures);
        return r < 0 ? r : print_date(out, "Next try", feed->retry_at, NULL);
}

/* What has become of a patch of the feed's on this host. */
static const char *state_here(const ObjectsInfo *o, const char *reference)
{
        FOREACH_ARRAY (p, o->patches, o->n_patches)
                if (streq(p->reference, reference))
                        return strempty(p->state);
        return "";
}

static int print_patches(const ObjectsInfo *o, const FeedInfo *feed, const Terminal *out)
{
        static const char *const headers[] = { "PATCH", "OFFER", "SEVERITY", "HERE", "REASON" };
        _cleanup_(table_freep) Table *table = table_new(headers, ELEMENTSOF(headers));

        if (!table)
                return -ENOMEM;
        FOREACH_ARRAY (p, feed->patches.items, feed->patches.n) {
                bool pending = pending_is_offered(o, feed, p);
                const Cell cells[] = {
                        { p->patch, pending ? STYLE_BOLD : STYLE_PLAIN },
                        { p->offer },
                        { p->severity },
                        { state_here(o, strempty(p->patch)) },
                        { p->reason },
                };

                if (table_add_row(table, cells) < 0)
                        return -ENOMEM;
        }
        fputc('\n', out->file);
        table_print(table, out, 2);
        return 0;
}

int feed_page_print(const ObjectsInfo *o, const FeedInfo *feed, const Terminal *out)
{
        const FeedVersions *v = &feed->versions;
        int r;

        page_line(out, "Feed", STYLE_BOLD, strempty(feed->name));
        for (char **url = feed->urls; url && *url; url++)
                page_line(out, url == feed->urls ? "Addresses" : NULL, STYLE_PLAIN, *url);
        page_line(out, "Policy", STYLE_PLAIN, strempty(feed->policy));
        page_line(out, "Channel", STYLE_PLAIN, strempty(feed->channel));
        r = page_linef(out, "Version", STYLE_PLAIN, "%llu, timestamp %llu, root %llu",
                       (unsigned long long) v->feed, (unsigned long long) v->timestamp,
                       (unsigned long long) v->root);
        if (r >= 0)
                r = print_date(out, "Last try", feed->last_attempt, "never");
        if (r >= 0)
                r = print_date(out, "Refreshed", feed->last_success, "never");
        if (r >= 0)
                r = print_date(out, feed->stale ? "EXPIRED" : "Expires", feed->expires, NULL);
        if (r >= 0)
                r = print_failure(feed, out);
        if (r >= 0)
                r = page_linef(out, "Pending", STYLE_PLAIN, "%zu of %zu for this kernel",
                               pending_count_offered(o, feed), feed->patches.n);
        return r < 0 || feed->patches.n == 0 ? r : print_patches(o, feed, out);
}
