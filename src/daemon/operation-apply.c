/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Apply, and what boot does with the present generation: the same without a new record. */

#include "attempt.h"
#include "claims.h"
#include "cleanup.h"
#include "hold.h"
#include "log-ids.h"
#include "log.h"
#include "operation.h"
#include "quarantine.h"
#include "refresh-status.h"
#include "relations.h"
#include "store.h"
#include "unsigned.h"
#include "verify.h"

#include <time.h>

#define RETRY_NSEC 500000000L

int operation_step_verify_module(Operation *o, Failure *f)
{
        int r;

        r = store_read_module(o->host->state_dir, o->manifest, &o->module, &o->module_size, f);
        if (r < 0)
                return r;
        return verify_module(o->host, o->manifest, o->module, o->module_size, f);
}

/* Who has the module name that this patch needs: another patch of ours, as a rule the version before. */
static int refuse_taken_name(const Operation *o, Failure *f)
{
        FOREACH_ARRAY (p, o->generation->patches, o->generation->n_patches)
                if (streq(p->module_name, o->manifest->module_name) && !streq(p->ref, o->ref))
                        return failure_set(
                                        f, FAILURE_MODULE_NAME_CONFLICT,
                                        "Patch %s needs the module name %s, which patch %s has: roll back %s first.",
                                        o->ref, p->module_name, p->ref, p->ref);
        return failure_set(
                        f, FAILURE_MODULE_NAME_CONFLICT,
                        "Patch %s needs the module name %s, which another module in the kernel has: unload that one "
                        "first.",
                        o->ref, o->manifest->module_name);
}

static int read_found(Operation *o, Failure *f)
{
        int r;

        r = operation_load_generation(o, f);
        if (r < 0)
                return r;
        r = o->engine->read_state(o->host, &o->identity, &o->found, f);
        if (r < 0)
                return r;
        return o->found == ENGINE_STATE_OTHER ? refuse_taken_name(o, f) : operation_find_before(o, f);
}

/* One that replaces takes all others of its engine out of force. */
static int check_held(const Operation *o, Failure *f)
{
        int r;

        r = hold_check(o->host->state_dir, o->ref, "applied", f);
        for (size_t i = 0; r >= 0 && o->manifest->replace && i < o->generation->n_patches; i++) {
                const GenerationPatch *p = &o->generation->patches[i];

                if (streq(p->engine, o->manifest->module_engine))
                        r = hold_check(o->host->state_dir, p->ref, "superseded", f);
        }
        return r;
}

/* Of an unsigned livepatch it is not known which functions it replaces. */
static bool is_opaque(const Operation *o)
{
        return o->engine->compares_functions && unsigned_is_root(o->root_name);
}

static int check_relations(const Operation *o, Failure *f)
{
        int r = 0;

        if (is_opaque(o))
                r = claims_check_alone(o->host, o->generation, o->engine, o->manifest, f);
        return r < 0 ? r : relations_check_apply(o->host, o->generation, o->manifest, f);
}

/* A patch that is in force but not in the generation (loaded by hand, or the record was cut off by a crash)
 * is taken over: only what is both is applied already. */
static int step_check_apply(Operation *o, Failure *f)
{
        int r;

        r = read_found(o, f);
        if (r < 0)
                return r;
        if (o->found == ENGINE_STATE_ON && (o->options.runtime || generation_find(o->generation, o->ref)))
                return failure_set(f, FAILURE_ALREADY_APPLIED, "Patch %s is already applied.", o->ref);
        r = check_held(o, f);
        /* One that is in force and is taken over is what its publisher said may stay. */
        if (r >= 0 && o->found != ENGINE_STATE_ON)
                r = refresh_status_check_withdrawn(o->host, o->root_name, o->manifest->id,
                                                   o->manifest->version, f);
        if (r >= 0)
                r = operation_check_fresh(o, f);
        if (r >= 0)
                r = check_relations(o, f);
        return r < 0 ? r : operation_trial_open(o, f);
}

/* At boot what others say counts as well: one that it depends on may just have failed. */
static int step_check_reapply(Operation *o, Failure *f)
{
        int r;

        r = read_found(o, f);
        if (r < 0)
                return r;
        return o->found == ENGINE_STATE_ON ? 0 : check_relations(o, f);
}

/* What it depends on and excludes is looked at by the whole. */
static int step_check_restore(Operation *o, Failure *f)
{
        _cleanup_failure_ Failure own = {};

        /* That the generations cannot be read does not make the patch a lost one. */
        if (read_found(o, &own) < 0)
                return failure_set(f, own.kind == FAILURE_STATE_CORRUPT ? FAILURE_FAILED : own.kind, "%s",
                                   failure_sentence(&own));
        return claims_check_engines(o->host, o->generation, o->manifest, f);
}

