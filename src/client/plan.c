/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "plan.h"

#include "cleanup.h"
#include "pending.h"
#include "text.h"

#include <stdarg.h>

static int no_memory(Failure *f)
{
        return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
}

static int add_text(char ***list, Failure *f, const char *format, ...) _printf_(3, 4);

static int add_text(char ***list, Failure *f, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = text_formatv(format, ap);
        va_end(ap);
        if (!text)
                return no_memory(f);
        return strv_append(list, text) < 0 ? no_memory(f) : 0;
}

/* Inserts a step at a place, with a copy of patch; takes over step.why, which may be NULL. */
static int insert(Plan *p, size_t at, PlanStep step, const char *patch, Failure *f)
{
        PlanStep *steps = reallocarray(p->steps, p->n + 1, sizeof(PlanStep));

        step.patch = strdup(patch);
        if (steps)
                p->steps = steps;
        if (!steps || !step.patch) {
                free(step.patch);
                free(step.why);
                return no_memory(f);
        }
        memmove(&p->steps[at + 1], &p->steps[at], (p->n - at) * sizeof(PlanStep));
        p->steps[at] = step;
        p->n++;
        return 0;
}

static int add(Plan *p, const PatchInfo *patch, bool out, Failure *f, const char *format, ...)
                _printf_(5, 6);

static int add(Plan *p, const PatchInfo *patch, bool out, Failure *f, const char *format, ...)
{
        char *why;
        va_list ap;

        FOREACH_ARRAY (step, p->steps, p->n)
                if (step->info == patch)
                        return 0;
        va_start(ap, format);
        why = text_formatv(format, ap);
        va_end(ap);
        return why ? insert(p, p->n, (PlanStep){ .info = patch, .why = why, .out = out }, patch->reference,
                            f)
                   : no_memory(f);
}

static bool is_ours(const PatchInfo *patch)
{
        return strempty(patch->version)[0];
}

static bool in_force(const PatchInfo *patch)
{
        return patch_has_state(patch, PATCH_STATE_APPLIED);
}

static bool is_candidate(const Plan *p, const PatchInfo *patch)
{
        return pending_is_candidate(p->objects, p->kernel, patch);
}

/* What is meant is the version that the daemon would take; it is asked for as it was named. */
int plan_add_named(Plan *p, const char *text, Failure *f)
{
        const PatchInfo *found = NULL;

        FOREACH_ARRAY (patch, p->objects->patches, p->objects->n_patches) {
                if (!is_ours(patch) || !(streq(patch->reference, text) || streq(patch->id, text)))
                        continue;
                if (in_force(patch)) {
                        found = patch;
                        break;
                }
                if (!found || patch_fits_kernel(patch, p->kernel) || !patch_fits_kernel(found, p->kernel))
                        found = patch;
        }
        FOREACH_ARRAY (step, p->steps, p->n)
                if (found && step->info == found)
                        return 0;
        return insert(p, p->n, (PlanStep){ .info = found }, text, f);
}

static bool closes(const CveInfo *info, const PatchInfo *patch)
{
        FOREACH_ARRAY (p, info->patches, info->n_patches)
                if (!p->feed && streq_ptr(p->reference, patch->reference))
                        return true;
        return false;
}

/* Why none of them was taken. */
static int refuse_cve(const char *cve, const CveInfo *info, Failure *f)
{
        FOREACH_ARRAY (p, info->patches, info->n_patches)
                if (!p->feed && streq_ptr(info->state, "partial"))
                        return failure_set(
                                        f, FAILURE_NO_SUCH_PATCH,
                                        "%s is in force and closes %s only in part, without a module that it "
                                        "changes: 'kpatchctl info %s' shows which.",
                                        p->reference, cve, p->reference);
                else if (!p->feed)
                        return failure_set(f, FAILURE_NO_SUCH_PATCH,
                                           "%s closes %s, but is held, quarantined, withdrawn, for another "
                                           "kernel or not offered: 'kpatchctl info %s' says more.",
                                           p->reference, cve, p->reference);
        if (info->n_patches > 0)
                return failure_set(f, FAILURE_NO_SUCH_PATCH,
                                   "%s closes %s and is not stored: 'kpatchctl refresh --download %s' "
                                   "downloads it.",
                                   info->patches[0].reference, cve, info->patches[0].feed);
        return failure_set(f, FAILURE_NO_SUCH_PATCH,
                           "No patch that closes %s is known; 'kpatchctl refresh' looks for one.", cve);
}

int plan_add_cve(Plan *p, const char *cve, const CveInfo *info, Failure *f)
{
        if (streq_ptr(info->state, "closed"))
                return add_text(&p->notes, f, "%s is closed already.", cve);
        if (streq_ptr(info->state, "applying"))
                return add_text(&p->notes, f, "A patch that closes %s is being switched.", cve);
        FOREACH_ARRAY (patch, p->objects->patches, p->objects->n_patches) {
                const PatchInfo *newer;

                if (!is_candidate(p, patch) || !closes(info, patch))
                        continue;
                /* The newest version, as long as it still closes it. */
                newer = pending_find_successor(p->objects, p->kernel, patch);
                if (!newer || !closes(info, newer))
                        return add(p, patch, false, f, "closes %s", cve);
        }
        return refuse_cve(cve, info, f);
}

static bool is_stored(const Plan *p, const FeedPatchInfo *offer)
{
        FOREACH_ARRAY (patch, p->objects->patches, p->objects->n_patches)
                if (streq(patch->reference, strempty(offer->patch)))
                        return true;
        return false;
}

