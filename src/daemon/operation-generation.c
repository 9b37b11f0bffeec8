/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Rollback to a generation: from what is in force to what that one says, whatever lies between. What comes
 * is put in force before what goes is taken out, so that no call finds a hole open in between; the other way
 * round only where the two cannot be in the kernel together. */

#include "cleanup.h"
#include "generation-goal.h"
#include "hold.h"
#include "log-ids.h"
#include "operation.h"
#include "quarantine.h"
#include "relations.h"
#include "text.h"

#include <inttypes.h>

static bool comes(const Operation *o, const GenerationPatch *p)
{
        return !generation_find(o->before, p->ref);
}

static bool goes(const Operation *o, const GenerationPatch *p)
{
        return !generation_find(o->goal, p->ref);
}

static bool any_goes(const Operation *o)
{
        FOREACH_ARRAY (p, o->before->patches, o->before->n_patches)
                if (goes(o, p))
                        return true;
        return false;
}

/* What the machine crashed with does not come back without a word about it. */
static int check_coming(const Operation *o, const GenerationPatch *p, Failure *f)
{
        _cleanup_free_ char *why = NULL;
        int r;

        r = hold_check(o->host->state_dir, p->ref, "applied", f);
        if (r < 0)
                return r;
        r = quarantine_find(o->host->state_dir, p->ref, &why);
        if (r >= 0)
                return failure_set(f, FAILURE_QUARANTINED,
                                   "Patch %s of generation %" PRIu64
                                   " is quarantined: %s 'kpatchctl quarantine clear %s' lifts that.",
                                   p->ref, o->goal->number, why, p->ref);
        return r == -ENOENT ? 0 : failure_set_errno(f, r, "Cannot read the quarantine");
}

