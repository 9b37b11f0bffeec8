/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "guard.h"

#include "attempt.h"
#include "history.h"
#include "log-ids.h"
#include "log.h"
#include "mark.h"
#include "quarantine.h"
#include "text.h"

#include <inttypes.h>

/* guard/crashes.json: how many boots in a row ended in a crash, and the boot id of the last that was
 * counted, so that a crash in the middle of judging is not counted twice. */
#define MARK_GUARD "guard"
#define CRASHES    "crashes"

DEFINE_CLEANUP(JsonObject *, json_object_put);

static int read_crashes(const Host *host, uint64_t *ret, JsonObject **ret_object)
{
        _cleanup_(json_object_putp) JsonObject *o = NULL;
        int r;

        r = mark_read_or_lose(host->state_dir, MARK_GUARD, CRASHES, &o);
        if (r < 0 && r != -ENOENT)
                return r;
        *ret = o ? mark_get_number(o, "crashes") : 0;
        if (ret_object)
                *ret_object = TAKE_PTR(o);
        return 0;
}

static int count_crash(const Host *host, const char *boot_id, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *old = NULL, *o = json_object_new_object();
        uint64_t crashes;
        int r;

        r = read_crashes(host, &crashes, &old);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the number of crashes");
        if (old && streq(mark_get_text(old, "boot_id"), boot_id))
                return 0;
        if (!o || json_object_object_add(o, "format", json_object_new_int(1)) < 0 ||
            json_object_object_add(o, "crashes", json_object_new_uint64(crashes + 1)) < 0 ||
            json_object_object_add(o, "boot_id", json_object_new_string(boot_id)) < 0)
                return failure_set_errno(f, -ENOMEM, "Cannot count a crash");
        return mark_write(host->state_dir, MARK_GUARD, CRASHES, o, f);
}

int guard_open(const Host *host, Failure *f)
{
        return mark_remove(host->state_dir, MARK_GUARD, CRASHES, f);
}

static void write_history(const Host *host, const Config *config, const Attempt *a, const char *kind,
                          const char *why)
{
        HistoryEvent e = { .kind = kind,
                           .patch = a->ref,
                           .result = "done",
                           .message = why,
                           .uid = (uid_t) -1,
                           .comm = "kpatchd" };

        history_append(host->state_dir, config, &e);
}

/* What cannot be counted must not keep the patch that did it from being judged. */
static void count_crash_if_possible(const Host *host, const char *boot_id)
{
        _cleanup_failure_ Failure f = {};

        if (count_crash(host, boot_id, &f) < 0)
                log_error("%s", failure_sentence(&f));
}

/* One crash of the machine that counts against the patch. */
static int blame(const Host *host, const Config *config, const Attempt *a, Failure *f)
{
        _cleanup_free_ char *why = NULL;
        uint64_t crashes = a->crashes + 1;
        int r;

        if (a->damaged)
                why = strdup("The note of when it was put in force is damaged, as by a crash of the machine.");
        else
                why = text_format(
                                a->phase == ATTEMPT_CHANGING
                                                ? "The machine went down while the patch was being put in force (%s)."
                                                : "The machine went down soon after the patch was put in force (%s).",
                                a->began);
        if (!why)
                return failure_set_errno(f, -ENOMEM, "Cannot count a crash");
        if (config->crash_limit == 0 || crashes < config->crash_limit) {
                log_patch(LOG_WARNING, LOG_ID_CRASHED, a->ref,
                          "Patch %s is suspected of a crash (%" PRIu64 " of %" PRIu64 "): %s", a->ref,
                          crashes, config->crash_limit, why);
                /* In the place of one that is damaged: to set that aside first could lose the crash. */
                return attempt_count(host, a, crashes, f);
        }
        write_history(host, config, a, "quarantine", why);
        /* The quarantine first: between the two nothing is lost. */
        r = quarantine_add(host->state_dir, a->ref, why, f);
        if (r < 0)
                return r;
        log_patch(LOG_ERR, LOG_ID_QUARANTINED, a->ref,
                  "Patch %s is quarantined and not applied at boot: %s 'kpatchctl quarantine clear %s' lifts this.",
                  a->ref, why, a->ref);
        if (a->damaged)
                attempt_set_aside(host, a->ref);
        return attempt_forget(host, a->ref, f);
}

static int resume(const Host *host, const Config *config, const Attempt *a, Failure *f)
{
        log_full(LOG_WARNING, LOG_ID_INTERRUPTED, NULL,
                 "The last operation (%s of %s) was interrupted; what the kernel shows is what counts.",
                 a->kind, a->ref);
        return attempt_applies(a) ? attempt_settle(host, a->ref, config->settle_sec, f)
                                  : attempt_end(host, a->ref, f);
}

