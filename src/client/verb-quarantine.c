/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "client.h"
#include "display.h"
#include "job.h"
#include "suggest.h"

static void print_quarantine(const ManagerInfo *m, const Terminal *out)
{
        if (m->apply_disabled && m->apply_disabled_reason) {
                static const char head[] = "No patch is applied at boot: ";

                fputs(head, out->file);
                display_write_wrapped(out, m->apply_disabled_reason, strlen(head));
                fputc('\n', out->file);
        }
        FOREACH_ARRAY (q, m->quarantine.items, m->quarantine.n) {
                size_t indent = strlen(" since : ");

                indent += display_write(out->file, q->patch, SIZE_MAX);
                fputs(" since ", out->file);
                indent += display_write(out->file, q->since, SIZE_MAX);
                fputs(": ", out->file);
                display_write_wrapped(out, q->why, indent);
                fputc('\n', out->file);
        }
        if (m->quarantine.n == 0)
                fputs("No patch is quarantined.\n", out->file);
}

static void print_references(const QuarantineList *quarantine, FILE *out)
{
        FOREACH_ARRAY (q, quarantine->items, quarantine->n) {
                display_write(out, q->patch, SIZE_MAX);
                fputc('\n', out);
        }
}

static int show(const Client *c, Failure *f)
{
        _cleanup_manager_info_ ManagerInfo manager = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r;

        r = bus_open(READ_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_manager(bus, &manager, f);
        if (r < 0)
                return r;
        if (c->reply)
                return json_add_quarantine(c->reply, &manager.quarantine, f);
        if (c->options.quiet)
                print_references(&manager.quarantine, c->out.file);
        else
                print_quarantine(&manager, &c->out);
        return 0;
}

static int clear(const Client *c, char *const *patches, Failure *f)
{
        _cleanup_job_session_ JobSession s = {};
        JobRequest request = { .method = "ClearQuarantine", .patch = "" };
        int r;

        r = job_session_open(c, &s, f);
        if (r >= 0 && c->options.all)
                return job_run(&s, "quarantine", request, NULL, f);
        for (; r == 0 && *patches; patches++) {
                request.patch = *patches;
                r = job_run(&s, "quarantine", request, NULL, f);
                if (r < 0 && f->kind == FAILURE_NO_SUCH_PATCH)
                        suggest_quarantined_from_bus(s.bus, *patches, f);
        }
        return r;
}

int verb_quarantine(const Client *c, Failure *f)
{
        char *const *args = c->options.args;

        if (c->options.n_args == 0 && !c->options.all)
                return show(c, f);
        if (c->options.n_args == 0 || !streq(args[0], "clear"))
                return failure_set(
                                f, FAILURE_USAGE,
                                "It is 'kpatchctl quarantine', or 'kpatchctl quarantine clear PATCH...'.");
        if (c->options.all != (c->options.n_args == 1))
                return failure_set(f, FAILURE_USAGE, "'quarantine clear' takes either patches or '--all'.");
        return clear(c, args + 1, f);
}
