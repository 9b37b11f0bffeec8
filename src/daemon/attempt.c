/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "attempt.h"

#include "log.h"
#include "mark.h"
#include "strv.h"

#include <time.h>

#define USEC_PER_SEC  UINT64_C(1000000)
#define NSEC_PER_USEC 1000

static const char *const phases[] = {
        [ATTEMPT_CHANGING] = "changing",
        [ATTEMPT_SETTLING] = "settling",
        [ATTEMPT_COUNTED] = "counted",
};

DEFINE_CLEANUP(JsonObject *, json_object_put);

static Attempt *attempt_free(Attempt *a)
{
        if (!a)
                return NULL;
        free(a->ref);
        free(a->kind);
        free(a->boot_id);
        free(a->began);
        free(a);
        return NULL;
}
DEFINE_CLEANUP(Attempt *, attempt_free);

Attempt **attempt_free_many(Attempt **attempts, size_t n)
{
        for (size_t i = 0; i < n; i++)
                attempt_free(attempts[i]);
        free(attempts);
        return NULL;
}

uint64_t attempt_now(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_BOOTTIME, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / NSEC_PER_USEC;
}

/* One that is damaged is read too, as such. */
static int attempt_read(const char *state_dir, const char *ref, Attempt **ret)
{
        _cleanup_(attempt_freep) Attempt *a = calloc(1, sizeof(Attempt));
        _cleanup_(json_object_putp) JsonObject *o = NULL;
        const char *phase;
        int r;

        if (!a)
                return -ENOMEM;
        r = mark_read(state_dir, MARK_ATTEMPTS, ref, &o);
        if (r < 0 && r != -EBADMSG)
                return r;
        a->damaged = r < 0;
        a->ref = strdup(ref);
        a->kind = strdup(mark_get_text(o, "kind"));
        a->boot_id = strdup(mark_get_text(o, "boot_id"));
        a->began = strdup(mark_get_text(o, "began"));
        if (!a->ref || !a->kind || !a->boot_id || !a->began)
                return -ENOMEM;
        phase = mark_get_text(o, "phase");
        for (size_t i = 0; i < ELEMENTSOF(phases); i++)
                if (streq(phases[i], phase))
                        a->phase = (AttemptPhase) i;
        a->settles_at = mark_get_number(o, "settles_at");
        a->crashes = mark_get_number(o, "crashes");
        *ret = TAKE_PTR(a);
        return 0;
}

/* As those need it who write it again: one that is damaged is gone. */
static int attempt_read_sound(const Host *host, const char *ref, Attempt **ret)
{
        _cleanup_(attempt_freep) Attempt *a = NULL;
        int r;

        r = attempt_read(host->state_dir, ref, &a);
        if (r < 0)
                return r;
        if (a->damaged) {
                attempt_set_aside(host, ref);
                return -ENOENT;
        }
        *ret = TAKE_PTR(a);
        return 0;
}

int attempt_list(const char *state_dir, Attempt ***ret, size_t *ret_n, Failure *f)
{
        _cleanup_strv_free_ char **refs = NULL;
        Attempt **attempts;
        size_t n = 0;
        int r;

        r = mark_list(state_dir, MARK_ATTEMPTS, &refs, f);
        if (r < 0)
                return r;
        attempts = calloc(strv_length(refs) + 1, sizeof(Attempt *));
        if (!attempts)
                return failure_set_errno(f, -ENOMEM, "Cannot read the attempts");
        for (char **ref = refs; ref && *ref; ref++) {
                r = attempt_read(state_dir, *ref, &attempts[n]);
                if (r >= 0)
                        n++;
                else if (r == -ENOMEM) {
                        attempt_free_many(attempts, n);
                        return failure_set_errno(f, r, "Cannot read the attempts");
                } else if (r != -ENOENT && f)
                        log_warning("Cannot read the attempt of %s: %s", *ref, strerror(-r));
        }
        *ret = attempts;
        *ret_n = n;
        return 0;
}

bool attempt_is_of_this_boot(const Attempt *a, const Host *host)
{
        return streq(a->boot_id, host->boot_id);
}

bool attempt_applies(const Attempt *a)
{
        return !streq(a->kind, "rollback") && !streq(a->kind, "withdraw");
}

