/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "generation-goal.h"
#include "hold.h"
#include "log-ids.h"
#include "log.h"
#include "operation.h"
#include "postpone.h"
#include "relations.h"
#include "text.h"

/* What is in the generation is found by what was recorded there, so that a patch comes out also when its
 * manifest is lost or the trust root that vouched for it was taken away. */
static int step_identify(Operation *o, Failure *f)
{
        const GenerationPatch *recorded;
        int r;

        r = operation_load_generation(o, f);
        if (r < 0)
                return r;
        recorded = generation_find(o->generation, o->ref);
        if (!recorded)
                return operation_step_verify_stored(o, f);
        /* What its manifest says of rollback counts, if there is one to be believed. */
        if (operation_step_verify_stored(o, NULL) < 0)
                o->manifest = manifest_free(o->manifest);
        o->identity = (EngineModule){ recorded->ref, recorded->module_name, recorded->module_build_id };
        return engine_find(recorded->engine, &o->engine, f);
}

/* As a part of another operation, which knows why. */
static int step_check_withdraw(Operation *o, Failure *f)
{
        return o->engine->read_state(o->host, &o->identity, &o->found, f);
}

/* A rollback that was cut off is completed: only what is neither loaded nor in the generation is not
 * applied. */
static int step_check(Operation *o, Failure *f)
{
        int r;

        r = o->engine->read_state(o->host, &o->identity, &o->found, f);
        if (r < 0)
                return r;
        if ((o->found == ENGINE_STATE_ABSENT || o->found == ENGINE_STATE_OTHER) &&
            !generation_find(o->generation, o->ref))
                return failure_set(f, FAILURE_NOT_APPLIED,
                                   "Patch %s is not applied: there is nothing to roll back.", o->ref);
        r = hold_check(o->host->state_dir, o->ref, "rolled back", f);
        if (r >= 0)
                r = operation_find_replaced(o, f);
        if (r < 0)
                return r;
        /* It is for undoing alone. */
        if (o->engine->reloads)
                (void) generation_in_force(o->host, o->generation, &o->before, NULL);
        /* What is not in force may always be forgotten. */
        if (engine_state_is_in_force(o->found))
                return relations_check_rollback(o->host, o->generation, o->ref, o->manifest, f);
        return 0;
}

/* A disk that takes nothing must not keep a bad patch in the kernel: what lasts until the next boot needs no
 * note of it. A rollback that dies then leaves a patch that is out of force and still wanted, as always, and
 * one that crashes the machine counts against nobody anyhow. */
static int tolerate_disk(const Operation *o, int r, const Failure *why, Failure *f)
{
        const char *sentence = failure_sentence(why);

        if (r >= 0)
                return r;
        if (!failure_is_of_disk(why->kind))
                return failure_set(f, why->kind, "%s", sentence);
        /* Until the next boot is no better where something has to be put back, which needs a note. */
        if (!o->options.runtime && o->replaced && o->replaced->n_patches > 0)
                return failure_set(f, why->kind, "%s", sentence);
        if (!o->options.runtime)
                return failure_set(f, why->kind,
                                   "%.*s; 'kpatchctl rollback --runtime %s' takes it out of force until the "
                                   "next boot.",
                                   (int) strlen(sentence) - 1, sentence, o->ref);
        log_patch(LOG_WARNING, NULL, o->ref, "%s", sentence);
        return 0;
}

static int step_attempt(Operation *o, Failure *f)
{
        _cleanup_failure_ Failure why = {};
        int r = operation_step_attempt(o, &why);

        return tolerate_disk(o, r, &why, f);
}

static int step_switch(Operation *o, Failure *f)
{
        EngineState state;
        int r;

        /* What was put back may have taken its place already. */
        r = o->engine->read_state(o->host, &o->identity, &state, f);
        if (r < 0 || !engine_state_is_in_force(state))
                return r;
        return o->engine->switch_off(
                        o->host, &o->identity,
                        state == ENGINE_STATE_APPLYING ? ENGINE_POLICY_GRADUAL : o->options.policy, f);
}

/* What is on its way out is turned round; what is out already is put in force again. */
int operation_put_back(Operation *o, Failure *f)
{
        EngineState state;
        int r;

        r = o->engine->read_state(o->host, &o->identity, &state, f);
        if (r < 0 || engine_state_is_in_force(state))
                return r;
        if (o->engine->reloads && state != ENGINE_STATE_REVERTING)
                return failure_set(f, FAILURE_KERNEL_REFUSED,
                                   "It is out of force, and has to be applied anew.");
        r = o->engine->switch_on(o->host, &o->identity,
                                 state == ENGINE_STATE_REVERTING ? ENGINE_POLICY_GRADUAL : o->options.policy,
                                 f);
        /* For the last task the kernel goes on alone, if it can, and where it did so before. */
        if (r < 0 || o->engine->patient || o->found == ENGINE_STATE_APPLYING)
                return r;
        return operation_await_undo(o, ENGINE_STATE_ON, f);
}

static int undo_rollback(Operation *o, Failure *f)
{
        EngineState state;
        int r;

        r = o->engine->read_state(o->host, &o->identity, &state, f);
        if (r < 0)
                return r;
        /* A part has nothing before it: who runs it puts back. */
        if (o->before && o->engine->reloads && (state == ENGINE_STATE_OFF || state == ENGINE_STATE_ABSENT))
                return operation_load_anew(o, f);
        r = operation_put_back(o, f);
        return r < 0 || o->found != ENGINE_STATE_ON ? r : operation_await_undo(o, ENGINE_STATE_ON, f);
}

