/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "verbs.h"

#include "nearest.h"

/* clang-format off */
static const Verb table[] = {
        /* The first is what is done where no verb is given. */
        { "status",   "",                     0, 0,        "Show kernel, patches and what to do next", verb_status },
        { "list",     "",                     0, 0,        "List the patches of this host",            verb_list },
        { "info",     "PATCH...",             1, SIZE_MAX, "Show all about patches",                   verb_info },
        { "cve",      "CVE...",               1, SIZE_MAX, "Show whether holes are closed now",        verb_cve },
        { "doctor",   "",                     0, 0,        "Show what hinders patches on this host",  verb_doctor },
        { "refresh",  "[FEED...]",            0, SIZE_MAX, "Look for new patches in the feeds",        verb_refresh },
        { "import",   "MODULE.ko [MANIFEST]", 1, 2,        "Verify and store a signed patch",          verb_import },
        { "apply",    "PATCH...",             1, SIZE_MAX, "Put patches into force, now and at boot",  verb_apply },
        { "quarantine", "[clear PATCH...|clear --all]", 0, SIZE_MAX, "Show or lift what crashes have put there", verb_quarantine },
        { "rollback", "[PATCH...]",           0, SIZE_MAX, "Take patches out of force, or go back a generation", verb_rollback },
        { "generations", "",                  0, 0,        "List what was in force before",            verb_generations },
        { "history",  "[PATCH...]",           0, SIZE_MAX, "Show what was done, by whom, how it ended", verb_history },
        { "hold",     "PATCH...",             1, SIZE_MAX, "Have patches stay as they are",            verb_hold },
        { "unhold",   "PATCH...",             1, SIZE_MAX, "Let them be changed again",                verb_unhold },
        { "remove",   "PATCH...",             1, SIZE_MAX, "Remove patches from the store",            verb_remove },
        { "verify",   "[PATCH...]",           0, SIZE_MAX, "Verify what is stored",                    verb_verify },
        { "cancel",   "JOB...",               1, SIZE_MAX, "Cancel jobs, by number or by patch",       verb_cancel },
        { "force",    "PATCH",                1, 1,        "End a transition whatever tasks execute",  verb_force },
};
/* clang-format on */

int verb_find(const char *name, const Verb **ret, Failure *f)
{
        const char *names[ELEMENTSOF(table)];
        const char *nearest;

        FOREACH_ARRAY (row, table, ELEMENTSOF(table)) {
                if (!name || streq(row->name, name)) {
                        *ret = row;
                        return 0;
                }
                names[row - table] = row->name;
        }
        nearest = nearest_find(name, names, ELEMENTSOF(names));
        if (nearest)
                return failure_set(f, FAILURE_USAGE, "There is no verb '%s'; did you mean '%s'?", name,
                                   nearest);
        return failure_set(f, FAILURE_USAGE, "There is no verb '%s'; -h shows those there are.", name);
}

void verbs_print_help(FILE *out)
{
        FOREACH_ARRAY (row, table, ELEMENTSOF(table)) {
                char text[64];

                snprintf(text, sizeof(text), "%s %s", row->name, row->arguments);
                fprintf(out, "  %-28s %s\n", text, row->help);
        }
}