static int check_all(Operation *o, Failure *f)
{
        int r = 0;

        FOREACH_ARRAY (p, o->before->patches, o->before->n_patches) {
                _cleanup_(manifest_freep) Manifest *m = relations_read_manifest(o->host, p->ref);

                r = relations_check_goal(o->before, o->goal, p, m, f);
                if (r >= 0 && goes(o, p))
                        r = hold_check(o->host->state_dir, p->ref, "rolled back", f);
                if (r < 0)
                        return r;
        }
        FOREACH_ARRAY (p, o->goal->patches, o->goal->n_patches) {
                r = comes(o, p) ? check_coming(o, p, f) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

static int step_check(Operation *o, Failure *f)
{
        int r;

        r = operation_load_generation(o, f);
        if (r >= 0)
                r = generation_goal_load(o->host, o->generation, o->target, &o->goal, f);
        if (r >= 0)
                r = generation_in_force(o->host, o->generation, &o->before, f);
        if (r < 0)
                return r;
        if (generations_are_equal(o->goal, o->before) && generations_are_equal(o->goal, o->generation))
                return failure_set(f, FAILURE_ALREADY_APPLIED,
                                   "What generation %" PRIu64 " says is in force already.", o->goal->number);
        return check_all(o, f);
}

static bool are_apart(const GenerationPatch *coming, const Manifest *m, const GenerationPatch *going,
                      const Manifest *n)
{
        return streq(coming->module_name, going->module_name) || !streq(coming->engine, going->engine) ||
               relations_exclude(m, going) || (n && relations_exclude(n, coming));
}

static bool has_to_make_way(const Operation *o, const GenerationPatch *coming, const Manifest *m)
{
        FOREACH_ARRAY (p, o->before->patches, o->before->n_patches) {
                _cleanup_(manifest_freep) Manifest *n = NULL;

                if (!goes(o, p))
                        continue;
                n = relations_read_manifest(o->host, p->ref);
                if (are_apart(coming, m, p, n))
                        return true;
        }
        return false;
}

/* All that comes is verified before anything goes. */
static int step_verify(Operation *o, Failure *f)
{
        FOREACH_ARRAY (p, o->goal->patches, o->goal->n_patches) {
                _cleanup_(operation_freep) Operation *part = NULL;
                int r;

                if (!comes(o, p))
                        continue;
                r = operation_part_new(o, &operation_restore, p->ref, &part, f);
                if (r >= 0)
                        r = operation_step_verify_stored(part, f);
                if (r >= 0)
                        r = operation_step_verify_module(part, f);
                if (r >= 0)
                        r = relations_check_goal(o->before, o->goal, p, part->manifest, f);
                if (r < 0)
                        return r;
                o->make_way = o->make_way || has_to_make_way(o, p, part->manifest);
        }
        return 0;
}

/* In the order against that of their application: those that need others go before these. */
static int take_out(Operation *o, Failure *f)
{
        for (size_t i = o->before->n_patches; i-- > 0;) {
                const GenerationPatch *p = &o->before->patches[i];
                int r;

                if (!goes(o, p))
                        continue;
                r = operation_part_run(o, &operation_withdraw, p->ref, f);
                if (r < 0)
                        return r;
                if (o->make_way)
                        operation_unload(o->parts[o->n_parts - 1]);
        }
        return 0;
}

/* One that replaces takes the place of those before it: what it should not have is put back after it. */
static int put_in_force(Operation *o, Failure *f)
{
        for (unsigned pass = 0; pass < 2; pass++)
                FOREACH_ARRAY (p, o->goal->patches, o->goal->n_patches) {
                        int r = engine_has_in_force(o->host, p)
                                                ? 0
                                                : operation_part_run(o, &operation_restore, p->ref, f);

                        if (r < 0)
                                return r;
                }
        return 0;
}

static void undo_switch(Operation *o)
{
        o->undoing = true;
        if (!o->make_way)
                operation_put_back_before(o, true);
        for (size_t n = o->n_parts; n-- > 0;)
                if (o->parts[n]->kind == &operation_restore && !generation_find(o->before, o->parts[n]->ref))
                        operation_part_undo(o, o->parts[n]);
        if (o->make_way)
                operation_put_back_before(o, true);
        o->undoing = false;
        while (o->n_parts > 0)
                operation_free(o->parts[--o->n_parts]);
}

static int switch_all(Operation *o, Failure *f)
{
        int r;

        r = o->make_way ? take_out(o, f) : 0;
        if (r >= 0)
                r = put_in_force(o, f);
        if (r >= 0 && !o->make_way)
                r = take_out(o, f);
        if (r < 0)
                undo_switch(o);
        return r;
}

/* What the kernel does not take beside what goes, because the states of that are newer, say, it may take
 * once that is out. */
static int step_switch(Operation *o, Failure *f)
{
        _cleanup_failure_ Failure own = {};
        int r = switch_all(o, &own);

        if (r < 0 && own.kind == FAILURE_KERNEL_REFUSED && !o->make_way && any_goes(o)) {
                o->make_way = true;
                failure_clear(&own);
                free(TAKE_PTR(o->left));
                r = switch_all(o, &own);
        }
        return r < 0 ? failure_set(f, own.kind, "%s", failure_sentence(&own)) : 0;
}

static int step_confirm(Operation *o, Failure *f)
{
        FOREACH_ARRAY (p, o->goal->patches, o->goal->n_patches)
                if (!engine_has_in_force(o->host, p))
                        return failure_set(f, FAILURE_NOT_CONFIRMED,
                                           "The kernel does not show patch %s in force.", p->ref);
        FOREACH_ARRAY (p, o->before->patches, o->before->n_patches)
                if (goes(o, p) && engine_has_in_force(o->host, p))
                        return failure_set(f, FAILURE_NOT_CONFIRMED,
                                           "The kernel still shows patch %s in force.", p->ref);
        return 0;
}

static int step_record(Operation *o, Failure *f)
{
        char cause[64];
        int r;

        (void) snprintf(cause, sizeof(cause), "rollback to %" PRIu64, o->goal->number);
        r = generation_record_as(o->host->state_dir, o->host->kernel->build_id_text, o->generation, o->goal,
                                 cause, &o->recorded, f);
        if (r >= 0)
                o->outcome = text_format("What generation %" PRIu64
                                         " says is in force again, as generation %" PRIu64 ".",
                                         o->goal->number, o->recorded);
        return r;
}

/* A module that stays is said, but the rollback has happened. */
static int step_unload(Operation *o, Failure *f)
{
        (void) f;
        for (size_t i = 0; i < o->n_parts; i++)
                if (o->parts[i]->kind == &operation_withdraw && !o->make_way)
                        operation_unload(o->parts[i]);
        return 0;
}

static const OperationStep steps[] = {
        { "lock", "Waiting for other operations", operation_step_lock, NULL },
        { "check", "Comparing the generation with the kernel", step_check, NULL },
        { "verify", "Verifying what is to be applied again", step_verify, NULL },
        { "switch", "Switching patches", step_switch, undo_switch, true },
        { "confirm", "Confirming what is in force", step_confirm, NULL },
        { "record", "Recording the generation", step_record, NULL },
        { "unload", "Unloading the modules", step_unload, NULL },
};

const OperationKind operation_rollback_to = {
        .name = "rollback-to",
        .polkit_action = "org.kpatchd1.rollback",
        .polkit_message =
                        "Authentication is required to bring back generation $(generation) of live patches",
        .state = _PATCH_STATE_MAX,
        .many = true,
        .options = OPERATION_OPTION_DRY_RUN | OPERATION_OPTION_EXPECT_GENERATION | OPERATION_OPTION_POLICY |
                   OPERATION_OPTION_DEADLINE | OPERATION_OPTION_ATTACHED,
        .done_all = "That generation is in force again.",
        .would_all = "That generation could be put in force again.",
        .failed_all = "Did not go back to a generation",
        .done_log_id = LOG_ID_GENERATION_BACK,
        .failed_log_id = LOG_ID_GENERATION_NOT_BACK,
        .steps = steps,
        .n_steps = ELEMENTSOF(steps),
};
