/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "progress.h"

#include "cleanup.h"
#include "display.h"
#include "text.h"

/* NULL when memory is out: a line of progress less. */
static char *progress_text(const JobInfo *job)
{
        const JobProgress *p = &job->progress;
        const char *patch = strempty(job->patch), *sentence = strempty(p->sentence);

        if (streq_ptr(job->state, "queued"))
                return text_format("%s%s%s: waiting for its turn", job->kind, patch[0] ? " " : "", patch);
        /* People count the step that is under way. */
        return text_format("[%u/%u] %s%s%s: %s", p->done < p->total ? p->done + 1 : p->total, p->total,
                           job->kind, patch[0] ? " " : "", patch,
                           sentence[0] ? sentence : strempty(job->step));
}

void progress_show(const Terminal *t, const JobInfo *job)
{
        _cleanup_free_ char *text = NULL;

        /* Before the first property arrived there is nothing to say. */
        if (!t->can_redraw || !job->kind)
                return;
        text = progress_text(job);
        if (!text)
                return;
        fputc('\r', t->file);
        /* A character in the last column would make some terminals wrap. */
        display_write(t->file, text, t->width > 1 ? t->width - 1 : 1);
        fputs("\033[K", t->file);
        fflush(t->file);
}

void progress_clear(const Terminal *t)
{
        if (!t->can_redraw)
                return;
        fputs("\r\033[K", t->file);
        fflush(t->file);
}
