/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "boot-reapply.h"

#include "attempt.h"
#include "cleanup.h"
#include "file.h"
#include "generation-repair.h"
#include "generation.h"
#include "guard.h"
#include "lock.h"
#include "log-ids.h"
#include "log.h"
#include "operation.h"
#include "quarantine.h"
#include "reserve.h"

#include <fcntl.h>
#include <inttypes.h>

#define USEC_PER_MSEC 1000
#define USEC_PER_SEC  UINT64_C(1000000)

static int reapply_one(const Host *host, const Config *config, const char *ref, uint64_t retry_until)
{
        OperationRequest request = { .kind = &operation_reapply,
                                     .ref = ref,
                                     .manifest_fd = -EBADF,
                                     .module_fd = -EBADF,
                                     .retry_until = retry_until,
                                     .by = { .uid = (uid_t) -1, .comm = "kpatchd" } };
        _cleanup_(operation_freep) Operation *o = NULL;
        _cleanup_failure_ Failure f = {};
        _cleanup_free_ char *why = NULL;
        uint64_t began = attempt_now();
        int r;

        r = quarantine_find(host->state_dir, ref, &why);
        if (r >= 0) {
                log_patch(LOG_ERR, LOG_ID_QUARANTINED, ref, "Patch %s is quarantined and not applied: %s",
                          ref, why);
                return -EPERM;
        }
        r = operation_new(&request, host, config, &o, &f);
        if (r < 0) {
                log_error("%s", failure_sentence(&f));
                return r;
        }
        r = operation_run(o, NULL, NULL, &f);
        log_patch(LOG_INFO, NULL, ref, "Patch %s took %" PRIu64 " ms.", ref,
                  (attempt_now() - began) / USEC_PER_MSEC);
        return r;
}

/* Looks at what earlier boots left. What cannot be judged must not keep what is good from being applied. */
static void judge(const Host *host, const Config *config)
{
        _cleanup_close_ int lock_fd = -EBADF;
        _cleanup_failure_ Failure f = {};
        int r;

        r = lock_take(host->state_dir, &lock_fd, &f);
        if (r >= 0)
                r = guard_judge(host, config, &f);
        /* It comes before what is applied: that would take the note of a crash for its own. */
        if (r < 0 && f.kind == FAILURE_NO_SPACE && reserve_give_up(host->state_dir)) {
                failure_clear(&f);
                r = guard_judge(host, config, &f);
        }
        if (r < 0 || generation_repair(host, config, &f) < 0)
                log_error("%s", failure_sentence(&f));
}

/* Nothing has to settle where the settle time is 0: all that came up has ended the row of crashes. */
static void end_row(const Host *host)
{
        _cleanup_close_ int lock_fd = -EBADF;
        _cleanup_failure_ Failure f = {};

        if (lock_take(host->state_dir, &lock_fd, &f) < 0 || guard_open(host, &f) < 0)
                log_error("%s", failure_sentence(&f));
}

static int reapply_all(const Host *host, const Config *config, const Generation *g)
{
        uint64_t began = attempt_now();
        /* Of all patches together: a boot is not to wait for each. */
        uint64_t retry_until = began + config->retry_sec * USEC_PER_SEC;
        size_t n_applied = 0;
        int result = 0;

        FOREACH_ARRAY (p, g->patches, g->n_patches) {
                int r = reapply_one(host, config, p->ref, retry_until);

                if (r < 0)
                        result = r;
                else
                        n_applied++;
        }
        log_full(result < 0 ? LOG_WARNING : LOG_NOTICE, LOG_ID_REAPPLY_DONE, NULL,
                 "%zu of %zu patches are in force again, after %" PRIu64 " ms.", n_applied, g->n_patches,
                 (attempt_now() - began) / USEC_PER_MSEC);
        if (config->settle_sec == 0 && result >= 0)
                end_row(host);
        return result;
}

static int reapply(const Host *host)
{
        _cleanup_(generation_freep) Generation *g = NULL;
        _cleanup_failure_ Failure f = {};
        _cleanup_free_ char *why = NULL;
        Config config;
        int r;

        r = config_read(host->conf_dir, &config);
        if (r < 0)
                return r;
        judge(host, &config);
        r = guard_is_closed(host, &config, &why);
        if (r < 0)
                log_warning("Cannot read the number of crashes: %s", strerror(-r));
        if (r > 0) {
                log_full(LOG_NOTICE, LOG_ID_REAPPLY_SKIPPED, NULL, "No patch is applied: %s", why);
                return 0;
        }
        r = generation_load(host->state_dir, host->kernel->build_id_text, &g, &f);
        if (r < 0) {
                log_error("%s", failure_sentence(&f));
                return r;
        }
        if (g->damaged > 0) {
                log_error("No patch is applied: the newest generation is damaged and cannot be rebuilt.");
                return -EUCLEAN;
        }
        if (g->n_patches == 0) {
                log_info("No patch is wanted for this kernel.");
                return 0;
        }
        return reapply_all(host, &config, g);
}

/* Keeps kpatchd-reapply-late.service from doing all of it once more. Left here and not by the unit, and
 * last: where systemd could not start this program, or it died, there is no mark, and the late unit is the
 * second chance. */
static void leave_mark(const Host *host)
{
        _cleanup_close_ int dir_fd = dir_create_open(host->run_dir, 0755);
        int r;

        r = dir_fd < 0 ? dir_fd : file_write_atomic(dir_fd, "reapplied", NULL, 0, 0644);
        if (r < 0)
                log_warning("Cannot write %s/reapplied: %s", host->run_dir, strerror(-r));
}

int boot_reapply(const Host *host)
{
        int r = reapply(host);

        leave_mark(host);
        return r;
}