static int step_prepare(Operation *o, Failure *f)
{
        return o->engine->prepare(o->host, f);
}

/* One that is off, or superseded, is loaded already; of some engines it must be loaded anew. */
static int load_once(Operation *o, Failure *f)
{
        int r;

        if (engine_state_is_in_force(o->found))
                return 0;
        if (o->found != ENGINE_STATE_ABSENT && (!o->engine->reloads || o->found == ENGINE_STATE_REVERTING))
                return o->engine->switch_on(o->host, &o->identity, o->options.policy, f);
        if (o->found != ENGINE_STATE_ABSENT) {
                r = o->engine->unload(o->host, &o->identity, f);
                if (r < 0)
                        return r;
        }
        return o->engine->load(o->host, &o->identity, o->options.policy, o->module, o->module_size, f);
}

/* The kernel has tried for a moment by itself. What was in its way passes, and at boot nobody is there to
 * ask again. */
static int step_load(Operation *o, Failure *f)
{
        const struct timespec pause = { .tv_nsec = RETRY_NSEC };

        for (;;) {
                int r = load_once(o, f);

                if (r >= 0 || f->kind != FAILURE_TASK_IN_THE_WAY || attempt_now() >= o->retry_until ||
                    operation_is_canceled(o))
                        return r;
                log_patch(LOG_INFO, NULL, o->ref, "It is tried again: %s", failure_sentence(f));
                failure_clear(f);
                nanosleep(&pause, NULL);
        }
}

/* What was in force a moment ago comes back also where the disk takes no note of it: it was tried before. */
static int step_attempt_restore(Operation *o, Failure *f)
{
        _cleanup_failure_ Failure why = {};
        int r = operation_step_attempt(o, &why);

        if (r >= 0)
                return r;
        if (!o->undoing || !failure_is_of_disk(why.kind))
                return failure_set(f, why.kind, "%s", failure_sentence(&why));
        log_patch(LOG_WARNING, NULL, o->ref, "%s", failure_sentence(&why));
        return 0;
}

/* What is on its way is turned back, whoever is in its functions; what is complete goes by its policy. */
static int take_out(Operation *o, Failure *f)
{
        EngineState state;
        int r;

        r = o->engine->read_state(o->host, &o->identity, &state, f);
        if (r < 0)
                return r;
        if (engine_state_is_in_force(state))
                r = o->engine->switch_off(o->host, &o->identity,
                                          state == ENGINE_STATE_APPLYING ? ENGINE_POLICY_GRADUAL
                                                                         : o->options.policy,
                                          f);
        /* One that was on its way out goes on alone, as before. */
        if (r < 0 || o->found == ENGINE_STATE_REVERTING)
                return r;
        r = operation_await_undo(o, ENGINE_STATE_OFF, f);
        if (r >= 0 && o->found == ENGINE_STATE_ABSENT)
                r = o->engine->unload(o->host, &o->identity, f);
        return r;
}

/* What it has taken the place of goes on top of it first, so that no call finds a hole open in between.
 * Where the kernel has one transition at a time, turning that back is what brings it back. */
int operation_take_back(Operation *o, Failure *f)
{
        EngineState state;
        int r;

        r = o->engine->read_state(o->host, &o->identity, &state, f);
        if (r < 0)
                return r;
        o->undoing = true;
        if (o->engine->patient || !engine_state_is_transition(state))
                operation_put_back_before(o, false);
        r = take_out(o, f);
        operation_put_back_before(o, true);
        return r;
}

static void undo_load(Operation *o)
{
        _cleanup_failure_ Failure f = {};

        if (!engine_state_is_in_force(o->found) && operation_take_back(o, &f) < 0)
                operation_undo_failed(o, o->ref, &f, "Cannot undo the apply of %s", o->ref);
}

static int step_transition(Operation *o, Failure *f)
{
        return operation_await(o, ENGINE_STATE_ON, f);
}

static int step_confirm(Operation *o, Failure *f)
{
        EngineState state;
        int r;

        r = o->engine->read_state(o->host, &o->identity, &state, f);
        if (r < 0)
                return r;
        if (!engine_state_is_in_force(state))
                return failure_set(
                                f, FAILURE_NOT_CONFIRMED,
                                "The kernel took the module of patch %s but does not show it in force; the kernel log "
                                "may say why.",
                                o->ref);
        if (is_opaque(o))
                return claims_check_shown(o->host, o->generation, o->engine, o->manifest, f);
        return o->engine->compares_functions ? claims_check_functions(o->host, o->engine, o->manifest, f)
                                             : 0;
}

