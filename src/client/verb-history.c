/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "cleanup.h"
#include "client.h"
#include "date.h"
#include "display.h"
#include "patch-ref.h"
#include "suggest.h"
#include "text.h"

#define USEC_PER_SEC 1e6

static bool is_of(const EventInfo *e, const char *patch)
{
        size_t n = strlen(patch);

        return strncmp(e->patch, patch, n) == 0 && (e->patch[n] == 0 || e->patch[n] == '=');
}

/* Whether it is of one of the patches that were named, or none was. */
static bool is_wanted(const Client *c, const EventInfo *e)
{
        if (c->options.n_args == 0)
                return true;
        for (char **patch = c->options.args; *patch; patch++)
                if (is_of(e, *patch))
                        return true;
        return false;
}

static char *who_text(const EventInfo *e)
{
        return e->uid == UINT32_MAX ? text_format("%s", e->comm)
                                    : text_format("uid %u%s%s", e->uid, e->comm[0] ? ", " : "", e->comm);
}

/* What was done, and below it by whom. */
static int print(const EventInfo *e, const Terminal *out)
{
        _cleanup_free_ char *who = who_text(e);
        char when[DATE_TEXT_SIZE];

        if (!who)
                return -ENOMEM;
        if (date_format((time_t) e->time, when) < 0)
                snprintf(when, sizeof(when), "-");
        fprintf(out->file, "%s  ", when);
        terminal_style_begin(out, streq(e->result, "done") ? STYLE_PLAIN : STYLE_BAD);
        display_write_wrapped(out, e->message, strlen(when) + 2);
        terminal_style_end(out, streq(e->result, "done") ? STYLE_PLAIN : STYLE_BAD);
        fprintf(out->file, "\n%*s", (int) strlen(when) + 2, "");
        display_write(out->file, e->kind, SIZE_MAX);
        fputs(who[0] ? " by " : "", out->file);
        display_write(out->file, who, SIZE_MAX);
        fprintf(out->file, ", %.3f s\n", (double) e->duration / USEC_PER_SEC);
        return 0;
}

static bool is_in(const EventList *list, const char *patch)
{
        FOREACH_ARRAY (e, list->items, list->n)
                if (is_of(e, patch))
                        return true;
        return false;
}

/* A patch that nothing has happened to may be stored all the same; else its name is wrong. */
static int check_names(const Client *c, Bus *bus, const EventList *list, Failure *f)
{
        _cleanup_objects_info_ ObjectsInfo objects = {};
        bool asked = false;
        int r = 0;

        for (char **patch = c->options.args; r >= 0 && *patch; patch++) {
                if (is_in(list, *patch))
                        continue;
                r = asked ? 0 : bus_fetch_objects(bus, &objects, f);
                asked = true;
                if (r >= 0)
                        r = suggest_past(&objects, list, *patch, f);
        }
        return r;
}

static int show(const Client *c, const EventList *list, bool all_known, Failure *f)
{
        int r = c->reply ? json_begin_history(c->reply, f) : 0;
        size_t n = 0;

        for (size_t i = 0; r >= 0 && i < list->n; i++) {
                const EventInfo *e = &list->items[i];

                if (!is_wanted(c, e) || (c->options.has_limit && n >= c->options.limit))
                        continue;
                n++;
                if (c->reply)
                        r = json_append_event(c->reply, e, f);
                else if (!c->options.quiet && print(e, &c->out) < 0)
                        r = failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        }
        if (r >= 0 && n == 0 && all_known && !c->reply && !c->options.quiet)
                fputs("Nothing is known to have happened.\n", c->out.file);
        return r;
}

int verb_history(const Client *c, Failure *f)
{
        _cleanup_event_list_ EventList list = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r = 0, known;

        for (char **patch = c->options.args; r >= 0 && *patch; patch++) {
                _cleanup_free_ char *id = NULL, *version = NULL;

                r = patch_ref_parse(*patch, &id, &version, f);
        }
        if (r >= 0)
                r = bus_open(READ_LIMIT, &bus, f);
        /* Of some patches only: the limit counts these. */
        if (r >= 0)
                r = bus_fetch_history(bus, c->options.n_args == 0 ? c->options.limit : 0, &list, f);
        if (r < 0)
                return r;
        known = check_names(c, bus, &list, f);
        r = show(c, &list, known >= 0, known >= 0 ? f : NULL);
        return known < 0 ? known : r;
}
