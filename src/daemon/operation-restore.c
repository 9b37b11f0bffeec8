/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* A rollback of a patch that had taken the place of others puts these back first, on top of it, so that no
 * call finds a hole open in between. So does what undoes its apply. */

#include "cleanup.h"
#include "generation-goal.h"
#include "hold.h"
#include "log-ids.h"
#include "log.h"
#include "operation.h"
#include "postpone.h"
#include "quarantine.h"
#include "relations.h"
#include "replaced.h"
#include "strv.h"

/* What was put back, and itself replaces others, would take the place of those that were applied since. */
static int check_those_since(const Operation *o, const Generation *others, const GenerationPatch *back,
                             Failure *f)
{
        _cleanup_(manifest_freep) Manifest *m = relations_read_manifest(o->host, back->ref);

        if (!m || !m->replace)
                return 0;
        FOREACH_ARRAY (p, others->patches, others->n_patches)
                if (!streq(p->ref, o->ref) && streq(p->engine, back->engine))
                        return failure_set(
                                        f, FAILURE_CONFLICT,
                                        "Patch %s has replaced %s, which would come back and replace %s: roll %s "
                                        "back first, or go to a generation (kpatchctl rollback --to).",
                                        o->ref, back->ref, p->ref, p->ref);
        return 0;
}

static bool is_kept_out(const Operation *o, char **postponed, const char *ref)
{
        _cleanup_free_ char *why = NULL;

        return strv_contains(postponed, ref) || quarantine_find(o->host->state_dir, ref, &why) >= 0;
}

/* The present generation, without what is out of force for a reason of its own. */
static int load_wanted(const Operation *o, Generation **ret, Failure *f)
{
        _cleanup_(generation_freep) Generation *g = NULL;
        _cleanup_strv_free_ char **postponed = NULL;
        int r;

        r = generation_goal_load(o->host, o->generation, o->generation->number, &g, f);
        if (r >= 0)
                r = postpone_list(o->host, &postponed, f);
        if (r < 0)
                return r;
        for (size_t i = 0; i < g->n_patches;)
                if (is_kept_out(o, postponed, g->patches[i].ref))
                        generation_forget(g, g->patches[i].ref);
                else
                        i++;
        *ret = TAKE_PTR(g);
        return 0;
}

static void forget_others(const Operation *o, Generation *g)
{
        for (size_t i = 0; i < g->n_patches;)
                if (streq(g->patches[i].ref, o->ref) || !streq(g->patches[i].engine, o->engine->name))
                        generation_forget(g, g->patches[i].ref);
                else
                        i++;
}

static bool is_back(const Operation *o, bool recorded, const GenerationPatch *p)
{
        return streq(p->ref, o->ref) ||
               (recorded ? generation_find(o->generation, p->ref) != NULL : engine_has_in_force(o->host, p));
}

/* Where a generation came of its application, the one before it says what it has taken the place of; else
 * the present one says what is wanted without it. */
static int load_replaced(Operation *o, bool recorded, Failure *f)
{
        Generation *g = NULL;
        int r;

        if (recorded)
                r = replaced_find(o->host->state_dir, o->host->kernel->build_id_text, o->generation, o->ref,
                                  &g, NULL);
        else if (o->manifest->replace && engine_state_is_in_force(o->found))
                r = load_wanted(o, &g, f);
        else
                return 0;
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the generations");
        if (g && !recorded)
                forget_others(o, g);
        for (size_t i = 0; g && i < g->n_patches;)
                if (is_back(o, recorded, &g->patches[i]))
                        generation_forget(g, g->patches[i].ref);
                else
                        i++;
        o->replaced = g;
        return 0;
}

int operation_find_replaced(Operation *o, Failure *f)
{
        _cleanup_(generation_freep) Generation *in_force = NULL;
        bool recorded = generation_find(o->generation, o->ref);
        int r;

        r = load_replaced(o, recorded, f);
        if (r >= 0 && !recorded && o->replaced)
                r = generation_in_force(o->host, o->generation, &in_force, f);
        for (size_t i = 0; r >= 0 && o->replaced && i < o->replaced->n_patches; i++) {
                const GenerationPatch *back = &o->replaced->patches[i];

                r = hold_check(o->host->state_dir, back->ref, "put back", f);
                if (r >= 0)
                        r = check_those_since(o, recorded ? o->generation : in_force, back, f);
        }
        return r;
}