static int judge_one(const Host *host, const Config *config, const Attempt *a, bool has_culprit, Failure *f)
{
        bool ours = attempt_is_of_this_boot(a, host);

        /* It may have told of a crash, and a patch that is left out of a boot without need does less harm
         * than one that crashes it. Others are not cleared by it. */
        if (a->damaged)
                return blame(host, config, a, f);
        if (a->phase == ATTEMPT_COUNTED || (ours && a->phase == ATTEMPT_SETTLING))
                return 0;
        if (ours)
                return resume(host, config, a, f);
        if (!attempt_applies(a)) {
                log_full(LOG_WARNING, LOG_ID_INTERRUPTED, NULL,
                         "The last operation (%s of %s) was interrupted; what the kernel shows is what counts.",
                         a->kind, a->ref);
                return attempt_end(host, a->ref, f);
        }
        if (has_culprit && a->phase != ATTEMPT_CHANGING)
                return attempt_end(host, a->ref, f);
        return blame(host, config, a, f);
}

int guard_judge(const Host *host, const Config *config, Failure *f)
{
        bool has_culprit = false;
        const char *crashed = NULL;
        Attempt **attempts;
        size_t n;
        int r;

        r = attempt_list(host->state_dir, &attempts, &n, f);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                const Attempt *a = attempts[i];

                if (a->damaged || a->phase == ATTEMPT_COUNTED || attempt_is_of_this_boot(a, host) ||
                    !attempt_applies(a))
                        continue;
                crashed = a->boot_id;
                has_culprit = has_culprit || a->phase == ATTEMPT_CHANGING;
        }
        if (crashed)
                count_crash_if_possible(host, crashed);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = judge_one(host, config, attempts[i], has_culprit, f);
        attempt_free_many(attempts, n);
        return r < 0 ? r : 0;
}

static bool is_unsettled(const Host *host, const Attempt *a)
{
        return a->phase != ATTEMPT_COUNTED && attempt_is_of_this_boot(a, host);
}

int guard_settle(const Host *host, bool all, uint64_t *ret_next, Failure *f)
{
        uint64_t now = attempt_now(), next = UINT64_MAX;
        bool unsettled = false, settled = false;
        Attempt **attempts;
        size_t n;
        int r;

        r = attempt_list(host->state_dir, &attempts, &n, f);
        if (r < 0)
                return r;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                const Attempt *a = attempts[i];

                if (!is_unsettled(host, a))
                        continue;
                if (a->phase == ATTEMPT_SETTLING && (all || a->settles_at <= now)) {
                        settled = true;
                        r = attempt_forget(host, a->ref, f);
                        continue;
                }
                unsettled = true;
                if (a->phase == ATTEMPT_SETTLING && a->settles_at < next)
                        next = a->settles_at;
        }
        attempt_free_many(attempts, n);
        /* A boot that all of its patches have survived ends the row of crashes. */
        if (r >= 0 && settled && !unsettled)
                r = guard_open(host, f);
        if (r < 0)
                return r;
        *ret_next = next;
        return 0;
}

uint64_t guard_next(const Host *host)
{
        uint64_t next = UINT64_MAX;
        Attempt **attempts;
        size_t n;

        if (attempt_list(host->state_dir, &attempts, &n, NULL) < 0)
                return UINT64_MAX;
        for (size_t i = 0; i < n; i++)
                if (attempts[i]->phase == ATTEMPT_SETTLING && is_unsettled(host, attempts[i]) &&
                    attempts[i]->settles_at < next)
                        next = attempts[i]->settles_at;
        attempt_free_many(attempts, n);
        return next;
}

int guard_is_closed(const Host *host, const Config *config, char **ret_why)
{
        _cleanup_free_ char *path = NULL, *why = NULL;
        uint64_t crashes;

        path = text_format("%s/disable", host->conf_dir);
        if (!path)
                return -ENOMEM;
        if (kernel_cmdline_has(host->proc, CMDLINE_NO_APPLY))
                why = text_format(CMDLINE_NO_APPLY " is on the kernel command line.");
        else if (access(path, F_OK) >= 0)
                why = text_format("%s exists.", path);
        else {
                int r = read_crashes(host, &crashes, NULL);

                if (r < 0)
                        return r;
                if (config->boot_crash_limit == 0 || crashes < config->boot_crash_limit)
                        return 0;
                why = text_format("The machine crashed %" PRIu64
                                  " times in a row with patches that had just been put in force; "
                                  "'kpatchctl quarantine clear --all' lifts this.",
                                  crashes);
        }
        if (!why)
                return -ENOMEM;
        *ret_why = TAKE_PTR(why);
        return 1;
}
