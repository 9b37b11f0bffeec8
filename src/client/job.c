/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "job.h"

#include "agent.h"
#include "cleanup.h"
#include "display.h"
#include "patch-ref.h"
#include "progress.h"
#include "suggest.h"

#include <signal.h>
#include <sys/signalfd.h>

/* How long kpatchd may take to accept a job, in seconds: people need time to find their password. */
#define INTERACTIVE_LIMIT 600
#define ACCEPT_LIMIT      30

/* And how long to answer that a job is being cancelled. */
#define CANCEL_LIMIT 5

int job_open_interrupt_fd(int *ret_fd, Failure *f)
{
        sigset_t signals;
        int fd;

        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
                return failure_set_errno(f, -errno, "Cannot block signals");
        fd = signalfd(-1, &signals, SFD_CLOEXEC);
        if (fd < 0)
                return failure_set_errno(f, -errno, "Cannot wait for signals");
        *ret_fd = fd;
        return 0;
}

int job_session_open(const Client *c, JobSession *s, Failure *f)
{
        _cleanup_(bus_freep) Bus *bus = NULL;
        int fd = -EBADF, r;

        r = bus_open(READ_LIMIT, &bus, f);
        if (r < 0)
                return r;
        r = job_open_interrupt_fd(&fd, f);
        if (r < 0)
                return r;
        *s = (JobSession){ .client = c, .bus = TAKE_PTR(bus), .interrupt_fd = fd };
        return 0;
}

void job_session_close(JobSession *s)
{
        if (!s->bus)
                return;
        close_fd(s->interrupt_fd);
        bus_free(s->bus);
        *s = (JobSession){};
}

static int wait_for_acceptance(JobSession *s, BusJob *job, Failure *f)
{
        pid_t agent = s->client->options.no_ask_password ? 0 : agent_start();
        int r = 0;

        while (r >= 0 && !bus_job_info(job))
                r = bus_job_wait(job, s->interrupt_fd, f);
        agent_stop(agent);
        return r;
}

/* The first Ctrl-C asks kpatchd to cancel; the next one leaves, as any other signal does at once. Returns 1
 * if the wait goes on. */
static int ask_for_cancel(JobSession *s, const char *kind, const BusJob *job, bool *asked)
{
        const Terminal *err = &s->client->err;
        _cleanup_failure_ Failure f = {};
        struct signalfd_siginfo signal;

        if (read(s->interrupt_fd, &signal, sizeof(signal)) != (ssize_t) sizeof(signal))
                return -EIO;
        s->signal = (int) signal.ssi_signo;
        if (*asked || s->signal != SIGINT)
                return -EINTR;
        *asked = true;
        progress_clear(err);
        fprintf(err->file,
                "kpatchctl: Interrupted: kpatchd is asked to cancel the %s; Ctrl-C again leaves it alone.\n",
                kind);
        fflush(err->file);
        bus_set_limit(s->bus, CANCEL_LIMIT);
        if (bus_cancel_job(s->bus, bus_job_info(job)->path, false, &f) < 0) {
                fputs("kpatchctl: It cannot be cancelled: ", err->file);
                display_write(err->file, failure_sentence(&f), SIZE_MAX);
                fputc('\n', err->file);
        }
        return 1;
}

static int wait_for_end(JobSession *s, const char *kind, BusJob *job, const char **ret_result,
                        const char **ret_message, Failure *f)
{
        bool show = !s->client->options.quiet, asked = false;
        int r = 0;

        while (r >= 0 && !bus_job_ended(job, ret_result, ret_message)) {
                if (show)
                        progress_show(&s->client->err, bus_job_info(job));
                r = bus_job_wait(job, s->interrupt_fd, f);
                if (r == -EINTR)
                        r = ask_for_cancel(s, kind, job, &asked);
        }
        if (show)
                progress_clear(&s->client->err);
        return r;
}

