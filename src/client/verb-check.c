/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "cleanup.h"
#include "client.h"
#include "display.h"
#include "json-build.h"
#include "verdict.h"

#include <time.h>

static void print(const VerdictList *list, FILE *out)
{
        Verdict verdict = list->items[0].verdict;

        fprintf(out, "%s: ", verdict_to_string(verdict));
        for (size_t i = 0; i < list->n && list->items[i].verdict == verdict; i++) {
                fputs(i > 0 ? "; " : "", out);
                display_write(out, list->items[i].sentence, SIZE_MAX);
        }
        fputc('\n', out);
}

static int reply(const VerdictList *list, json_object *reply, Failure *f)
{
        json_object *check = json_add_object(reply, "check"), *reasons;

        reasons = json_add_array(check, "reasons");
        if (!reasons || json_add_text(check, "verdict", verdict_to_string(list->items[0].verdict)) < 0 ||
            json_add_uint(check, "status", list->items[0].verdict) < 0)
                return json_no_memory(f);
        FOREACH_ARRAY (item, list->items, list->n) {
                json_object *reason = json_append_object(reasons);

                if (!reason || json_add_text(reason, "verdict", verdict_to_string(item->verdict)) < 0 ||
                    json_add_text(reason, "message", item->sentence) < 0)
                        return json_no_memory(f);
        }
        return 0;
}

int verb_check(const Client *c, Failure *f)
{
        _cleanup_verdict_list_ VerdictList list = {};
        _cleanup_manager_info_ ManagerInfo manager = {};
        _cleanup_objects_info_ ObjectsInfo objects = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r;

        r = bus_open_within(STATUS_LIMIT, STATUS_START_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_manager(bus, &manager, f);
        if (r >= 0)
                r = bus_fetch_objects(bus, &objects, f);
        if (r < 0)
                return r;
        if (verdict_make(&manager, &objects, (uint64_t) time(NULL), &list) < 0)
                return json_no_memory(f);
        if (c->reply)
                r = reply(&list, c->reply, f);
        else if (!c->options.quiet)
                print(&list, c->out.file);
        return r < 0 ? r : (int) list.items[0].verdict;
}