/* What feeds offer and have not downloaded. */
static int note_missing(Plan *p, Failure *f)
{
        int r = 0;

        FOREACH_ARRAY (feed, p->objects->feeds, p->objects->n_feeds)
                FOREACH_ARRAY (offer, feed->patches.items, feed->patches.n)
                        if (r >= 0 && pending_is_offered(p->objects, feed, offer) && !is_stored(p, offer))
                                r = add_text(&p->notes, f,
                                             "%s is offered by the feed %s and not stored: 'kpatchctl "
                                             "refresh --download %s' downloads it.",
                                             offer->patch, feed->name, feed->name);
        return r;
}

int plan_add_all(Plan *p, Failure *f)
{
        int r = 0;

        FOREACH_ARRAY (patch, p->objects->patches, p->objects->n_patches) {
                const PatchInfo *held = pending_find_held(p->objects, patch);

                if (r < 0 || !is_candidate(p, patch) || pending_find_successor(p->objects, p->kernel, patch))
                        continue;
                if (held)
                        r = add_text(&p->notes, f, "%s would take the place of %s, which is held.",
                                     patch->reference, held->reference);
                else
                        r = add(p, patch, false, f, "is for this kernel");
        }
        return r < 0 ? r : note_missing(p, f);
}

/* The newest of that id that could be put in force; NULL where there is none. */
static const PatchInfo *find_needed(const Plan *p, const char *id)
{
        const PatchInfo *found = NULL;

        /* They are in the order of their versions. */
        FOREACH_ARRAY (patch, p->objects->patches, p->objects->n_patches)
                if (is_candidate(p, patch) && streq(patch->id, id))
                        found = patch;
        return found;
}

static bool is_in_force(const Plan *p, const char *id)
{
        FOREACH_ARRAY (patch, p->objects->patches, p->objects->n_patches)
                if (is_ours(patch) && in_force(patch) && streq(patch->id, id))
                        return true;
        return false;
}

/* The first step of that id; p->n where there is none. */
static size_t find_step_of(const Plan *p, const char *id)
{
        size_t i = 0;

        for (; i < p->n; i++) {
                const PatchInfo *patch = p->steps[i].info;

                if (patch && !p->steps[i].out && streq(patch->id, id))
                        break;
        }
        return i;
}

/* Has what it depends on come before it, moved there or new. Returns 1 if something came: it may itself
 * depend on others. */
static int order(Plan *p, size_t i, const PatchInfo *patch, Failure *f)
{
        for (char **id = patch->depends; id && *id; id++) {
                size_t at = find_step_of(p, *id);
                const PatchInfo *needed = find_needed(p, *id);
                _cleanup_free_ char *why = NULL;

                if (is_in_force(p, *id))
                        continue;
                p->steps[i].dependent = p->steps[i].dependent || at < p->n || needed;
                if (at < p->n && at > i) {
                        PlanStep step = p->steps[at];

                        memmove(&p->steps[i + 1], &p->steps[i], (at - i) * sizeof(PlanStep));
                        p->steps[i] = step;
                        return 1;
                }
                /* What is missing altogether the daemon refuses by name. */
                if (at < p->n || !needed)
                        continue;
                why = text_format("is needed by %s", patch->id);
                if (!why)
                        return no_memory(f);
                return insert(p, i, (PlanStep){ .info = needed, .why = TAKE_PTR(why) }, needed->reference,
                              f) < 0
                                       ? -ENOMEM
                                       : 1;
        }
        return 0;
}

static int add_needed(Plan *p, Failure *f)
{
        /* Patches that depend on each other in a circle cannot be put in order: the daemon says so. */
        size_t budget = (p->objects->n_patches + 1) * (p->objects->n_patches + 1);

        for (size_t i = 0; i < p->n && budget > 0; budget--) {
                const PatchInfo *patch = p->steps[i].info;
                int r = patch ? order(p, i, patch, f) : 0;

                if (r < 0)
                        return r;
                i += r == 0;
        }
        return 0;
}

static int tell_replaced(Plan *p, const PatchInfo *patch, Failure *f)
{
        int r = 0;

        FOREACH_ARRAY (other, p->objects->patches, p->objects->n_patches)
                if (r >= 0 && other != patch && is_ours(other) && in_force(other) &&
                    streq_ptr(other->engine, patch->engine))
                        r = add_text(&p->effects, f, "%s is replaced by %s", other->reference,
                                     patch->reference);
        return r;
}

static int add_superseded(Plan *p, const PatchInfo *patch, Failure *f)
{
        int r = 0;

        FOREACH_ARRAY (other, p->objects->patches, p->objects->n_patches)
                if (r >= 0 && is_ours(other) && in_force(other) && !other->held &&
                    pending_supersedes(patch, other))
                        r = add(p, other, true, f, "is superseded by %s", patch->reference);
        return r;
}

int plan_complete(Plan *p, Failure *f)
{
        size_t n;
        int r;

        r = add_needed(p, f);
        n = p->n;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                const PatchInfo *patch = p->steps[i].info;

                if (patch && !in_force(patch) && patch->replace)
                        r = tell_replaced(p, patch, f);
                else if (patch && p->steps[i].why)
                        r = add_superseded(p, patch, f);
        }
        return r;
}

bool plan_is_wider(const Plan *p)
{
        FOREACH_ARRAY (step, p->steps, p->n)
                if (step->why)
                        return true;
        return strv_length(p->effects) > 0;
}

void plan_clear(Plan *p)
{
        FOREACH_ARRAY (step, p->steps, p->n) {
                free(step->patch);
                free(step->why);
        }
        free(p->steps);
        strv_free(p->effects);
        strv_free(p->notes);
        *p = (Plan){};
}
