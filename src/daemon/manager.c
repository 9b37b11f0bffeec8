/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "manager.h"

#include "cleanup.h"
#include "log-ids.h"
#include "log.h"
#include "patch-ref.h"
#include "store.h"
#include "strv.h"
#include "verify.h"

int manager_new(Host *host, sd_event *event, Manager **ret, Failure *f)
{
        _cleanup_(manager_freep) Manager *m = calloc(1, sizeof(Manager));
        int r;

        if (!m) {
                host_free(host);
                return failure_set_errno(f, -ENOMEM, "Cannot start");
        }
        m->host = host;
        m->event = sd_event_ref(event);
        m->kept_out = kernel_cmdline_has(host->proc, CMDLINE_NO_APPLY);
        r = manager_refresh(m, f);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(m);
        return 0;
}

void manager_set_events(Manager *m, const ManagerEvents *events, void *userdata)
{
        m->events = events;
        m->userdata = userdata;
}

static int compare_patches(const void *a, const void *b)
{
        const Patch *x = *(Patch *const *) a, *y = *(Patch *const *) b;
        int d = strcmp(x->id, y->id);

        return d != 0 ? d : patch_version_compare(x->version, y->version);
}

/* Takes over p. */
static int add_patch(Manager *m, Patch *p)
{
        Patch **larger = reallocarray(m->patches, m->n_patches + 1, sizeof(Patch *));

        if (!larger) {
                patch_free(p);
                return -ENOMEM;
        }
        m->patches = larger;
        m->patches[m->n_patches++] = p;
        p->seen = true;
        return 0;
}

/* A stored patch that cannot be verified is not listed: nobody vouches for what its manifest says. */
static int load_stored(Manager *m, const char *ref)
{
        _cleanup_(manifest_freep) Manifest *manifest = NULL;
        _cleanup_free_ char *envelope = NULL, *root_name = NULL;
        _cleanup_failure_ Failure f = {};
        size_t size;
        Patch *p;
        int r;

        r = store_read_manifest(m->host->state_dir, ref, &envelope, &size, &f);
        if (r >= 0)
                r = verify_manifest(m->host, envelope, size, &manifest, &root_name, &f);
        if (r >= 0 && !streq(manifest->ref, ref))
                r = failure_set(&f, FAILURE_STATE_CORRUPT, "It is the manifest of %s.", manifest->ref);
        if (r >= 0)
                r = patch_new_from_manifest(manifest, root_name, &p);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                (void) failure_set_errno(&f, r, "Cannot use it");
                log_patch(LOG_WARNING, LOG_ID_STATE_LOST, ref, "The stored patch %s is left out: %s", ref,
                          failure_sentence(&f));
                return 0;
        }
        (void) TAKE_PTR(manifest);
        (void) TAKE_PTR(root_name);
        return add_patch(m, p);
}

static int collect_stored(Manager *m, Failure *f)
{
        _cleanup_strv_free_ char **refs = NULL;
        int r;

        r = store_list(m->host->state_dir, &refs, f);
        if (r < 0)
                return r;
        for (char **ref = refs; ref && *ref; ref++) {
                Patch *p = manager_find(m, *ref);

                if (p && p->manifest) {
                        p->seen = true;
                        continue;
                }
                r = load_stored(m, *ref);
                if (r < 0)
                        return failure_set_errno(f, r, "Cannot read the store");
        }
        return 0;
}

/* The patch of that name that was collected already, or is known from an earlier generation. */
static Patch *find_collected(const Manager *m, const char *ref)
{
        Patch *known = NULL;

        for (size_t i = 0; i < m->n_patches; i++) {
                Patch *p = m->patches[i];

                if (p->by_hand || !streq(p->ref, ref))
                        continue;
                if (p->seen)
                        return p;
                if (!p->manifest)
                        known = p;
        }
        return known;
}

static int collect_generation(Manager *m)
{
        const Generation *g = m->generation;

        FOREACH_ARRAY (wanted, g->patches, g->n_patches) {
                Patch *p = find_collected(m, wanted->ref);
                int r;

                if (p) {
                        p->seen = true;
                        continue;
                }
                r = patch_new_from_generation(wanted, &p);
                if (r == -EOPNOTSUPP)
                        continue;
                if (r >= 0)
                        r = add_patch(m, p);
                if (r < 0)
                        return r;
        }
        return 0;
}

static Patch *find_in_force(const Manager *m, const char *module)
{
        Patch *by_hand = NULL;

        for (size_t i = 0; i < m->n_patches; i++) {
                Patch *p = m->patches[i];

                if (!streq(p->module_name, module))
                        continue;
                if (p->by_hand)
                        by_hand = p;
                else if (p->seen && patch_read_state(p, m->host, true) == PATCH_STATE_APPLIED)
                        return p;
        }
        return by_hand;
}

