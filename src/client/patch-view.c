/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "patch-view.h"

#include "date.h"
#include "names.h"
#include "page.h"
#include "straggler-view.h"
#include "table.h"
#include "text.h"

Style patch_state_style(const PatchInfo *p)
{
        static const struct {
                PatchState state;
                Style style;
        } table[] = {
                { PATCH_STATE_APPLIED, STYLE_GOOD },
                { PATCH_STATE_APPLYING, STYLE_WARN },
                { PATCH_STATE_REVERTING, STYLE_WARN },
                { PATCH_STATE_FAILED, STYLE_BAD },
        };

        FOREACH_ARRAY (row, table, ELEMENTSOF(table))
                if (patch_has_state(p, row->state))
                        return row->style;
        return STYLE_PLAIN;
}

/* With the marks that keep it as it is, as one word. */
static char *make_state(const PatchInfo *p)
{
        return text_format("%s%s%s", strempty(p->state), p->held ? ",held" : "",
                           strempty(p->quarantined)[0] ? ",quarantined" : "");
}

static Style row_style(const PatchInfo *p)
{
        return strempty(p->quarantined)[0] ? STYLE_BAD : patch_state_style(p);
}

int patch_table_print(const ObjectsInfo *o, const Terminal *out, size_t indent)
{
        static const char *const headers[] = { "ID", "VERSION", "STATE", "BOOT", "TITLE" };
        _cleanup_(table_freep) Table *table = table_new(headers, ELEMENTSOF(headers));
        _cleanup_strv_free_ char **states = calloc(o->n_patches + 1, sizeof(char *));

        if (!table || !states)
                return -ENOMEM;
        for (size_t i = 0; i < o->n_patches; i++) {
                const PatchInfo *p = &o->patches[i];
                const Cell cells[] = {
                        { p->id },
                        { p->version },
                        { states[i] = make_state(p), row_style(p) },
                        { p->persistent ? "yes" : "no" },
                        { p->title },
                };

                if (!states[i] || table_add_row(table, cells) < 0)
                        return -ENOMEM;
        }
        table_print(table, out, indent);
        return 0;
}

static int print_functions(const PatchInfo *p, const Terminal *out)
{
        FOREACH_ARRAY (function, p->functions.items, p->functions.n) {
                const char *label = function == p->functions.items ? "Functions" : NULL;
                const char *object = strempty(function->object), *name = strempty(function->name);
                int r;

                if (function->sympos > 0)
                        r = page_linef(out, label, STYLE_PLAIN, "%s:%s,%u", object, name, function->sympos);
                else
                        r = page_linef(out, label, STYLE_PLAIN, "%s:%s", object, name);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int print_objects(const PatchInfo *p, const Terminal *out)
{
        FOREACH_ARRAY (object, p->objects.items, p->objects.n) {
                const char *label = object == p->objects.items ? "Objects" : NULL,
                           *state = strempty(object->state);
                int r;

                if (!state[0])
                        continue;
                r = page_linef(out, label,
                               strncmp(state, OBJECT_SKIPPED, strlen(OBJECT_SKIPPED)) == 0 ? STYLE_WARN
                                                                                           : STYLE_PLAIN,
                               "%s, %s", strempty(object->name), state);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void print_text(const Terminal *out, const char *label, const char *text)
{
        if (text && text[0])
                page_line(out, label, STYLE_PLAIN, text);
}

static int print_kernel(const PatchInfo *p, const KernelInfo *running, const Terminal *out)
{
        bool fits = patch_fits_kernel(p, running);

        /* Of a module that was loaded by hand nothing is known. */
        if (!p->kernel.release || !p->kernel.release[0])
                return 0;
        return page_linef(out, "Kernel", fits ? STYLE_PLAIN : STYLE_WARN, "%s (%s)", p->kernel.release,
                          fits ? "the one that runs" : "not the one that runs");
}

static void print_since(const PatchInfo *p, const Terminal *out)
{
        char date[DATE_TEXT_SIZE];

        if (p->since > 0 && p->since <= INT64_MAX && date_format((time_t) p->since, date) >= 0)
                page_line(out, "Since", STYLE_PLAIN, date);
}

int patch_page_print(const PatchInfo *p, const KernelInfo *running, const Terminal *out)
{
        int r;

        page_line(out, "Patch", STYLE_BOLD, p->reference);
        print_text(out, "Title", p->title);
        r = page_linef(out, "State", patch_state_style(p), "%s, %s%s", strna(p->state),
                       p->persistent && !strempty(p->quarantined)[0] ? "applied at boot"
                                                                     : "not applied at boot",
                       p->held ? ", held" : "");
        if (r < 0)
                return r;
        print_since(p, out);
        r = stragglers_print(p, false, out);
        if (r < 0)
                return r;
        print_text(out, "Quarantined", p->quarantined);
        print_text(out, "Severity", p->severity);
        print_text(out, "Level", p->level);
        for (char **cve = p->cves; cve && *cve; cve++)
                print_text(out, cve == p->cves ? "Closes" : NULL, *cve);
        r = print_kernel(p, running, out);
        if (r < 0)
                return r;
        print_text(out, "Build-id", p->kernel.build_id);
        print_text(out, "Engine", p->engine);
        print_text(out, "Module", p->module);
        r = print_objects(p, out);
        if (r >= 0)
                r = print_functions(p, out);
        if (r < 0)
                return r;
        if (patch_is_unsigned(p))
                page_line(out, "Trust root", STYLE_BAD, TRUST_ROOT_UNSIGNED ": nobody has signed it");
        else
                print_text(out, "Trust root", p->trust_root);
        print_text(out, "Description", p->description);
        return 0;
}
