/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "operation.h"

#include "attempt.h"
#include "audit.h"
#include "cleanup.h"
#include "fault.h"
#include "generation-keep.h"
#include "generation-repair.h"
#include "history.h"
#include "lock.h"
#include "log-ids.h"
#include "log.h"
#include "postpone.h"
#include "reserve.h"
#include "store.h"
#include "strv.h"
#include "text.h"
#include "trial.h"
#include "unsigned.h"
#include "verify.h"

#include <inttypes.h>
#include <poll.h>
#include <sys/eventfd.h>

static int set_check(Operation *o, const Feed *feed, Failure *f)
{
        int r;

        if (!feed || !feed->health)
                return 0;
        o->check = calloc(1, sizeof(HealthRequest));
        if (!o->check)
                return failure_set_errno(f, -ENOMEM, "Cannot start the operation");
        o->check_sec = feed->health_sec;
        r = health_request_fill(o->check, feed->health, o->ref, feed->name);
        return r < 0 ? failure_set_errno(f, r, "Cannot prepare the health check of %s", feed->name) : 0;
}

int operation_new(const OperationRequest *request, const Host *host, const Config *config, Operation **ret,
                  Failure *f)
{
        Operation *o = calloc(1, sizeof(Operation));
        int r;

        if (!o) {
                close_fd(request->manifest_fd);
                close_fd(request->module_fd);
                return failure_set_errno(f, -ENOMEM, "Cannot start the operation");
        }
        o->kind = request->kind;
        o->host = host;
        o->config = *config;
        o->target = request->target;
        o->options = request->options;
        o->by = request->by;
        o->automatic = request->automatic;
        o->retry_until = request->retry_until;
        o->manifest_fd = request->manifest_fd;
        o->module_fd = request->module_fd;
        o->lock_fd = -EBADF;
        o->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (o->cancel_fd < 0) {
                r = failure_set_errno(f, -errno, "Cannot start the operation");
                operation_free(o);
                return r;
        }
        if (request->ref) {
                o->ref = strdup(request->ref);
                if (!o->ref) {
                        operation_free(o);
                        return failure_set_errno(f, -ENOMEM, "Cannot start the operation");
                }
        }
        if (request->path) {
                o->path = strdup(request->path);
                if (!o->path) {
                        operation_free(o);
                        return failure_set_errno(f, -ENOMEM, "Cannot start the operation");
                }
        }
        r = set_check(o, request->feed, f);
        if (r < 0) {
                operation_free(o);
                return r;
        }
        *ret = o;
        return 0;
}

Operation *operation_free(Operation *o)
{
        if (!o)
                return NULL;
        close_fd(o->manifest_fd);
        close_fd(o->module_fd);
        close_fd(o->lock_fd);
        close_fd(o->cancel_fd);
        free(o->sentence);
        free(o->left);
        free(o->outcome);
        free(o->ref);
        free(o->path);
        free(o->folder);
        free(o->envelope);
        free(o->module);
        manifest_free(o->manifest);
        generation_free(o->generation);
        generation_free(o->replaced);
        generation_free(o->goal);
        generation_free(o->before);
        for (size_t i = 0; i < o->n_parts; i++)
                operation_free(o->parts[i]);
        free(o->parts);
        refresh_memories_clear(&o->memories);
        free(o->check);
        health_free(o->health);
        free(o->root_name);
        free(o);
        return NULL;
}

bool operation_request_is_same(const Operation *o, const OperationRequest *request)
{
        const OperationOptions *a = &o->options, *b = &request->options;

        /* The patch of an import is known to its thread only, and none is like another. */
        return o->kind == request->kind && request->manifest_fd < 0 && streq_ptr(o->ref, request->ref) &&
               streq_ptr(o->path, request->path) && o->target == request->target &&
               a->runtime == b->runtime && a->dry_run == b->dry_run &&
               a->has_expected_generation == b->has_expected_generation &&
               a->expected_generation == b->expected_generation && a->policy == b->policy &&
               a->scheduled == b->scheduled && a->download == b->download &&
               a->has_deadline == b->has_deadline && a->deadline_sec == b->deadline_sec;
}

void operation_cancel(Operation *o)
{
        uint64_t one = 1;

        /* Fails only when the counter is full, and then it is readable already. */
        (void) !write(o->cancel_fd, &one, sizeof(one));
}

bool operation_is_canceled(const Operation *o)
{
        struct pollfd fd = { .fd = o->cancel_fd, .events = POLLIN };

        return poll(&fd, 1, 0) > 0;
}

void operation_tell(Operation *o, char *sentence)
{
        bool same = streq_ptr(o->sentence, sentence);

        free(o->sentence);
        o->sentence = sentence;
        if (!same && o->progress)
                o->progress(o, o->step, o->progress_userdata);
}

static void enter_step(Operation *o, size_t step)
{
        o->step = step;
        free(o->sentence);
        o->sentence = NULL;
        if (o->progress)
                o->progress(o, step, o->progress_userdata);
        fault_point(o->kind->name, o->kind->steps[step].name);
}

