/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "cleanup.h"
#include "display.h"
#include "job.h"
#include "monitor.h"
#include "text.h"

#include <time.h>

#define USEC_PER_SEC  UINT64_C(1000000)
#define NSEC_PER_USEC 1000

/* A line of its own for each, also where a person reads it. */
static int print_json(const Client *c, const MonitorEvent *e, const struct timespec *now)
{
        json_object *reply = json_reply_new();
        uint64_t usec = (uint64_t) now->tv_sec * USEC_PER_SEC + (uint64_t) now->tv_nsec / NSEC_PER_USEC;
        int r = -ENOMEM;

        if (reply && json_add_monitor_event(reply, e, usec, NULL) >= 0)
                r = json_write(c->out.file, reply, false);
        json_object_put(reply);
        return r;
}

static Style style_of(const MonitorEvent *e)
{
        if (e->result)
                return streq(e->result, "done") ? STYLE_GOOD : STYLE_BAD;
        if (streq_ptr(e->value, "applied"))
                return STYLE_GOOD;
        return streq_ptr(e->value, "failed") ? STYLE_BAD : STYLE_PLAIN;
}

/* What a person is told of it; NULL when memory is out. */
static char *sentence_of(const MonitorEvent *e)
{
        if (e->result)
                return text_format("%s", strempty(e->message));
        if (streq(e->object, "daemon") && !e->property)
                return text_format("%s",
                                   streq(e->change, "present") ? "it runs, and is followed from now on"
                                   : streq(e->change, "absent")
                                                   ? "it does not run; it is followed when it starts"
                                   : streq(e->change, "started")
                                                   ? "it has started"
                                                   : "it has ended; it is followed when it starts again");
        if (streq(e->change, "changed"))
                return text_format("%s %s", strempty(e->property), strempty(e->value));
        return text_format("%s%s%s", e->change, strempty(e->value)[0] ? ", " : "", strempty(e->value));
}

static int print_text(const Client *c, const MonitorEvent *e, const struct timespec *now)
{
        _cleanup_free_ char *what = NULL, *sentence = sentence_of(e);
        FILE *out = c->out.file;
        struct tm tm = {};
        char clock[16] = "";
        size_t column;

        if (e->kind)
                what = text_format("%s %s (%s%s%s):", e->object, e->name, e->kind,
                                   strempty(e->patch)[0] ? " " : "", strempty(e->patch));
        else
                what = text_format("%s%s%s:", streq(e->object, "daemon") ? "" : e->object,
                                   streq(e->object, "daemon") ? "" : " ", e->name);
        if (!what || !sentence)
                return -ENOMEM;
        if (localtime_r(&now->tv_sec, &tm))
                (void) strftime(clock, sizeof(clock), "%H:%M:%S ", &tm);
        fputs(clock, out);
        column = display_write_wrapped_at(&c->out, what, strlen(clock), strlen(clock));
        fputc(' ', out);
        terminal_style_begin(&c->out, style_of(e));
        display_write_wrapped_at(&c->out, sentence, column + 1, strlen(clock));
        terminal_style_end(&c->out, style_of(e));
        fputc('\n', out);
        return 0;
}

static int print(const MonitorEvent *e, void *userdata)
{
        const Client *c = userdata;
        struct timespec now;
        int r;

        clock_gettime(CLOCK_REALTIME, &now);
        r = c->reply ? print_json(c, e, &now) : print_text(c, e, &now);
        /* Whoever reads it waits for each. */
        if (r >= 0 && fflush(c->out.file) != 0)
                r = -EIO;
        return r;
}

int verb_monitor(const Client *c, Failure *f)
{
        _cleanup_(bus_freep) Bus *bus = NULL;
        _cleanup_close_ int interrupt_fd = -EBADF;
        Client copy = *c;
        int r;

        r = bus_connect(READ_LIMIT, &bus, f);
        if (r >= 0)
                r = job_open_interrupt_fd(&interrupt_fd, f);
        return r < 0 ? r : monitor_run(bus, interrupt_fd, print, &copy, f);
}
