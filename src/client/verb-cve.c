/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "cleanup.h"
#include "client.h"
#include "cve-view.h"
#include "json-read.h"
#include "page.h"
#include "source-date.h"
#include "vex.h"

typedef struct Answers {
        char **ids;    /* strv */
        CveInfo *cves; /* one for each of them, once it is asked for */
        size_t n;
} Answers;

static void answers_clear(Answers *a)
{
        FOREACH_ARRAY (cve, a->cves, a->n)
                cve_info_clear(cve);
        free(a->cves);
        strv_free(a->ids);
}

static int add_ids(char ***ids, char *const *more)
{
        for (; more && *more; more++) {
                _cleanup_free_ char *id = cve_id_normalize(*more);

                if (!id || (!strv_contains(*ids, id) && strv_append(ids, id) < 0))
                        return -ENOMEM;
        }
        return 0;
}

static int ask(const Client *c, Bus *bus, Answers *a, Failure *f)
{
        _cleanup_objects_info_ ObjectsInfo objects = {};
        int r;

        r = bus_fetch_objects(bus, &objects, f);
        if (r < 0)
                return r;
        if (c->options.n_args == 0)
                r = bus_list_cves(bus, &a->ids, f);
        else if (add_ids(&a->ids, c->options.args) < 0)
                r = -ENOMEM;
        a->cves = r < 0 ? NULL : calloc(strv_length(a->ids) + 1, sizeof(*a->cves));
        if (r == -ENOMEM || (r >= 0 && !a->cves))
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        for (char **id = a->ids; r >= 0 && id && *id; id++) {
                r = bus_check_cve(bus, *id, &a->cves[a->n], f);
                a->n += r >= 0;
                if (r >= 0 && cve_info_complete(&a->cves[a->n - 1], &objects) < 0)
                        r = failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        }
        return r;
}

/* The scanner reads the answers, and the exit status only says that there are some. */
static int write_vex(const Client *c, Bus *bus, const Answers *a, Failure *f)
{
        _cleanup_(json_object_putp) struct json_object *document = NULL;
        _cleanup_manager_info_ ManagerInfo manager = {};
        time_t now;
        int r;

        /* OpenVEX has no documents without a statement. */
        if (a->n == 0)
                return failure_set(
                                f, FAILURE_FAILED,
                                "No patch for this kernel names a vulnerability, so there is nothing to write: "
                                "name those that it is to be about.");
        r = source_date_now(&now, f);
        if (r >= 0)
                r = bus_fetch_manager(bus, &manager, f);
        if (r >= 0)
                r = vex_make(&manager.kernel, c->options.products, c->options.n_products, a->ids, a->cves,
                             now, &document, f);
        if (r >= 0 && json_write(c->out.file, document, true) < 0)
                r = failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        return r;
}

/* Names of vulnerabilities differ in length: the sentences stand behind the longest. */
static size_t column_of(const Answers *a)
{
        size_t column = PAGE_INDENT;

        for (size_t i = 0; i < a->n; i++) {
                size_t needed = strlen(a->ids[i]) + 2;

                if (needed > column)
                        column = needed;
        }
        return column;
}

static int print(const Client *c, const Answers *a, size_t i)
{
        _cleanup_free_ char *sentence = cve_sentence(&a->cves[i]);

        if (!sentence)
                return -ENOMEM;
        page_entry(&c->out, a->ids[i], column_of(a), cve_style(&a->cves[i]), sentence);
        return 0;
}

/* One that can be closed tells more than one that nobody knows. */
static int status_of(const Answers *a)
{
        int status = 0;

        FOREACH_ARRAY (cve, a->cves, a->n)
                if (streq(cve->state, "available") || streq(cve->state, "applying") ||
                    streq(cve->state, "partial"))
                        return CVE_STATUS_OPEN;
                else if (!streq(cve->state, "closed"))
                        status = CVE_STATUS_UNKNOWN;
        return status;
}

static int answer(const Client *c, const Answers *a, Failure *f)
{
        int r = c->reply ? json_begin_cves(c->reply, f) : 0;

        for (size_t i = 0; r >= 0 && i < a->n; i++)
                if (c->reply)
                        r = json_append_cve(c->reply, a->ids[i], &a->cves[i], f);
                else if (!c->options.quiet && print(c, a, i) < 0)
                        r = failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        if (r >= 0 && a->n == 0 && !c->reply && !c->options.quiet)
                fputs("No patch for this kernel names a vulnerability.\n", c->out.file);
        return r;
}

int verb_cve(const Client *c, Failure *f)
{
        _cleanup_(answers_clear) Answers a = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r;

        if (c->options.vex && c->reply)
                return failure_set(f, FAILURE_USAGE, "'--vex' is JSON of its own, and takes no '--json'.");
        if (c->options.n_products > 0 && !c->options.vex)
                return failure_set(f, FAILURE_USAGE, "'--product' is of '--vex', which is not given.");
        r = bus_open(READ_LIMIT, &bus, f);
        if (r >= 0)
                r = ask(c, bus, &a, f);
        if (r >= 0 && c->options.vex)
                return write_vex(c, bus, &a, f);
        if (r >= 0)
                r = answer(c, &a, f);
        return r < 0 ? r : status_of(&a);
}
