/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "model.h"

#include "cleanup.h"
#include "names.h"
#include "patch-ref.h"
#include "text.h"

#include <strings.h>

void engine_list_clear(EngineList *l)
{
        FOREACH_ARRAY (item, l->items, l->n) {
                free(item->name);
                free(item->detail);
        }
        free(l->items);
        *l = (EngineList){};
}

void diagnosis_list_clear(DiagnosisList *l)
{
        FOREACH_ARRAY (d, l->items, l->n) {
                free(d->check);
                free(d->result);
                free(d->sentence);
                free(d->remedy);
        }
        free(l->items);
        *l = (DiagnosisList){};
}

void cve_info_clear(CveInfo *c)
{
        free(c->state);
        FOREACH_ARRAY (p, c->patches, c->n_patches) {
                free(p->reference);
                free(p->state);
                free(p->feed);
                free(p->withdrawn);
        }
        free(c->patches);
        *c = (CveInfo){};
}

void generation_list_clear(GenerationList *l)
{
        FOREACH_ARRAY (g, l->items, l->n) {
                free(g->created);
                free(g->cause);
                strv_free(g->patches);
        }
        free(l->items);
        *l = (GenerationList){};
}

void trust_root_list_clear(TrustRootList *l)
{
        FOREACH_ARRAY (item, l->items, l->n)
                free(item->name);
        free(l->items);
        *l = (TrustRootList){};
}

void quarantine_list_clear(QuarantineList *l)
{
        FOREACH_ARRAY (item, l->items, l->n) {
                free(item->patch);
                free(item->why);
                free(item->since);
        }
        free(l->items);
        *l = (QuarantineList){};
}

void reboot_list_clear(RebootList *l)
{
        FOREACH_ARRAY (item, l->items, l->n) {
                free(item->kind);
                free(item->reason);
        }
        free(l->items);
        *l = (RebootList){};
}

void function_list_clear(FunctionList *l)
{
        FOREACH_ARRAY (item, l->items, l->n) {
                free(item->object);
                free(item->name);
        }
        free(l->items);
        *l = (FunctionList){};
}

void object_list_clear(ObjectList *l)
{
        FOREACH_ARRAY (item, l->items, l->n) {
                free(item->name);
                free(item->state);
        }
        free(l->items);
        *l = (ObjectList){};
}

void straggler_list_clear(StragglerList *l)
{
        FOREACH_ARRAY (item, l->items, l->n) {
                free(item->name);
                free(item->function);
                strv_free(item->stack);
        }
        free(l->items);
        free(l->why_no_stacks);
        *l = (StragglerList){};
}

void event_list_clear(EventList *l)
{
        FOREACH_ARRAY (e, l->items, l->n) {
                free(e->kind);
                free(e->patch);
                free(e->result);
                free(e->message);
                free(e->comm);
        }
        free(l->items);
        *l = (EventList){};
}

void level_info_clear(LevelInfo *l)
{
        free(l->level);
        free(l->patch);
        free(l->trust_root);
        *l = (LevelInfo){};
}

void kernel_info_clear(KernelInfo *k)
{
        free(k->release);
        free(k->build_id);
        *k = (KernelInfo){};
}

void manager_info_clear(ManagerInfo *m)
{
        free(m->version);
        kernel_info_clear(&m->kernel);
        engine_list_clear(&m->engines);
        trust_root_list_clear(&m->trust_roots);
        strv_free(m->unsigned_from);
        free(m->apply_disabled_reason);
        quarantine_list_clear(&m->quarantine);
        level_info_clear(&m->level);
        reboot_list_clear(&m->reboot);
        *m = (ManagerInfo){};
}

void patch_info_clear(PatchInfo *p)
{
        free(p->id);
        free(p->version);
        free(p->reference);
        free(p->title);
        free(p->description);
        free(p->state);
        free(p->quarantined);
        free(p->engine);
        free(p->severity);
        free(p->level);
        strv_free(p->cves);
        kernel_info_clear(&p->kernel);
        free(p->module);
        free(p->module_sha256);
        strv_free(p->depends);
        strv_free(p->supersedes);
        function_list_clear(&p->functions);
        object_list_clear(&p->objects);
        straggler_list_clear(&p->stragglers);
        free(p->trust_root);
        *p = (PatchInfo){};
}

void job_progress_clear(JobProgress *p)
{
        free(p->sentence);
        *p = (JobProgress){};
}

void job_info_clear(JobInfo *j)
{
        free(j->path);
        free(j->kind);
        free(j->patch);
        free(j->state);
        free(j->step);
        job_progress_clear(&j->progress);
        *j = (JobInfo){};
}

void feed_patch_list_clear(FeedPatchList *l)
{
        FOREACH_ARRAY (item, l->items, l->n) {
                free(item->patch);
                free(item->offer);
                free(item->severity);
                free(item->reason);
        }
        free(l->items);
        *l = (FeedPatchList){};
}

void feed_failure_clear(FeedFailure *f)
{
        free(f->name);
        free(f->sentence);
        *f = (FeedFailure){};
}

void feed_info_clear(FeedInfo *f)
{
        free(f->name);
        free(f->policy);
        free(f->channel);
        strv_free(f->urls);
        feed_failure_clear(&f->failure);
        feed_patch_list_clear(&f->patches);
        *f = (FeedInfo){};
}

void objects_info_clear(ObjectsInfo *o)
{
        FOREACH_ARRAY (feed, o->feeds, o->n_feeds)
                feed_info_clear(feed);
        free(o->feeds);
        FOREACH_ARRAY (patch, o->patches, o->n_patches)
                patch_info_clear(patch);
        free(o->patches);
        FOREACH_ARRAY (job, o->jobs, o->n_jobs)
                job_info_clear(job);
        free(o->jobs);
        *o = (ObjectsInfo){};
}

