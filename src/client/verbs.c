/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "verbs.h"

#include "display.h"
#include "nearest.h"
#include "verdict.h"

/* clang-format off */
static const Verb table[] = {
        /* The first is what is done where no verb is given. */
        { "status",   "",                     0, 0,        "Show kernel, patches and what to do next", verb_status, true },
        { "list",     "",                     0, 0,        "List the patches of this host",            verb_list, true },
        { "info",     "PATCH...",             1, SIZE_MAX, "Show all about patches",                   verb_info, true },
        { "cve",      "[CVE...]",             0, SIZE_MAX, "Show whether holes are closed now",        verb_cve, true },
        { "feeds",    "[FEED...]",            0, SIZE_MAX, "List the feeds, or show all about some",   verb_feeds, true },
        { "check",    "",                     0, 0,        "Say in one line whether all is well, for scripts", verb_check, false, VERDICT_ATTENTION },
        { "uname",    "",                     0, 0,        "Show the kernel with what was patched in",  verb_uname },
        { "doctor",   "",                     0, 0,        "Show what hinders patches on this host",  verb_doctor, true },
        { "reboot-advice", "",                0, 0,        "Say whether only a boot helps, and why",    verb_reboot_advice },
        { "metrics",  "",                     0, 0,        "Write what Prometheus reads",              verb_metrics },
        { "refresh",  "[FEED...]",            0, SIZE_MAX, "Look for new patches in the feeds",        verb_refresh },
        { "import",   "[MODULE.ko [MANIFEST]]", 0, 2,        "Verify and store a signed patch",          verb_import },
        { "apply",    "[PATCH|MODULE.ko...]", 0, SIZE_MAX, "Put patches into force, now and at boot",  verb_apply },
        { "load",     "[PATCH|MODULE.ko...]", 0, SIZE_MAX, "Put patches into force until the next boot", verb_kpatch },
        { "unload",   "[PATCH...]",           0, SIZE_MAX, "Take patches out of force until the next boot", verb_kpatch },
        { "install",  "PATCH|MODULE.ko...",   1, SIZE_MAX, "Have patches applied from the next boot on", verb_kpatch },
        { "uninstall", "PATCH...",            1, SIZE_MAX, "Have patches not applied at the next boot", verb_kpatch },
        { "quarantine", "[clear PATCH...|clear --all]", 0, SIZE_MAX, "Show or lift what crashes have put there", verb_quarantine },
        { "rollback", "[PATCH...]",           0, SIZE_MAX, "Take patches out of force, or go back a generation", verb_rollback },
        { "generations", "",                  0, 0,        "List what was in force before",            verb_generations, true },
        { "history",  "[PATCH...]",           0, SIZE_MAX, "Show what was done, by whom, how it ended", verb_history, true },
        { "monitor",  "",                     0, 0,        "Follow what kpatchd does",                 verb_monitor },
        { "hold",     "PATCH...",             1, SIZE_MAX, "Have patches stay as they are",            verb_hold },
        { "unhold",   "PATCH...",             1, SIZE_MAX, "Let them be changed again",                verb_unhold },
        { "remove",   "PATCH...",             1, SIZE_MAX, "Remove patches from the store",            verb_remove },
        { "verify",   "[PATCH...]",           0, SIZE_MAX, "Verify what is stored",                    verb_verify },
        { "cancel",   "JOB...",               1, SIZE_MAX, "Cancel jobs, by number or by patch",       verb_cancel },
        { "force",    "PATCH",                1, 1,        "End a transition whatever tasks execute",  verb_force },
        /* For the completion of shells, and therefore not in the help. */
        { "complete-words", "WHAT [VERB]",    1, 2,        NULL,                                       verb_complete },
};
/* clang-format on */

int verb_find(const char *name, const Verb **ret, Failure *f)
{
        const char *names[ELEMENTSOF(table)] = {};
        const char *nearest;

        FOREACH_ARRAY (row, table, ELEMENTSOF(table)) {
                if (!name || streq(row->name, name)) {
                        *ret = row;
                        return 0;
                }
                if (row->help)
                        names[row - table] = row->name;
        }
        nearest = nearest_find(name, names, ELEMENTSOF(names));
        if (nearest)
                return failure_set(f, FAILURE_USAGE, "There is no verb '%s'; did you mean '%s'?", name,
                                   nearest);
        return failure_set(f, FAILURE_USAGE, "There is no verb '%s'; -h shows those there are.", name);
}

void verbs_print_help(const Terminal *out)
{
        FOREACH_ARRAY (row, table, ELEMENTSOF(table)) {
                char text[64];
                int n;

                if (!row->help)
                        continue;
                snprintf(text, sizeof(text), "%s %s", row->name, row->arguments);
                n = fprintf(out->file, "  %-28s ", text);
                display_write_wrapped(out, row->help, n > 0 ? (size_t) n : 0);
                fputc('\n', out->file);
        }
}