/* Leaves the job alone, and says so. */
static int stop_waiting(JobSession *s, const char *kind, const BusJob *job, Failure *f)
{
        const JobInfo *info = bus_job_info(job);
        const Terminal *err = &s->client->err;
        struct signalfd_siginfo signal;
        int r;

        if (s->signal == 0 && read(s->interrupt_fd, &signal, sizeof(signal)) == (ssize_t) sizeof(signal))
                s->signal = (int) signal.ssi_signo;
        if (s->signal == 0)
                return failure_set(f, FAILURE_FAILED, "Cannot read which signal came.");
        fputs("kpatchctl: ", err->file);
        if (info) {
                const char *patch = strempty(info->patch);

                fprintf(err->file, "Interrupted; kpatchd goes on with the %s", kind);
                if (patch[0]) {
                        fputs(" of ", err->file);
                        display_write(err->file, patch, SIZE_MAX);
                }
                fputs(": 'kpatchctl status' shows how it goes.\n", err->file);
        } else
                fprintf(err->file,
                        "Interrupted before kpatchd accepted the %s; 'kpatchctl status' shows whether it is "
                        "under way.\n",
                        kind);
        if (s->client->reply) {
                r = json_append_result(s->client->reply, kind, info ? info->patch : NULL, NULL,
                                       "Interrupted; the job may go on.", f);
                if (r < 0)
                        return r;
        }
        return EXIT_SIGNAL_BASE + s->signal;
}

static int report_end(JobSession *s, const char *kind, const JobInfo *info, const char *result,
                      const char *message, Failure *f)
{
        const Client *c = s->client;
        bool done = streq(result, "done");
        FailureKind failure;
        int r;

        if (c->reply) {
                r = json_append_result(c->reply, kind, info->patch, result, message, f);
                if (r < 0)
                        return r;
        } else if (done && !c->options.quiet) {
                display_write(c->out.file, message, SIZE_MAX);
                fputc('\n', c->out.file);
                fflush(c->out.file);
        }
        if (done)
                return 0;
        failure = failure_from_name(result);
        return failure_set(f, failure, "%s", message[0] ? message : failure_info(failure)->sentence);
}

/* An import is part of verbs that have options of what comes after it. */
static void fill_options(JobRequest *request, const Options *o)
{
        request->interactive = !o->no_ask_password;
        request->dry_run = o->dry_run;
        request->scheduled = o->scheduled;
        request->download = o->download;
        if (request->argument == JOB_ARGUMENT_FILES)
                return;
        request->runtime = request->runtime || o->runtime;
        request->policy = o->policy;
        request->has_deadline = o->has_deadline;
        request->deadline = o->deadline;
}

int job_run(JobSession *s, const char *kind, JobRequest request, char **ret_patch, Failure *f)
{
        _cleanup_(bus_job_freep) BusJob *job = NULL;
        const char *result = NULL, *message = NULL;
        const JobInfo *info;
        int r;

        fill_options(&request, &s->client->options);
        bus_set_limit(s->bus, request.interactive ? INTERACTIVE_LIMIT : ACCEPT_LIMIT);
        r = bus_job_start(s->bus, &request, &job, f);
        if (r >= 0)
                r = wait_for_acceptance(s, job, f);
        if (r >= 0)
                r = wait_for_end(s, kind, job, &result, &message, f);
        if (r == -EINTR)
                return stop_waiting(s, kind, job, f);
        if (r < 0)
                return r;

        info = bus_job_info(job);
        if (ret_patch && info->patch && info->patch[0]) {
                *ret_patch = strdup(info->patch);
                if (!*ret_patch)
                        return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        }
        return report_end(s, kind, info, result, message, f);
}

static int run_one(JobSession *s, const char *method, const char *patch, Failure *f)
{
        JobRequest request = { .method = method, .patch = patch };
        int r;

        r = job_run(s, s->client->options.verb->name, request, NULL, f);
        if (r < 0 && f->kind == FAILURE_NO_SUCH_PATCH)
                suggest_patch_from_bus(s->bus, patch, f);
        return r;
}

int job_run_each(const Client *c, const char *method, Failure *f)
{
        _cleanup_job_session_ JobSession s = {};
        int r;

        /* All names are looked at before anything is changed. */
        for (char **patch = c->options.args; *patch; patch++) {
                _cleanup_free_ char *id = NULL, *version = NULL;

                r = patch_ref_parse(*patch, &id, &version, f);
                if (r < 0)
                        return r;
        }
        r = job_session_open(c, &s, f);
        for (char **patch = c->options.args; r == 0 && *patch; patch++)
                r = run_one(&s, method, *patch, f);
        return r;
}
