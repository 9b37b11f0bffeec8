/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "boot-view.h"

#include "cleanup.h"
#include "json-build.h"
#include "page.h"

#include <time.h>

static uint64_t seconds(clockid_t clock)
{
        struct timespec t = {};

        clock_gettime(clock, &t);
        return (uint64_t) t.tv_sec;
}

/* In seconds since 1970, by the clock as it is now. */
static uint64_t find_boot(void)
{
        uint64_t now = seconds(CLOCK_REALTIME), up = seconds(CLOCK_BOOTTIME);

        return now > up ? now - up : 0;
}

static int add_failed(EventList *list, const EventInfo *e)
{
        EventInfo *items = reallocarray(list->items, list->n + 1, sizeof(*items)), *item;

        if (!items)
                return -ENOMEM;
        list->items = items;
        item = &items[list->n++];
        *item = (EventInfo){
                .time = e->time,
                .patch = strdup(strempty(e->patch)),
                .result = strdup(strempty(e->result)),
                .message = strdup(strempty(e->message)),
        };
        return item->patch && item->result && item->message ? 0 : -ENOMEM;
}

static bool is_counted(const BootInfo *boot, const char *patch)
{
        FOREACH_ARRAY (e, boot->failed.items, boot->failed.n)
                if (streq(e->patch, patch))
                        return true;
        return strv_contains(boot->back, patch);
}

int boot_info_make(const EventList *history, BootInfo *ret)
{
        uint64_t booted = find_boot();
        BootInfo boot = {};

        FOREACH_ARRAY (e, history->items, history->n) {
                int r;

                if (!streq(strempty(e->kind), "reapply") || e->time < booted ||
                    is_counted(&boot, strempty(e->patch)))
                        continue;
                r = streq(strempty(e->result), "done") ? strv_append(&boot.back, e->patch)
                                                       : add_failed(&boot.failed, e);
                if (r < 0) {
                        boot_info_clear(&boot);
                        return -ENOMEM;
                }
        }
        *ret = boot;
        return 0;
}

void boot_info_clear(BootInfo *boot)
{
        strv_free(boot->back);
        event_list_clear(&boot->failed);
        *boot = (BootInfo){};
}

/* What is printed first gets the label. */
static const char *label_once(bool *labelled)
{
        const char *label = *labelled ? NULL : "Boot";

        *labelled = true;
        return label;
}

int boot_view_print(const ManagerInfo *m, const BootInfo *boot, const Terminal *out)
{
        bool labelled = false;
        size_t n = boot ? strv_length(boot->back) : 0;
        int r = 0;

        if (m->apply_disabled)
                r = page_linef(out, label_once(&labelled), STYLE_WARN, "nothing is applied: %s",
                               strna(m->apply_disabled_reason));
        if (r >= 0 && !boot)
                page_line(out, label_once(&labelled), STYLE_BAD,
                          "not known: kpatchd did not say in time what came back");
        if (r >= 0 && n > 0)
                r = page_linef(out, label_once(&labelled), STYLE_GOOD, "%zu %s", n,
                               n == 1 ? "patch came back" : "patches came back");
        for (size_t i = 0; r >= 0 && boot && i < boot->failed.n; i++)
                r = page_linef(out, label_once(&labelled), STYLE_BAD, "%s did not come back: %s",
                               boot->failed.items[i].patch, boot->failed.items[i].message);
        if (r >= 0 && m->quarantine.n > 0)
                r = page_linef(out, label_once(&labelled), STYLE_BAD, "%zu quarantined", m->quarantine.n);
        return r;
}

int boot_view_reply(const BootInfo *boot, json_object *reply, Failure *f)
{
        json_object *object, *failed;

        if (!boot)
                return json_add_text(reply, "boot", NULL) < 0 ? json_no_memory(f) : 0;
        object = json_add_object(reply, "boot");
        failed = json_add_array(object, "failed");
        if (!failed || json_append_texts(json_add_array(object, "back"), boot->back) < 0)
                return json_no_memory(f);
        FOREACH_ARRAY (e, boot->failed.items, boot->failed.n) {
                json_object *item = json_append_object(failed);

                if (!item || json_add_text(item, "patch", e->patch) < 0 ||
                    json_add_text(item, "error", e->result) < 0 ||
                    json_add_text(item, "message", e->message) < 0)
                        return json_no_memory(f);
        }
        return 0;
}