static int write_attempt(const Host *host, const Attempt *a, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *o = json_object_new_object();

        if (!o || json_object_object_add(o, "format", json_object_new_int(1)) < 0 ||
            json_object_object_add(o, "patch", json_object_new_string(a->ref)) < 0 ||
            json_object_object_add(o, "kind", json_object_new_string(a->kind)) < 0 ||
            json_object_object_add(o, "boot_id", json_object_new_string(a->boot_id)) < 0 ||
            json_object_object_add(o, "began", json_object_new_string(a->began)) < 0 ||
            json_object_object_add(o, "phase", json_object_new_string(phases[a->phase])) < 0 ||
            json_object_object_add(o, "settles_at", json_object_new_uint64(a->settles_at)) < 0 ||
            json_object_object_add(o, "crashes", json_object_new_uint64(a->crashes)) < 0)
                return failure_set_errno(f, -ENOMEM, "Cannot record the attempt");
        return mark_write(host->state_dir, MARK_ATTEMPTS, a->ref, o, f);
}

int attempt_begin(const Host *host, const char *kind, const char *ref, Failure *f)
{
        _cleanup_(attempt_freep) Attempt *old = NULL;
        _cleanup_free_ char *now = mark_now(), *copy = strdup(ref), *kind_copy = strdup(kind);
        Attempt a = { .ref = copy, .kind = kind_copy, .boot_id = host->boot_id, .began = now };
        int r;

        if (!now || !copy || !kind_copy)
                return failure_set_errno(f, -ENOMEM, "Cannot record the attempt");
        r = attempt_read_sound(host, ref, &old);
        if (r < 0 && r != -ENOENT)
                return failure_set_errno(f, r, "Cannot read the attempt of %s", ref);
        a.crashes = old ? old->crashes : 0;
        /* To go on as it was if this one changes nothing. */
        if (old && old->settles_at > 0 && attempt_is_of_this_boot(old, host)) {
                a.settles_at = old->settles_at;
                a.began = old->began;
        }
        return write_attempt(host, &a, f);
}

int attempt_settle(const Host *host, const char *ref, uint64_t settle_sec, Failure *f)
{
        _cleanup_(attempt_freep) Attempt *a = NULL;
        _cleanup_failure_ Failure why = {};
        int r;

        if (settle_sec == 0)
                return attempt_forget(host, ref, f);
        r = attempt_read_sound(host, ref, &a);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the attempt of %s", ref);
        a->phase = ATTEMPT_SETTLING;
        a->settles_at = attempt_now() + settle_sec * USEC_PER_SEC;
        r = write_attempt(host, a, &why);
        if (r >= 0)
                return r;
        /* On a full disk the note that it is being changed makes room. If it stayed, a shutdown in order
         * would look like a crash in the middle; where there is no room even then, nobody is accused. */
        if (why.kind == FAILURE_NO_SPACE && attempt_forget(host, ref, NULL) >= 0)
                return write_attempt(host, a, f);
        return failure_set(f, why.kind, "%s", failure_sentence(&why));
}

static int end_or_go_on(const Host *host, const char *ref, bool goes_on, Failure *f)
{
        _cleanup_(attempt_freep) Attempt *a = NULL;
        int r;

        r = attempt_read_sound(host, ref, &a);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the attempt of %s", ref);
        if (goes_on && a->settles_at > 0) {
                Attempt settling = *a;

                /* Only what was put in force has to settle. */
                settling.kind = (char *) "apply";
                settling.phase = ATTEMPT_SETTLING;
                return write_attempt(host, &settling, f);
        }
        return a->crashes == 0 ? attempt_forget(host, ref, f) : attempt_count(host, a, a->crashes, f);
}

int attempt_undo(const Host *host, const char *ref, Failure *f)
{
        return end_or_go_on(host, ref, true, f);
}

int attempt_end(const Host *host, const char *ref, Failure *f)
{
        return end_or_go_on(host, ref, false, f);
}

void attempt_set_aside(const Host *host, const char *ref)
{
        mark_set_aside(host->state_dir, MARK_ATTEMPTS, ref);
}

int attempt_forget(const Host *host, const char *ref, Failure *f)
{
        return mark_remove(host->state_dir, MARK_ATTEMPTS, ref, f);
}

int attempt_count(const Host *host, const Attempt *a, uint64_t crashes, Failure *f)
{
        Attempt counted = *a;

        counted.phase = ATTEMPT_COUNTED;
        counted.settles_at = 0;
        counted.crashes = crashes;
        return write_attempt(host, &counted, f);
}
