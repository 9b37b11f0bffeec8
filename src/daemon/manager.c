/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "manager.h"

#include "cleanup.h"
#include "log.h"
#include "patch-ref.h"
#include "strv.h"

/* Of so many looks at the kernel during a transition, one is at all that it shows. */
#define LOOK_EACH 4

/* A transition of a livepatch ends without a word of the kernel's. */
static bool is_in_transition(const Manager *m)
{
        for (size_t i = 0; i < m->n_patches; i++)
                if (m->patches[i]->shown == PATCH_STATE_APPLYING ||
                    m->patches[i]->shown == PATCH_STATE_REVERTING)
                        return true;
        return false;
}

static bool on_kernel_changed(void *userdata)
{
        Manager *m = userdata;
        _cleanup_failure_ Failure f = {};
        /* In a transition this is called again and again, and who is in its way is dear to find out: all
         * tasks are asked. */
        bool look = !is_in_transition(m) || m->n_looks++ % LOOK_EACH == 0;

        if ((look ? manager_look(m, &f) : manager_refresh_kernel(m, &f)) < 0)
                log_error("%s", failure_sentence(&f));
        return is_in_transition(m);
}

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
        manager_reload_config(m);
        m->settles_at = UINT64_MAX;
        manager_judge(m);
        r = watch_new(m->host, event, on_kernel_changed, m, &m->watch, f);
        if (r >= 0)
                r = manager_refresh_feeds(m, f);
        if (r >= 0)
                r = manager_refresh(m, f);
        if (r < 0)
                return r;
        /* One that was begun by a daemon that is no more: its end may come without a word. */
        if (is_in_transition(m))
                watch_look_soon(m->watch);
        *ret = TAKE_PTR(m);
        return 0;
}

bool manager_is_busy(const Manager *m)
{
        /* Whoever ended earlier would have to say that what has not settled yet is good. */
        return m->n_jobs > 0 || is_in_transition(m) || m->settles_at != UINT64_MAX;
}

void manager_reload_config(Manager *m)
{
        if (config_read(m->host->conf_dir, &m->config) < 0)
                log_error("Memory is exhausted: the settings stay as they are.");
}

void manager_set_events(Manager *m, const ManagerEvents *events, void *userdata)
{
        m->events = events;
        m->userdata = userdata;
}

PatchState manager_patch_state(const Manager *m, const Patch *p)
{
        for (size_t i = 0; i < m->n_jobs; i++) {
                const Job *j = m->jobs[i];

                if (j->running && j->kind->state != _PATCH_STATE_MAX && streq_ptr(j->ref, p->ref))
                        return j->kind->state;
        }
        return patch_read_state(p, m->host, m->kept_out || strv_contains(m->postponed, p->ref));
}

/* As strcmp() of the first n characters of ref, which are an id, and of an id. */
static int compare_id(const char *ref, size_t n, const char *id)
{
        int d = strncmp(ref, id, n);

        return d == 0 && id[n] ? -1 : d;
}

/* Every property of every patch is asked for by reference, so this halves; while the list is made anew it is
 * not in order, and what is not found is looked for one by one. */
Patch *manager_find_any(const Manager *m, const char *ref)
{
        size_t n = strcspn(ref, "="), low = 0, high = m->n_patches;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare_id(ref, n, m->patches[middle]->id) > 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        for (; low < m->n_patches && compare_id(ref, n, m->patches[low]->id) == 0; low++)
                if (streq(m->patches[low]->ref, ref))
                        return m->patches[low];
        for (size_t i = 0; i < m->n_patches; i++)
                if (streq(m->patches[i]->ref, ref))
                        return m->patches[i];
        return NULL;
}

Patch *manager_find(const Manager *m, const char *ref)
{
        Patch *p = manager_find_any(m, ref);

        return p && !p->by_hand ? p : NULL;
}

/* How well a patch answers to an id: in force above all, then for the running kernel. */
static int rank(const Manager *m, const Patch *p)
{
        if (p->shown == PATCH_STATE_APPLIED)
                return 2;
        return !p->manifest ||
               memcmp(p->manifest->kernel_build_id, m->host->kernel->build_id, BUILD_ID_SIZE) == 0;
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
        /* Sorted by version: of two that rank the same, the newer one comes later. */
        for (size_t i = 0; i < m->n_patches; i++) {
                Patch *p = m->patches[i];

                if (p->by_hand || !streq(p->id, id) || (version && !streq(p->version, version)))
                        continue;
                if (!found || rank(m, p) >= rank(m, found))
                        found = p;
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
        for (size_t i = 0; i < m->n_refusals; i++)
                free(m->refusals[i].ref);
        free(m->refusals);
        root_free_many(m->roots, m->n_roots);
        generation_free(m->generation);
        strv_free(m->superseded);
        watch_free(m->watch);
        manager_clear_feeds(m);
        effective_level_clear(&m->level);
        refresh_memories_clear(&m->unwritten);
        reboot_advice_list_clear(&m->reboot);
        free(m->kept_out);
        strv_free(m->holds);
        strv_free(m->postponed);
        strv_free(m->trials);
        strv_free(m->complaints);
        quarantine_free_many(m->quarantine, m->n_quarantine);
        sd_event_source_disable_unref(m->settle_timer);
        sd_event_source_disable_unref(m->expiry_timer);
        sd_event_unref(m->event);
        host_free(m->host);
        free(m);
        return NULL;
}