static int step_record(Operation *o, Failure *f)
{
        int r;

        if (o->options.runtime || generation_find(o->generation, o->ref))
                return 0;
        r = generation_record_with(o->host->state_dir, o->host->kernel->build_id_text, o->generation,
                                   o->manifest, "apply", f);
        if (r >= 0)
                o->recorded = o->generation->number + 1;
        return r;
}

/* Whoever asks for it by name wants it in spite of what happened. It goes before the attempt settles: if the
 * machine crashes again, the attempt counts again. */
static int step_lift_quarantine(Operation *o, Failure *f)
{
        _cleanup_failure_ Failure lift_failure = {};

        if (quarantine_clear(o->host->state_dir, o->ref, &lift_failure) < 0)
                log_warning("%s", failure_sentence(&lift_failure));
        return operation_step_settle(o, f);
}

/* clang-format off */
/* The attempt is on record before anything is loaded, the engine's core included. */
#define STEPS_UP_TO_FORCE(check)                                                                                      \
        { "lock",          "Waiting for other operations",   operation_step_lock,          NULL },                    \
        { "verify",        "Verifying the signature",        operation_step_verify_stored, NULL },                    \
        { "verify-module", "Verifying the module",           operation_step_verify_module, NULL },                    \
        { "check",         "Asking the kernel",              check,                        NULL },                    \
        { "attempt",       "Recording the attempt",          operation_step_attempt,       operation_undo_attempt, true }, \
        { "load-engine",   "Loading the engine",             step_prepare,                 NULL },                    \
        { "load",          "Loading the patch",              step_load,                    undo_load },               \
        { "transition",    "Waiting for tasks in old functions", step_transition,          NULL },                    \
        { "confirm",       "Confirming that it is in force", step_confirm,                 NULL }

static const OperationStep apply_steps[] = {
        STEPS_UP_TO_FORCE(step_check_apply),
        { "trial",         "Waiting for the health check",   operation_step_trial,         NULL },
        { "record",        "Recording the generation",       step_record,                  NULL },
        { "settle",        "Beginning the settle time",      step_lift_quarantine,         NULL },
};

static const OperationStep reapply_steps[] = {
        STEPS_UP_TO_FORCE(step_check_reapply),
        { "settle",        "Beginning the settle time",           operation_step_settle,        NULL },
};

static const OperationStep restore_steps[] = {
        { "verify",        "Verifying the signature",        operation_step_verify_stored, NULL },
        { "verify-module", "Verifying the module",           operation_step_verify_module, NULL },
        { "check",         "Asking the kernel",              step_check_restore,           NULL },
        { "attempt",       "Recording the attempt",          step_attempt_restore,         operation_undo_attempt },
        { "load-engine",   "Loading the engine",             step_prepare,                 NULL },
        { "load",          "Loading the patch",              step_load,                    undo_load },
        { "transition",    "Waiting for tasks in old functions", step_transition,          NULL },
        { "confirm",       "Confirming that it is in force", step_confirm,                 NULL },
        { "settle",        "Beginning the settle time",      operation_step_settle,        NULL },
};
/* clang-format on */

const OperationKind operation_apply = {
        .name = "apply",
        .polkit_action = "org.kpatchd1.apply",
        .polkit_message = "Authentication is required to apply live patch $(patch) to the running kernel",
        .state = PATCH_STATE_APPLYING,
        .audited = true,
        .options = OPERATION_OPTION_RUNTIME | OPERATION_OPTION_DRY_RUN | OPERATION_OPTION_EXPECT_GENERATION |
                   OPERATION_OPTION_POLICY | OPERATION_OPTION_DEADLINE | OPERATION_OPTION_ATTACHED,
        .done = "was applied",
        .would = "could be applied",
        .failed = "Did not apply",
        .done_log_id = LOG_ID_APPLIED,
        .failed_log_id = LOG_ID_APPLY_FAILED,
        .steps = apply_steps,
        .n_steps = ELEMENTSOF(apply_steps),
};

const OperationKind operation_reapply = {
        .name = "reapply",
        .audited = true,
        .unattended = true,
        .polkit_action = NULL,
        .state = PATCH_STATE_APPLYING,
        .done = "was applied again",
        .failed = "Did not apply again",
        .done_log_id = LOG_ID_REAPPLIED,
        .failed_log_id = LOG_ID_APPLY_FAILED,
        .steps = reapply_steps,
        .n_steps = ELEMENTSOF(reapply_steps),
};

const OperationKind operation_restore = {
        .name = "restore",
        .audited = true,
        .state = PATCH_STATE_APPLYING,
        .done = "was put back in force",
        .failed = "Did not put back",
        .done_log_id = LOG_ID_APPLIED,
        .failed_log_id = LOG_ID_APPLY_FAILED,
        .steps = restore_steps,
        .n_steps = ELEMENTSOF(restore_steps),
};