/* What is recorded has happened: it is brought to its end. */
static int check_canceled(Operation *o, bool *past, Failure *f)
{
        *past = *past || streq(o->kind->steps[o->step].name, "record");
        if (*past || !operation_is_canceled(o))
                return 0;
        return failure_set(f, FAILURE_CANCELED, "The %s was cancelled; nothing has changed.", o->kind->name);
}

void operation_undo_failed(Operation *o, const char *ref, const Failure *why, const char *format, ...)
{
        _cleanup_free_ char *what = NULL;
        va_list ap;

        va_start(ap, format);
        what = text_formatv(format, ap);
        va_end(ap);
        log_patch(LOG_ERR, LOG_ID_UNDO_FAILED, ref, "%s: %s", strna(what), failure_sentence(why));
        if (!o->left && what)
                o->left = text_format("%s: %s", what, failure_sentence(why));
}

/* That nothing has changed, or that it was turned back, is not so then. */
static void tell_what_is_left(const Operation *o, Failure *f)
{
        _cleanup_free_ char *sentence = strdup(failure_sentence(f));

        if (!o->left || !sentence)
                return;
        if (f->kind == FAILURE_CANCELED)
                (void) failure_set(
                                f, f->kind,
                                "The %s was cancelled, and not all of it could be undone; 'kpatchctl status' "
                                "shows what there is. %s",
                                o->kind->name, o->left);
        else
                (void) failure_set(f, f->kind,
                                   "%s Not all could be undone; 'kpatchctl status' shows what there is. %s",
                                   sentence, o->left);
}

static void undo(Operation *o, size_t n_done)
{
        while (n_done-- > 0)
                if (o->kind->steps[n_done].undo)
                        o->kind->steps[n_done].undo(o);
}

/* A good signature of another module is none of this one. */
static void tell_audit(const Operation *o, bool success, const Failure *f)
{
        AuditEvent e = {
                .operation = o->kind->name,
                .patch = o->ref,
                .verified = o->manifest && o->root_name && !unsigned_is_root(o->root_name) &&
                            !(f && (f->kind == FAILURE_MODULE_SIZE_MISMATCH ||
                                    f->kind == FAILURE_MODULE_DIGEST_MISMATCH)),
                .success = success,
        };

        audit_tell(o->host, &e);
}

/* Of what was looked at only, nothing is written. */
static void conclude(const Operation *o, int r, const char *message, const Failure *f, uint64_t duration)
{
        HistoryEvent e = {
                .kind = o->kind->name,
                .patch = o->ref,
                .result = r < 0 && f ? failure_bus_name(f->kind)
                          : r < 0    ? "failed"
                                     : "done",
                .message = message,
                .uid = o->by.uid,
                .comm = o->by.comm,
                .duration = duration,
                .generation = o->recorded     ? o->recorded
                              : o->generation ? o->generation->number
                                              : 0,
                .recorded = o->recorded > 0,
        };

        if (o->options.dry_run || o->unremarkable || o->kind->harmless)
                return;
        if (o->recorded > 0) {
                const char *build_id = o->host->kernel->build_id_text;

                generation_trim_kept(o->host->state_dir, build_id, o->config.generations_kept);
                generation_trim_builds(o->host->state_dir, build_id, o->config.kernels_kept);
                reserve_keep(o->host->state_dir);
        }
        history_append(o->host->state_dir, &o->config, &e);
        if (o->kind->audited && o->host->audit)
                tell_audit(o, r >= 0, f);
}

int operation_run(Operation *o, OperationProgress progress, void *userdata, Failure *f)
{
        const OperationKind *kind = o->kind;
        _cleanup_free_ char *done = NULL;
        uint64_t began = attempt_now();
        bool past = false, quiet;
        int r = 0;

        o->progress = progress;
        o->progress_userdata = userdata;
        for (size_t i = 0; i < kind->n_steps; i++) {
                if (o->options.dry_run && kind->steps[i].changes) {
                        undo(o, i);
                        break;
                }
                enter_step(o, i);
                r = check_canceled(o, &past, f);
                if (r >= 0)
                        r = kind->steps[i].run(o, f);
                if (r < 0) {
                        undo(o, i);
                        break;
                }
        }
        /* Whatever a step returned, a failure has a kind and a sentence. */
        if (r < 0)
                (void) failure_set_errno(f, r, "Failed");
        if (r < 0)
                tell_what_is_left(o, f);
        done = operation_sentence(o);
        conclude(o, r, r < 0 ? failure_sentence(f) : strempty(done), f, attempt_now() - began);
        fault_point(kind->name, "end");
        o->lock_fd = close_fd(o->lock_fd);
        if (r < 0) {
                if (!o->ref && kind->failed_all)
                        log_full(LOG_ERR, kind->failed_log_id, NULL, "%s: %s", kind->failed_all,
                                 failure_sentence(f));
                else
                        log_patch(LOG_ERR, kind->failed_log_id, o->ref, "%s %s: %s", kind->failed,
                                  o->ref ? o->ref : "a patch", failure_sentence(f));
                return r;
        }
        quiet = o->options.dry_run || o->unremarkable;
        log_patch(quiet                            ? LOG_INFO
                  : unsigned_is_root(o->root_name) ? LOG_WARNING
                                                   : LOG_NOTICE,
                  quiet ? NULL : kind->done_log_id, o->ref, "%s", strempty(done));
        return 0;
}

