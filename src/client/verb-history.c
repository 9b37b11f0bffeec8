/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "cleanup.h"
#include "client.h"
#include "date.h"
#include "display.h"
#include "patch-ref.h"
#include "text.h"

#define USEC_PER_SEC 1e6

/* Whether it is of one of the patches that were named, or none was. */
static bool is_wanted(const Client *c, const EventInfo *e)
{
        if (c->options.n_args == 0)
                return true;
        for (char **patch = c->options.args; *patch; patch++) {
                size_t n = strlen(*patch);

                if (strncmp(e->patch, *patch, n) == 0 && (e->patch[n] == 0 || e->patch[n] == '='))
                        return true;
        }
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

static int show(const Client *c, const EventList *list, Failure *f)
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
        if (r >= 0 && n == 0 && !c->reply && !c->options.quiet)
                fputs("Nothing is known to have happened.\n", c->out.file);
        return r;
}

int verb_history(const Client *c, Failure *f)
{
        _cleanup_event_list_ EventList list = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r = 0;

        for (char **patch = c->options.args; r >= 0 && *patch; patch++) {
                _cleanup_free_ char *id = NULL, *version = NULL;

                r = patch_ref_parse(*patch, &id, &version, f);
        }
        if (r >= 0)
                r = bus_open(READ_LIMIT, &bus, f);
        /* Of some patches only: the limit counts these. */
        if (r >= 0)
                r = bus_fetch_history(bus, c->options.n_args == 0 ? c->options.limit : 0, &list, f);
        return r < 0 ? r : show(c, &list, f);
}