static void undo_switch(Operation *o)
{
        _cleanup_failure_ Failure f = {};

        if (engine_state_is_in_force(o->found) && undo_rollback(o, &f) < 0)
                operation_undo_failed(o, o->ref, &f, "Cannot undo the rollback of %s", o->ref);
}

static int step_transition(Operation *o, Failure *f)
{
        EngineState state;
        int r;

        r = o->engine->read_state(o->host, &o->identity, &state, f);
        return r < 0 || !engine_state_is_transition(state) ? r : operation_await(o, ENGINE_STATE_OFF, f);
}

static int step_confirm(Operation *o, Failure *f)
{
        EngineState state;
        int r;

        r = o->engine->read_state(o->host, &o->identity, &state, f);
        if (r < 0)
                return r;
        if (engine_state_is_in_force(state))
                return failure_set(f, FAILURE_NOT_CONFIRMED, "The kernel still shows patch %s in force.",
                                   o->ref);
        return 0;
}

/* What is out of force until the next boot stays wanted there. */
static int step_record(Operation *o, Failure *f)
{
        _cleanup_failure_ Failure why = {};
        int r;

        if (!generation_find(o->generation, o->ref))
                return 0;
        if (o->options.runtime) {
                o->outcome = text_format("Patch %s is out of force until the next boot.", o->ref);
                r = postpone_add(o->host, o->ref, &why);
                return tolerate_disk(o, r, &why, f);
        }
        r = generation_record_without(o->host->state_dir, o->host->kernel->build_id_text, o->generation,
                                      o->ref, o->replaced, "rollback", &why);
        if (r >= 0)
                o->recorded = o->generation->number + 1;
        return tolerate_disk(o, r, &why, f);
}

/* The patch is out of force and out of the generation: a module that cannot be unloaded now is said, but the
 * rollback has happened. The next apply finds it loaded and switches it on. */
void operation_unload(Operation *o)
{
        _cleanup_failure_ Failure f = {};

        if (o->found == ENGINE_STATE_ABSENT || o->found == ENGINE_STATE_OTHER)
                return;
        if (o->engine->unload(o->host, &o->identity, &f) < 0)
                log_patch(LOG_WARNING, LOG_ID_UNLOAD_FAILED, o->ref, "%s", failure_sentence(&f));
}

static int step_unload(Operation *o, Failure *f)
{
        (void) f;
        operation_unload(o);
        return 0;
}

static int step_settle(Operation *o, Failure *f)
{
        (void) f;
        operation_end_attempt(o);
        return 0;
}

static const OperationStep steps[] = {
        { "lock", "Waiting for other operations", operation_step_lock, NULL },
        { "verify", "Finding out what it is", step_identify, NULL },
        { "check", "Asking the kernel", step_check, NULL },
        { "attempt", "Recording the attempt", step_attempt, operation_undo_attempt, true },
        { "restore", "Putting back what it has replaced", operation_step_restore, operation_undo_restore },
        { "switch", "Switching to the old functions", step_switch, undo_switch },
        { "transition", "Waiting for tasks in its functions", step_transition, NULL },
        { "confirm", "Confirming that it is out of force", step_confirm, NULL },
        { "restore-after", "Putting back what could not be beside it", operation_step_restore_after,
          operation_undo_restore_after },
        { "record", "Recording the generation", step_record, NULL },
        { "unload", "Unloading the module", step_unload, NULL },
        { "settle", "Clearing the attempt", step_settle, NULL },
};

static const OperationStep withdraw_steps[] = {
        { "verify", "Finding out what it is", step_identify, NULL },
        { "check", "Asking the kernel", step_check_withdraw, NULL },
        { "attempt", "Recording the attempt", operation_step_attempt, operation_undo_attempt },
        { "switch", "Switching to the old functions", step_switch, undo_switch },
        { "transition", "Waiting for tasks in its functions", step_transition, NULL },
        { "confirm", "Confirming that it is out of force", step_confirm, NULL },
        { "settle", "Clearing the attempt", step_settle, NULL },
};

const OperationKind operation_rollback = {
        .name = "rollback",
        .polkit_action = "org.kpatchd1.rollback",
        .polkit_message = "Authentication is required to take live patch $(patch) out of the running kernel",
        .state = PATCH_STATE_REVERTING,
        .audited = true,
        .options = OPERATION_OPTION_RUNTIME | OPERATION_OPTION_DRY_RUN | OPERATION_OPTION_EXPECT_GENERATION |
                   OPERATION_OPTION_POLICY | OPERATION_OPTION_DEADLINE | OPERATION_OPTION_ATTACHED,
        .done = "was rolled back",
        .would = "could be rolled back",
        .failed = "Did not roll back",
        .done_log_id = LOG_ID_ROLLED_BACK,
        .failed_log_id = LOG_ID_ROLLBACK_FAILED,
        .steps = steps,
        .n_steps = ELEMENTSOF(steps),
};

const OperationKind operation_withdraw = {
        .name = "withdraw",
        .state = PATCH_STATE_REVERTING,
        .audited = true,
        .done = "was taken out of force",
        .failed = "Did not take out",
        .done_log_id = LOG_ID_ROLLED_BACK,
        .failed_log_id = LOG_ID_ROLLBACK_FAILED,
        .steps = withdraw_steps,
        .n_steps = ELEMENTSOF(withdraw_steps),
};