static int collect_kernel(Manager *m)
{
        for (size_t i = 0; engines[i]; i++) {
                _cleanup_strv_free_ char **modules = NULL;
                int r;

                r = engines[i]->list(m->host, &modules);
                for (char **module = modules; r >= 0 && module && *module; module++) {
                        Patch *p = find_in_force(m, *module);

                        if (p) {
                                p->seen = true;
                                continue;
                        }
                        r = patch_new_by_hand(engines[i], *module, &p);
                        if (r >= 0)
                                r = add_patch(m, p);
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

static void drop_unseen(Manager *m)
{
        size_t n = 0;

        for (size_t i = 0; i < m->n_patches; i++) {
                Patch *p = m->patches[i];

                if (p->seen) {
                        m->patches[n++] = p;
                        continue;
                }
                if (m->events)
                        m->events->patch_removed(p, m->userdata);
                patch_free(p);
        }
        m->n_patches = n;
}

static void tell_changes(Manager *m, Patch *const *known, size_t n_known)
{
        for (size_t i = 0; i < m->n_patches; i++) {
                Patch *p = m->patches[i];
                bool persistent = generation_find(m->generation, p->ref), is_new = true;
                bool changed = persistent != p->persistent;
                PatchState state;

                for (size_t k = 0; is_new && k < n_known; k++)
                        is_new = known[k] != p;
                p->persistent = persistent;
                state = manager_patch_state(m, p);
                if (!is_new && !patch_state_may_become(p->shown, state))
                        log_patch(LOG_NOTICE, NULL, p->ref, "Patch %s went from %s to %s, not by kpatchd.",
                                  p->ref, patch_state_to_string(p->shown), patch_state_to_string(state));
                changed = changed || state != p->shown;
                p->shown = state;
                if (is_new && m->events)
                        m->events->patch_added(p, m->userdata);
                else if (changed && m->events)
                        m->events->patch_changed(p, m->userdata);
        }
}

static int refresh_generation(Manager *m, Failure *f)
{
        Generation *g;
        bool changed;
        int r;

        r = generation_load(m->host->state_dir, m->host->kernel->build_id_text, &g, f);
        if (r < 0)
                return r;
        changed = m->generation && m->generation->number != g->number;
        generation_free(m->generation);
        m->generation = g;
        if (changed && m->events)
                m->events->generation_changed(m->userdata);
        return 0;
}

static int refresh(Manager *m, bool with_disk, Failure *f)
{
        _cleanup_free_ Patch **known = NULL;
        size_t n_known = m->n_patches;
        int r;

        known = calloc(n_known + 1, sizeof(Patch *));
        if (!known)
                return failure_set_errno(f, -ENOMEM, "Cannot read the state");
        for (size_t i = 0; i < n_known; i++) {
                known[i] = m->patches[i];
                known[i]->seen = !with_disk && !known[i]->by_hand;
        }
        if (with_disk) {
                r = refresh_generation(m, f);
                if (r >= 0)
                        r = collect_stored(m, f);
                if (r >= 0)
                        r = collect_generation(m);
                if (r < 0)
                        return failure_set_errno(f, r, "Cannot read the state");
        }
        r = collect_kernel(m);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the state of the kernel");
        drop_unseen(m);
        if (m->n_patches > 0)
                qsort(m->patches, m->n_patches, sizeof(Patch *), compare_patches);
        tell_changes(m, known, n_known);
        return 0;
}

int manager_refresh(Manager *m, Failure *f)
{
        return refresh(m, true, f);
}

int manager_refresh_kernel(Manager *m, Failure *f)
{
        return refresh(m, false, f);
}

PatchState manager_patch_state(const Manager *m, const Patch *p)
{
        for (size_t i = 0; i < m->n_jobs; i++) {
                const char *state = m->jobs[i]->kind->state;

                if (m->jobs[i]->running && state && streq_ptr(m->jobs[i]->ref, p->ref))
                        return streq(state, "applying") ? PATCH_STATE_APPLYING : PATCH_STATE_REVERTING;
        }
        return patch_read_state(p, m->host, m->kept_out);
}

Patch *manager_find(const Manager *m, const char *ref)
{
        for (size_t i = 0; i < m->n_patches; i++)
                if (!m->patches[i]->by_hand && streq(m->patches[i]->ref, ref))
                        return m->patches[i];
        return NULL;
}

int manager_resolve(Manager *m, const char *text, Patch **ret, Failure *f)
{
        _cleanup_free_ char *id = NULL, *version = NULL;
        Patch *found = NULL;
        int r;

        r = patch_ref_parse(text, &id, &version, f);
        if (r < 0)
                return r;
        r = manager_refresh_kernel(m, f);
        if (r < 0)
                return r;
        for (size_t i = 0; i < m->n_patches; i++) {
                Patch *p = m->patches[i];

                if (p->by_hand || !streq(p->id, id) || (version && !streq(p->version, version)))
                        continue;
                found = p;
                if (p->shown == PATCH_STATE_APPLIED)
                        break;
        }
        if (!found)
                return failure_set(
                                f, FAILURE_NO_SUCH_PATCH,
                                "No patch %s is stored; 'kpatchctl list' shows what is, 'kpatchctl import' adds one.",
                                text);
        *ret = found;
        return 0;
}

Manager *manager_free(Manager *m)
{
        if (!m)
                return NULL;
        for (size_t i = 0; i < m->n_jobs; i++)
                job_free(m->jobs[i]);
        for (size_t i = 0; i < m->n_patches; i++)
                patch_free(m->patches[i]);
        free(m->patches);
        generation_free(m->generation);
        sd_event_unref(m->event);
        host_free(m->host);
        free(m);
        return NULL;
}
