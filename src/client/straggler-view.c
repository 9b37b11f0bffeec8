/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "straggler-view.h"

#include "page.h"

#include <inttypes.h>

static int print(const PatchInfo *p, const StragglerInfo *s, bool with_patch, const Terminal *out)
{
        const char *function = strempty(s->function);
        int r;

        r = page_linef(out, s == p->stragglers.items ? "Stragglers" : NULL, STYLE_WARN,
                       "%s%s%s (%" PRIu32 ")%s%s", with_patch ? strna(p->reference) : "",
                       with_patch ? " waits for " : "", strna(s->name), s->pid, function[0] ? " in " : "",
                       function);
        for (char **frame = s->stack; r >= 0 && frame && *frame; frame++)
                r = page_linef(out, NULL, STYLE_PLAIN, "at %s", *frame);
        return r;
}

int stragglers_print(const PatchInfo *p, bool with_patch, const Terminal *out)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < p->stragglers.n; i++)
                r = print(p, &p->stragglers.items[i], with_patch, out);
        if (r >= 0 && p->stragglers.why_no_stacks)
                page_line(out, "Stacks", STYLE_PLAIN, p->stragglers.why_no_stacks);
        return r;
}
