/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "client.h"
#include "page.h"

static const struct {
        const char *result;
        Style style;
} styles[] = {
        { "ok", STYLE_GOOD },
        { "warning", STYLE_WARN },
        { "error", STYLE_BAD },
};

static Style style_of(const char *result)
{
        FOREACH_ARRAY (row, styles, ELEMENTSOF(styles))
                if (streq(row->result, result))
                        return row->style;
        return STYLE_WARN;
}

static int print(const Client *c, const DiagnosisList *list)
{
        FOREACH_ARRAY (d, list->items, list->n) {
                bool is_ok = streq(d->result, "ok");
                int r = 0;

                if (is_ok && c->options.quiet)
                        continue;
                page_line(&c->out, d->result, style_of(d->result), d->sentence);
                if (d->remedy[0])
                        r = page_linef(&c->out, NULL, STYLE_PLAIN, "%s", d->remedy);
                if (r < 0)
                        return r;
        }
        return 0;
}

int verb_doctor(const Client *c, Failure *f)
{
        _cleanup_diagnosis_list_ DiagnosisList list = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        bool failed = false;
        int r;

        r = bus_open(READ_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_diagnoses(bus, &list, f);
        if (r < 0)
                return r;
        if (c->reply)
                r = json_add_diagnoses(c->reply, &list, f);
        else if (print(c, &list) < 0)
                r = failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        FOREACH_ARRAY (d, list.items, list.n)
                failed = failed || streq(d->result, "error");
        return r < 0 ? r : failed;
}