/* Taking a patch out trusts nothing but the record: what can no longer be verified does not hinder it. */
static bool is_lost(FailureKind kind)
{
        return kind == FAILURE_NO_SUCH_PATCH || kind == FAILURE_STATE_CORRUPT ||
               (kind >= FAILURE_NO_TRUST_ROOT && kind <= FAILURE_ROOT_EXPIRED);
}

void operation_undo_restore(Operation *o)
{
        while (o->n_parts > 0) {
                Operation *part = o->parts[--o->n_parts];

                operation_part_undo(o, part);
                operation_free(part);
        }
}

/* What is out of force for a reason of its own is wanted again, as before, and stays out. */
static int restore_all(Operation *o, Failure *f)
{
        _cleanup_strv_free_ char **postponed = NULL;
        Generation *g = o->replaced;
        int r;

        r = postpone_list(o->host, &postponed, f);
        if (r < 0)
                return r;
        for (size_t i = 0; g && i < g->n_patches;) {
                _cleanup_failure_ Failure own = {};
                const char *ref = g->patches[i].ref;

                if (is_kept_out(o, postponed, ref)) {
                        i++;
                        continue;
                }
                r = operation_part_run(o, &operation_restore, ref, &own);
                if (r < 0 && !is_lost(own.kind)) {
                        operation_undo_restore(o);
                        return failure_set(f, own.kind, "What patch %s has replaced cannot be put back: %s",
                                           o->ref, failure_sentence(&own));
                }
                if (r < 0)
                        generation_forget(g, ref);
                else
                        i++;
        }
        return 0;
}

/* What the kernel does not take beside the patch, because the patch's states are newer, say, it may take
 * once the patch is out. */
int operation_step_restore(Operation *o, Failure *f)
{
        _cleanup_failure_ Failure own = {};
        int r = restore_all(o, &own);

        if (r < 0 && own.kind != FAILURE_KERNEL_REFUSED)
                return failure_set(f, own.kind, "%s", failure_sentence(&own));
        o->restore_after = r < 0;
        return 0;
}

int operation_step_restore_after(Operation *o, Failure *f)
{
        return o->restore_after ? restore_all(o, f) : 0;
}

void operation_undo_restore_after(Operation *o)
{
        if (o->restore_after)
                operation_undo_restore(o);
}

static int restore_again(Operation *o, const char *ref, Failure *f)
{
        int r = operation_part_run(o, &operation_restore, ref, f);

        /* It stays, whatever is undone besides. */
        if (r >= 0)
                operation_free(o->parts[--o->n_parts]);
        return r;
}

/* One that replaces takes the place of those that came after it as well: these follow. */
int operation_load_anew(Operation *o, Failure *f)
{
        int r;

        o->undoing = true;
        r = restore_again(o, o->ref, f);
        for (size_t i = 0; r >= 0 && i < o->before->n_patches; i++)
                if (!engine_has_in_force(o->host, &o->before->patches[i]))
                        r = restore_again(o, o->before->patches[i].ref, f);
        return r;
}

int operation_find_before(Operation *o, Failure *f)
{
        int r;

        if (!o->manifest->replace)
                return 0;
        /* One that is in force has done it already: what it found is what is wanted beside it. */
        if (engine_state_is_in_force(o->found))
                r = load_wanted(o, &o->before, f);
        else
                r = generation_in_force(o->host, o->generation, &o->before, f);
        if (r >= 0)
                forget_others(o, o->before);
        return r;
}

/* One that is loaded still needs no more than a word to the kernel. */
static int put_back_one(Operation *o, const GenerationPatch *p, Failure *f)
{
        _cleanup_(operation_freep) Operation *part = NULL;
        EngineState state;
        int r;

        r = operation_part_new(o, &operation_restore, p->ref, &part, f);
        if (r >= 0)
                r = engine_find(p->engine, &part->engine, f);
        if (r < 0)
                return r;
        part->identity = engine_module_from_generation(p);
        r = part->engine->read_state(o->host, &part->identity, &state, f);
        if (r < 0 || engine_state_is_in_force(state))
                return r;
        if (state == ENGINE_STATE_REVERTING || (state != ENGINE_STATE_ABSENT && !part->engine->reloads))
                return operation_put_back(part, f);
        return operation_part_run(o, &operation_restore, p->ref, f);
}

void operation_put_back_before(Operation *o, bool last)
{
        for (size_t i = 0; o->before && i < o->before->n_patches; i++) {
                const GenerationPatch *p = &o->before->patches[i];
                _cleanup_failure_ Failure f = {};

                if (put_back_one(o, p, &f) < 0 && last)
                        operation_undo_failed(o, p->ref, &f, "Cannot put %s back", p->ref);
        }
}
