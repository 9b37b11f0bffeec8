/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "cleanup.h"
#include "client.h"
#include "page.h"
#include "text-list.h"

static const struct {
        const char *state;
        const char *sentence; /* %s are the patches */
        Style style;
} answers[] = {
        { "closed", "closed by %s", STYLE_GOOD },
        { "applying", "being closed by %s", STYLE_WARN },
        { "available", "open; %s is stored and would close it", STYLE_BAD },
        { "unknown", "no patch here%s says that it closes it", STYLE_WARN },
};

static int print(const Client *c, const char *id, const CveInfo *cve)
{
        _cleanup_free_ char *patches = text_list_join(cve->patches);

        if (!patches)
                return -ENOMEM;
        FOREACH_ARRAY (row, answers, ELEMENTSOF(answers)) {
                _cleanup_free_ char *text = NULL;
                const char *mark = strstr(row->sentence, "%s");

                if (!streq(row->state, cve->state))
                        continue;
                if (asprintf(&text, "%.*s%s%s", (int) (mark - row->sentence), row->sentence, patches,
                             mark + 2) < 0) {
                        text = NULL;
                        return -ENOMEM;
                }
                return page_linef(&c->out, id, row->style, " %s", text);
        }
        return page_linef(&c->out, id, STYLE_WARN, " %s", cve->state);
}

int verb_cve(const Client *c, Failure *f)
{
        _cleanup_(bus_freep) Bus *bus = NULL;
        bool all_closed = true;
        int r;

        r = bus_open(READ_LIMIT, &bus, f);
        for (char **id = c->options.args; r >= 0 && *id; id++) {
                _cleanup_cve_info_ CveInfo cve = {};

                r = bus_check_cve(bus, *id, &cve, f);
                if (r < 0)
                        break;
                all_closed = all_closed && streq(cve.state, "closed");
                if (c->reply)
                        r = json_append_cve(c->reply, *id, &cve, f);
                else if (!c->options.quiet && print(c, *id, &cve) < 0)
                        r = failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        }
        return r < 0 ? r : !all_closed;
}