int operation_step_lock(Operation *o, Failure *f)
{
        return lock_take(o->host->state_dir, &o->lock_fd, f);
}

int operation_step_verify_stored(Operation *o, Failure *f)
{
        int r;

        r = store_read_manifest(o->host->state_dir, o->ref, &o->envelope, &o->envelope_size, f);
        if (r < 0)
                return r;
        r = verify_manifest(o->host, o->envelope, o->envelope_size, &o->manifest, &o->root_name, NULL, f);
        if (r < 0)
                return r;
        if (!streq(o->manifest->ref, o->ref))
                return failure_set(
                                f, FAILURE_STATE_CORRUPT,
                                "The manifest that is stored as %s is the one of %s: import the patch again.",
                                o->ref, o->manifest->ref);
        o->identity = engine_module_from_manifest(o->manifest);
        return engine_find(o->manifest->module_engine, &o->engine, f);
}

int operation_load_generation(Operation *o, Failure *f)
{
        int r;

        r = generation_repair(o->host, &o->config, f);
        if (r < 0)
                return r;
        r = generation_load(o->host->state_dir, o->host->kernel->build_id_text, &o->generation, f);
        if (r < 0)
                return r;
        if (o->options.has_expected_generation && o->options.expected_generation != o->generation->number)
                return failure_set(f, FAILURE_GENERATION_CHANGED,
                                   "The present generation is %" PRIu64 ", not %" PRIu64
                                   ": look at it again before you change it.",
                                   o->generation->number, o->options.expected_generation);
        return 0;
}

/* One that cannot be ended is ended by the next look at it. */
static void end_trial(const Operation *o)
{
        _cleanup_failure_ Failure f = {};

        if (o->check && trial_end(o->host->state_dir, o->ref, &f) < 0)
                log_warning("%s", failure_sentence(&f));
}

int operation_step_attempt(Operation *o, Failure *f)
{
        _cleanup_failure_ Failure why = {};
        int r;

        r = attempt_begin(o->host, o->kind->name, o->ref, &why);
        /* At boot nobody is there who could make room. */
        if (r < 0 && why.kind == FAILURE_NO_SPACE && o->kind == &operation_reapply &&
            reserve_give_up(o->host->state_dir)) {
                log_warning("%s The reserve is given up for it.", failure_sentence(&why));
                r = attempt_begin(o->host, o->kind->name, o->ref, f);
        } else if (r < 0)
                (void) failure_set(f, why.kind, "%s", failure_sentence(&why));
        if (r < 0 || !o->check)
                return r;
        r = trial_begin(o->host->state_dir, o->ref, o->check->feed, f);
        if (r < 0)
                operation_undo_attempt(o);
        return r;
}

void operation_undo_attempt(Operation *o)
{
        _cleanup_failure_ Failure f = {};
        int r;

        /* What was not in force before has nothing to go on with, and what its trial has taken out neither.
         */
        if (engine_state_is_in_force(o->found))
                r = attempt_undo(o->host, o->ref, &f);
        else
                r = attempt_end(o->host, o->ref, &f);
        if (r < 0)
                log_warning("%s", failure_sentence(&f));
        end_trial(o);
}

void operation_end_attempt(Operation *o)
{
        _cleanup_failure_ Failure f = {};

        if (attempt_end(o->host, o->ref, &f) < 0)
                log_warning("%s", failure_sentence(&f));
        end_trial(o);
}

int operation_step_settle(Operation *o, Failure *f)
{
        _cleanup_failure_ Failure settle_failure = {}, postpone_failure = {};

        (void) f;
        /* The operation is complete and recorded, and that is what is said. A note that stays as it is
         * counts against the patch if the machine crashes later: too careful, and no harm. */
        if (attempt_settle(o->host, o->ref, o->config.settle_sec, &settle_failure) < 0)
                log_warning("%s", failure_sentence(&settle_failure));
        if (postpone_remove(o->host->state_dir, o->ref, &postpone_failure) < 0)
                log_warning("%s", failure_sentence(&postpone_failure));
        end_trial(o);
        return 0;
}

char *operation_sentence(const Operation *o)
{
        const OperationKind *kind = o->kind;
        bool dry_run = o->options.dry_run;

        if (o->outcome)
                return strdup(o->outcome);
        if (!o->ref && kind->done_all)
                return strdup(dry_run ? kind->would_all : kind->done_all);
        return text_format("%s %s %s.", kind->noun ? kind->noun : "Patch", strempty(o->ref),
                           dry_run ? kind->would : kind->done);
}
