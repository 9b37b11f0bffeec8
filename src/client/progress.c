/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "progress.h"

#include "cleanup.h"
#include "text.h"

static char *progress_text(const JobInfo *job)
{
        const char *patch = job->patch && job->patch[0] ? job->patch : NULL;
        const char *what = job->progress.sentence && job->progress.sentence[0] ? job->progress.sentence
                                                                               : strempty(job->step);
        char *text = NULL;
        int r;

        if (streq_ptr(job->state, "queued"))
                r = asprintf(&text, "%s%s%s: waiting for its turn", strempty(job->kind), patch ? " " : "",
                             strempty(patch));
        else if (job->progress.total > 0)
                r = asprintf(&text, "[%u/%u] %s%s%s: %s", job->progress.done, job->progress.total,
                             strempty(job->kind), patch ? " " : "", strempty(patch), what);
        else
                r = asprintf(&text, "%s%s%s: %s", strempty(job->kind), patch ? " " : "", strempty(patch),
                             what);
        return r < 0 ? NULL : text;
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
        text_write(t->file, text, t->width > 1 ? t->width - 1 : 1);
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
