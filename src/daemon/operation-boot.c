/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* What is wanted at boot, changed without the kernel that runs: install and uninstall. */

#include "cleanup.h"
#include "hold.h"
#include "log-ids.h"
#include "log.h"
#include "operation.h"
#include "postpone.h"
#include "refresh-status.h"
#include "relations.h"

static int step_check_install(Operation *o, Failure *f)
{
        int r;

        r = operation_load_generation(o, f);
        if (r >= 0 && generation_find(o->generation, o->ref))
                return failure_set(f, FAILURE_ALREADY_APPLIED, "Patch %s is applied at boot already.",
                                   o->ref);
        if (r >= 0)
                r = hold_check(o->host->state_dir, o->ref, "installed", f);
        for (size_t i = 0; r >= 0 && o->manifest->replace && i < o->generation->n_patches; i++)
                if (streq(o->generation->patches[i].engine, o->manifest->module_engine))
                        r = hold_check(o->host->state_dir, o->generation->patches[i].ref, "superseded", f);
        if (r >= 0)
                r = refresh_status_check_withdrawn(o->host, o->root_name, o->manifest->id,
                                                   o->manifest->version, f);
        if (r >= 0)
                r = o->engine->read_state(o->host, &o->identity, &o->found, f);
        if (r >= 0)
                r = operation_check_fresh(o, f);
        return r < 0 ? r : relations_check_install(o->host, o->generation, o->manifest, f);
}

static int step_record_install(Operation *o, Failure *f)
{
        int r;

        /* A mark of a patch that no generation has says nothing, so a crash between the two does no harm. */
        if (!engine_state_is_in_force(o->found)) {
                r = postpone_add(o->host, o->ref, f);
                if (r < 0)
                        return r;
        }
        r = generation_record_with(o->host->state_dir, o->host->kernel->build_id_text, o->generation,
                                   o->manifest, "install", f);
        if (r >= 0)
                o->recorded = o->generation->number + 1;
        return r;
}

static int step_check_uninstall(Operation *o, Failure *f)
{
        int r;

        r = operation_load_generation(o, f);
        if (r < 0)
                return r;
        if (!generation_find(o->generation, o->ref))
                return failure_set(f, FAILURE_NOT_APPLIED,
                                   "Patch %s is not applied at boot: there is nothing to uninstall.",
                                   o->ref);
        r = hold_check(o->host->state_dir, o->ref, "uninstalled", f);
        return r < 0 ? r : relations_check_uninstall(o->generation, o->ref, f);
}

static int step_record_uninstall(Operation *o, Failure *f)
{
        _cleanup_failure_ Failure ignored = {};
        int r;

        r = generation_record_without(o->host->state_dir, o->host->kernel->build_id_text, o->generation,
                                      o->ref, NULL, "uninstall", f);
        if (r < 0)
                return r;
        o->recorded = o->generation->number + 1;
        if (postpone_remove(o->host->state_dir, o->ref, &ignored) < 0)
                log_warning("%s", failure_sentence(&ignored));
        return 0;
}

static const OperationStep install_steps[] = {
        { "lock", "Waiting for other operations", operation_step_lock, NULL },
        { "verify", "Verifying the signature", operation_step_verify_stored, NULL },
        { "verify-module", "Verifying the module", operation_step_verify_module, NULL },
        { "check", "Looking what is applied at boot", step_check_install, NULL },
        { "record", "Recording the generation", step_record_install, NULL, true },
};

static const OperationStep uninstall_steps[] = {
        { "lock", "Waiting for other operations", operation_step_lock, NULL },
        { "check", "Looking what is applied at boot", step_check_uninstall, NULL },
        { "record", "Recording the generation", step_record_uninstall, NULL, true },
};

const OperationKind operation_install = {
        .name = "install",
        .polkit_action = "org.kpatchd1.apply",
        .polkit_message =
                        "Authentication is required to have live patch $(patch) applied from the next boot on",
        .state = _PATCH_STATE_MAX,
        .audited = true,
        .options = OPERATION_OPTION_DRY_RUN | OPERATION_OPTION_EXPECT_GENERATION | OPERATION_OPTION_ATTACHED,
        .done = "will be applied from the next boot on",
        .would = "could be applied from the next boot on",
        .failed = "Did not install",
        .failed_log_id = LOG_ID_APPLY_FAILED,
        .steps = install_steps,
        .n_steps = ELEMENTSOF(install_steps),
};

const OperationKind operation_uninstall = {
        .name = "uninstall",
        .polkit_action = "org.kpatchd1.rollback",
        .polkit_message = "Authentication is required to have live patch $(patch) no longer applied at boot",
        .state = _PATCH_STATE_MAX,
        .audited = true,
        .any_ref = true,
        .options = OPERATION_OPTION_DRY_RUN | OPERATION_OPTION_EXPECT_GENERATION | OPERATION_OPTION_ATTACHED,
        .done = "will not be applied at boot any more; what is in force stays so",
        .would = "could be kept from being applied at boot",
        .failed = "Did not uninstall",
        .failed_log_id = LOG_ID_ROLLBACK_FAILED,
        .steps = uninstall_steps,
        .n_steps = ELEMENTSOF(uninstall_steps),
};
