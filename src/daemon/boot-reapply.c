/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "boot-reapply.h"

#include "attempt.h"
#include "cleanup.h"
#include "generation.h"
#include "log-ids.h"
#include "log.h"
#include "operation.h"

static int reapply_one(const Host *host, const Config *config, const char *ref)
{
        OperationRequest request = {
                .kind = &operation_reapply, .ref = ref, .manifest_fd = -EBADF, .module_fd = -EBADF
        };
        _cleanup_(operation_freep) Operation *o = NULL;
        _cleanup_failure_ Failure f = {};
        int r;

        r = operation_new(&request, host, config, &o, &f);
        if (r < 0) {
                log_error("%s", failure_sentence(&f));
                return r;
        }
        return operation_run(o, NULL, NULL, &f);
}

int boot_reapply(const Host *host)
{
        _cleanup_(generation_freep) Generation *g = NULL;
        _cleanup_failure_ Failure f = {};
        Config config;
        int result = 0, r;

        if (config_read(host->conf_dir, &config) < 0)
                return -ENOMEM;
        if (kernel_cmdline_has(host->proc, CMDLINE_NO_APPLY)) {
                log_full(LOG_NOTICE, LOG_ID_REAPPLY_SKIPPED, NULL,
                         "No patch is applied: " CMDLINE_NO_APPLY " is on the kernel command line.");
                return 0;
        }
        attempt_report_interrupted(host->state_dir);
        r = generation_load(host->state_dir, host->kernel->build_id_text, &g, &f);
        if (r < 0) {
                log_error("%s", failure_sentence(&f));
                return r;
        }
        if (g->n_patches == 0) {
                log_info("No patch is wanted for this kernel.");
                return 0;
        }
        FOREACH_ARRAY (p, g->patches, g->n_patches) {
                r = reapply_one(host, &config, p->ref);
                if (r < 0)
                        result = r;
        }
        return result;
}