static int compare_patches(const void *a, const void *b)
{
        const PatchInfo *x = a, *y = b;
        int d = strcmp(strempty(x->id), strempty(y->id));

        return d != 0 ? d : patch_version_compare(strempty(x->version), strempty(y->version));
}

int patches_complete(PatchInfo *patches, size_t n)
{
        if (n > 0)
                qsort(patches, n, sizeof(*patches), compare_patches);
        FOREACH_ARRAY (p, patches, n) {
                const char *version = strempty(p->version);

                p->reference = text_format("%s%s%s", strempty(p->id), version[0] ? "=" : "", version);
                if (!p->reference)
                        return -ENOMEM;
        }
        return 0;
}

bool patch_has_module(const PatchInfo *p, const char *name)
{
        static const char suffix[] = ".ko";
        const char *module = strempty(p->module);
        size_t n = strlen(name);

        if (n > strlen(suffix) && streq(name + n - strlen(suffix), suffix))
                n -= strlen(suffix);
        if (strlen(module) != n)
                return false;
        /* The kernel makes '_' of '-'. */
        for (size_t i = 0; i < n; i++)
                if ((module[i] == '-' ? '_' : module[i]) != (name[i] == '-' ? '_' : name[i]))
                        return false;
        return n > 0;
}

const PatchInfo *patches_find(const PatchInfo *patches, size_t n, const char *id, const char *version)
{
        const PatchInfo *found = NULL;
        bool by_id = false;

        FOREACH_ARRAY (patch, patches, n)
                by_id = by_id || streq(strempty(patch->id), id);
        FOREACH_ARRAY (patch, patches, n) {
                if (by_id ? !streq(strempty(patch->id), id) : version || !patch_has_module(patch, id))
                        continue;
                if (version && !streq(strempty(patch->version), version))
                        continue;
                if (patch_has_state(patch, PATCH_STATE_APPLIED))
                        return patch;
                if (!found || patch_version_compare(strempty(patch->version), strempty(found->version)) > 0)
                        found = patch;
        }
        return found;
}

bool patch_has_state(const PatchInfo *p, PatchState state)
{
        return streq_ptr(p->state, patch_state_to_string(state));
}

bool patch_is_unsigned(const PatchInfo *p)
{
        return streq_ptr(p->trust_root, TRUST_ROOT_UNSIGNED);
}

bool patch_is_moving(const PatchInfo *p)
{
        return patch_has_state(p, PATCH_STATE_APPLYING) || patch_has_state(p, PATCH_STATE_REVERTING);
}

bool patch_is_past_deadline(const PatchInfo *p, const ObjectsInfo *o)
{
        if (!patch_is_moving(p))
                return false;
        /* A job that names no patch may be at any, if it is one that switches. */
        FOREACH_ARRAY (job, o->jobs, o->n_jobs)
                if (!streq(strempty(job->kind), "refresh") &&
                    (!strempty(job->patch)[0] || streq(job->patch, p->reference)))
                        return false;
        return true;
}

const char *patch_find_withdrawal(const PatchInfo *p, const FeedInfo *feed)
{
        if (!patch_has_state(p, PATCH_STATE_APPLIED) || !streq_ptr(p->trust_root, feed->name))
                return NULL;
        FOREACH_ARRAY (patch, feed->patches.items, feed->patches.n)
                if (streq(strempty(patch->offer), "withdrawn") &&
                    streq(p->reference, strempty(patch->patch)))
                        return strempty(patch->reason);
        return NULL;
}

const ObjectInfo *patch_find_skipped(const PatchInfo *p, const ObjectInfo *last, const char **ret_why)
{
        if (!patch_has_state(p, PATCH_STATE_APPLIED))
                return NULL;
        for (const ObjectInfo *object = last ? last + 1 : p->objects.items;
             object && object < p->objects.items + p->objects.n; object++)
                if (strncmp(strempty(object->state), OBJECT_SKIPPED, strlen(OBJECT_SKIPPED)) == 0) {
                        if (ret_why)
                                *ret_why = object->state + strlen(OBJECT_SKIPPED);
                        return object;
                }
        return NULL;
}

char *cve_id_normalize(const char *text)
{
        static const char prefix[] = "CVE-";
        size_t n = strlen(prefix);

        return strncasecmp(text, prefix, n) == 0 ? text_format("%s%s", prefix, text + n) : strdup(text);
}

static int complete(CvePatch *c, const PatchInfo *p, const ObjectsInfo *o)
{
        c->partial = patch_find_skipped(p, NULL, NULL);
        FOREACH_ARRAY (feed, o->feeds, o->n_feeds) {
                const char *why = patch_find_withdrawal(p, feed);

                if (!why || c->withdrawn)
                        continue;
                c->withdrawn = strdup(why);
                if (!c->withdrawn)
                        return -ENOMEM;
        }
        return 0;
}

int cve_info_complete(CveInfo *c, const ObjectsInfo *o)
{
        int r = 0;

        FOREACH_ARRAY (patch, c->patches, c->n_patches)
                FOREACH_ARRAY (p, o->patches, o->n_patches)
                        if (r >= 0 && !patch->feed && streq_ptr(patch->reference, p->reference))
                                r = complete(patch, p, o);
        return r;
}

bool patch_fits_kernel(const PatchInfo *p, const KernelInfo *k)
{
        return p->kernel.build_id && k->build_id && strcasecmp(p->kernel.build_id, k->build_id) == 0;
}

bool trust_root_has_expired(const TrustRootInfo *root, uint64_t now)
{
        return root->expires <= now;
}
