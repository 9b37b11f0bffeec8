/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Apply, and what boot does with the present generation: the same without a new record. */

#include "cleanup.h"
#include "log-ids.h"
#include "log.h"
#include "operation.h"
#include "relations.h"
#include "store.h"
#include "verify.h"

static int step_verify_module(Operation *o, Failure *f)
{
        int r;

        r = store_read_module(o->host->state_dir, o->manifest, &o->module, &o->module_size, f);
        if (r < 0)
                return r;
        return verify_module(o->host, o->manifest, o->module, o->module_size, f);
}

static int read_found(Operation *o, Failure *f)
{
        int r;

        r = o->engine->read_state(o->host, &o->identity, &o->found, f);
        if (r < 0)
                return r;
        if (o->found == ENGINE_STATE_OTHER)
                return failure_set(
                                f, FAILURE_MODULE_NAME_CONFLICT,
                                "Patch %s needs the module name %s, which another module in the kernel has: unload that "
                                "one first.",
                                o->ref, o->manifest->module_name);
        return 0;
}

/* A patch that is in force but not in the generation (loaded by hand, or the record was cut off by a crash)
 * is taken over: only what is both is applied already. */
static int step_check_apply(Operation *o, Failure *f)
{
        int r;

        r = read_found(o, f);
        if (r < 0)
                return r;
        r = operation_load_generation(o, f);
        if (r < 0)
                return r;
        if (o->found == ENGINE_STATE_ON && generation_find(o->generation, o->ref))
                return failure_set(f, FAILURE_ALREADY_APPLIED, "Patch %s is already applied.", o->ref);
        return relations_check_apply(o->host, o->generation, o->manifest, f);
}

static int step_prepare(Operation *o, Failure *f)
{
        return o->engine->prepare(o->host, f);
}

static int step_load(Operation *o, Failure *f)
{
        _cleanup_free_ char *path = NULL;
        int r;

        if (o->found == ENGINE_STATE_ON)
                return 0;
        if (o->found == ENGINE_STATE_OFF)
                return o->engine->switch_on(o->host, &o->identity, f);
        r = store_module_path(o->host->state_dir, o->manifest, &path, f);
        if (r < 0)
                return r;
        return o->engine->load(o->host, &o->identity, path, f);
}

static void undo_load(Operation *o)
{
        _cleanup_failure_ Failure f = {};
        int r;

        if (o->found == ENGINE_STATE_ON)
                return;
        r = o->engine->switch_off(o->host, &o->identity, &f);
        if (r >= 0 && o->found == ENGINE_STATE_ABSENT)
                r = o->engine->unload(o->host, &o->identity, &f);
        if (r < 0)
                log_patch(LOG_ERR, LOG_ID_APPLY_FAILED, o->ref, "Cannot undo the apply of %s: %s", o->ref,
                          failure_sentence(&f));
}

static int step_confirm(Operation *o, Failure *f)
{
        EngineState state;
        int r;

        r = o->engine->read_state(o->host, &o->identity, &state, f);
        if (r < 0)
                return r;
        if (state != ENGINE_STATE_ON)
                return failure_set(
                                f, FAILURE_NOT_CONFIRMED,
                                "The kernel took the module of patch %s but does not show it in force; the kernel log "
                                "may say why.",
                                o->ref);
        return 0;
}

static int step_record(Operation *o, Failure *f)
{
        if (generation_find(o->generation, o->ref))
                return 0;
        return generation_record_with(o->host->state_dir, o->host->kernel->build_id_text, o->generation,
                                      o->manifest, f);
}

#define STEPS_BEFORE_ATTEMPT(check)                                                                  \
        { "lock", "Waiting for other operations", operation_step_lock, NULL },                       \
                        { "verify", "Verifying the signature", operation_step_verify_stored, NULL }, \
                        { "verify-module", "Verifying the module", step_verify_module, NULL },       \
                        { "check", "Asking the kernel", check, NULL },                               \
        {                                                                                            \
                "load-engine", "Loading the engine", step_prepare, NULL                              \
        }

#define STEPS_OF_ATTEMPT                                                                        \
        { "attempt", "Recording the attempt", operation_step_attempt, operation_undo_attempt }, \
                        { "load", "Loading the patch", step_load, undo_load },                  \
        {                                                                                       \
                "confirm", "Confirming that it is in force", step_confirm, NULL                 \
        }

static const OperationStep apply_steps[] = {
        STEPS_BEFORE_ATTEMPT(step_check_apply),
        STEPS_OF_ATTEMPT,
        { "record", "Recording the generation", step_record, NULL },
        { "settle", "Clearing the attempt", operation_step_settle, NULL },
};

const OperationKind operation_apply = {
        .name = "apply",
        .polkit_action = "org.kpatchd1.apply",
        .polkit_message = "Authentication is required to apply live patch $(patch) to the running kernel",
        .state = "applying",
        .done = "was applied",
        .failed = "Did not apply",
        .done_log_id = LOG_ID_APPLIED,
        .failed_log_id = LOG_ID_APPLY_FAILED,
        .steps = apply_steps,
        .n_steps = ELEMENTSOF(apply_steps),
};

static const OperationStep reapply_steps[] = {
        STEPS_BEFORE_ATTEMPT(read_found),
        STEPS_OF_ATTEMPT,
        { "settle", "Clearing the attempt", operation_step_settle, NULL },
};

const OperationKind operation_reapply = {
        .name = "reapply",
        .polkit_action = NULL,
        .state = "applying",
        .done = "was applied again",
        .failed = "Did not apply again",
        .done_log_id = LOG_ID_REAPPLIED,
        .failed_log_id = LOG_ID_APPLY_FAILED,
        .steps = reapply_steps,
        .n_steps = ELEMENTSOF(reapply_steps),
};
