/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* How the manager's list of patches is made: from the store, the present generation and the kernel. */

#include "cleanup.h"
#include "log-ids.h"
#include "log.h"
#include "manager.h"
#include "patch-details.h"
#include "patch-ref.h"
#include "replaced.h"
#include "store.h"
#include "strv.h"
#include "trust.h"
#include "verify.h"

#include <time.h>

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

static Refusal *find_refusal(const Manager *m, const char *ref)
{
        for (size_t i = 0; i < m->n_refusals; i++)
                if (streq(m->refusals[i].ref, ref))
                        return &m->refusals[i];
        return NULL;
}

/* Remembers that these bytes under these roots were refused, so that it is said and tried once. */
static int remember_refusal(Manager *m, const char *ref, const uint8_t digest[SHA256_SIZE])
{
        Refusal *refusal = find_refusal(m, ref), *larger;

        if (!refusal) {
                larger = reallocarray(m->refusals, m->n_refusals + 1, sizeof(Refusal));
                if (!larger)
                        return -ENOMEM;
                m->refusals = larger;
                refusal = &m->refusals[m->n_refusals];
                refusal->ref = strdup(ref);
                if (!refusal->ref)
                        return -ENOMEM;
                m->n_refusals++;
        }
        memcpy(refusal->digest, digest, SHA256_SIZE);
        return 0;
}

/* What a list is made with: the digest of the roots, whether they were read for it yet, and what decodes
 * envelopes. */
typedef struct Vouchers {
        const uint8_t *digest;
        bool are_read;
        EnvelopeParser *parser;
} Vouchers;

static int read_roots(Manager *m, Vouchers *vouchers, Failure *f)
{
        int r;

        if (vouchers->are_read)
                return 0;
        r = manager_refresh_roots(m, f);
        vouchers->are_read = r >= 0;
        return r;
}

/* A stored patch that cannot be verified is not listed: nobody vouches for what its manifest says. */
static int load_stored(Manager *m, const char *ref, const char *envelope, size_t size,
                       const uint8_t digest[SHA256_SIZE], Vouchers *vouchers)
{
        _cleanup_(manifest_freep) Manifest *manifest = NULL;
        _cleanup_free_ char *root_name = NULL;
        _cleanup_failure_ Failure f = {};
        Patch *p;
        int r;

        r = read_roots(m, vouchers, &f);
        if (r >= 0)
                r = verify_manifest_by(vouchers->parser, m->roots, m->n_roots, envelope, size, &manifest,
                                       &root_name, NULL, &f);
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
                return remember_refusal(m, ref, digest);
        }
        (void) TAKE_PTR(manifest);
        (void) TAKE_PTR(root_name);
        memcpy(p->digest, digest, SHA256_SIZE);
        return add_patch(m, p);
}

/* One whose bytes cannot be read is said once, like one whose bytes are refused. */
static int leave_out(Manager *m, const char *ref, const Refusal *refusal, const Failure *f)
{
        static const uint8_t unread[SHA256_SIZE];

        if (refusal && memcmp(refusal->digest, unread, SHA256_SIZE) == 0)
                return 0;
        log_patch(LOG_WARNING, LOG_ID_STATE_LOST, ref, "The stored patch %s is left out: %s", ref,
                  failure_sentence(f));
        return remember_refusal(m, ref, unread);
}

/* Verifies a stored patch unless the same bytes were verified, or refused, under the same roots before. */
static int collect_stored_patch(Manager *m, const char *ref, Vouchers *vouchers)
{
        _cleanup_free_ char *envelope = NULL;
        _cleanup_failure_ Failure f = {};
        uint8_t digest[SHA256_SIZE];
        const Refusal *refusal = find_refusal(m, ref);
        Patch *p = manager_find(m, ref);
        size_t size;
        int r;

        r = store_read_manifest(m->host->state_dir, ref, &envelope, &size, &f);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return leave_out(m, ref, refusal, &f);
        r = verify_digest(vouchers->digest, envelope, size, digest);
        if (r < 0)
                return r;
        if (p && p->manifest && memcmp(p->digest, digest, SHA256_SIZE) == 0) {
                p->seen = true;
                return 0;
        }
        if (refusal && memcmp(refusal->digest, digest, SHA256_SIZE) == 0)
                return 0;
        return load_stored(m, ref, envelope, size, digest, vouchers);
}

/* A store that cannot be read now is as it was read last. */
static int keep_stored(Manager *m, Failure *f)
{
        log_error("%s", failure_sentence(f));
        failure_clear(f);
        for (size_t i = 0; i < m->n_patches; i++)
                m->patches[i]->seen = m->patches[i]->seen || m->patches[i]->manifest;
        return 0;
}

static int collect_stored(Manager *m, const uint8_t roots[SHA256_SIZE], Failure *f)
{
        _cleanup_(envelope_parser_freep) EnvelopeParser *parser = NULL;
        _cleanup_strv_free_ char **refs = NULL;
        Vouchers vouchers = { .digest = roots };
        int r;

        r = store_list(m->host->state_dir, &refs, f);
        if (r < 0 && r != -ENOMEM)
                return keep_stored(m, f);
        if (r < 0)
                return r;
        r = envelope_parser_new(m->host->parser, &parser);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the store");
        vouchers.parser = parser;
        for (char **ref = refs; ref && *ref; ref++) {
                r = collect_stored_patch(m, *ref, &vouchers);
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
                else if (p->seen && patch_is_in_kernel(p, m->host))
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

/* Whoever is told of one that is gone looks at the list: it must hold only those that are there. */
static void drop_unseen(Manager *m)
{
        size_t n = 0, n_gone = 0;
        Patch **gone;

        /* Those that stay move to the front, the others to the back. */
        for (size_t i = 0; i < m->n_patches; i++)
                n_gone += !m->patches[i]->seen;
        if (n_gone == 0)
                return;
        for (size_t i = 0; n < m->n_patches - n_gone; i++)
                if (m->patches[i]->seen) {
                        Patch *p = m->patches[i];

                        m->patches[i] = m->patches[n];
                        m->patches[n++] = p;
                }
        m->n_patches = n;
        gone = m->patches + n;
        for (size_t i = 0; i < n_gone; i++) {
                if (m->events)
                        m->events->patch_removed(gone[i], m->userdata);
                patch_free(gone[i]);
        }
}

/* What is listed for the first time was in force before: manager_recall_since() has looked. */
static uint64_t since(const Patch *p, PatchState state)
{
        if (state != PATCH_STATE_APPLIED)
                return 0;
        return !p->listed || p->shown == PATCH_STATE_APPLIED ? p->since : (uint64_t) time(NULL);
}

static void tell(const Manager *m, Patch *p, bool is_new, bool changed, bool details_changed)
{
        if (!m->events)
                return;
        if (is_new)
                m->events->patch_added(p, m->userdata);
        else if (changed)
                m->events->patch_changed(p, m->userdata);
        else if (details_changed)
                m->events->patch_details_changed(p, m->userdata);
}

static void tell_changes(Manager *m, bool with_details)
{
        for (size_t i = 0; i < m->n_patches; i++) {
                Patch *p = m->patches[i];
                bool persistent = generation_find(m->generation, p->ref), is_new = !p->listed;
                const char *quarantined = manager_quarantined(m, p->ref);
                bool held = !p->by_hand && strv_contains(m->holds, p->ref);
                bool changed = persistent != p->persistent || held != p->held ||
                               !streq_ptr(quarantined, p->quarantined);
                PatchState state;

                p->persistent = persistent;
                p->held = held;
                p->withdrawn = !p->by_hand && manager_find_withdrawal(m, p->root_name, p->id, p->version);
                p->superseded = !p->by_hand && strv_contains(m->superseded, p->ref);
                patch_set_quarantined(p, quarantined);
                state = manager_patch_state(m, p);
                if (!is_new && !m->many && !patch_state_may_become(p->shown, state))
                        log_patch(LOG_NOTICE, NULL, p->ref, "Patch %s went from %s to %s, not by kpatchd.",
                                  p->ref, patch_state_to_string(p->shown), patch_state_to_string(state));
                changed = changed || state != p->shown;
                p->since = since(p, state);
                patch_set_shown(p, state);
                p->listed = true;
                tell(m, p, is_new, changed, (with_details || is_new || changed) && patch_look(p, m->host));
        }
}

/* One that cannot be read now is no reason not to serve: what was read last counts, and what the kernel has.
 * Whoever changes something reads it himself. */
static int load_generation(const Manager *m, Generation **ret, Failure *f)
{
        int r = generation_load(m->host->state_dir, m->host->kernel->build_id_text, ret, f);

        if (r >= 0 || r == -ENOMEM)
                return r;
        log_error("%s", failure_sentence(f));
        failure_clear(f);
        *ret = NULL;
        if (m->generation)
                return 0;
        *ret = calloc(1, sizeof(Generation));
        return *ret ? 0 : failure_set_errno(f, -ENOMEM, "Cannot read the generations");
}

static int refresh_generation(Manager *m, Failure *f)
{
        Generation *g;
        bool changed;
        int r;

        r = load_generation(m, &g, f);
        if (r < 0 || !g)
                return r;
        changed = m->generation && m->generation->number != g->number;
        generation_free(m->generation);
        m->generation = g;
        strv_free(m->superseded);
        m->superseded = NULL;
        r = replaced_list(m->host->state_dir, m->host->kernel->build_id_text, g, &m->superseded);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the generations");
        if (changed && m->events)
                m->events->generation_changed(m->userdata);
        return 0;
}

static int refresh(Manager *m, bool with_disk, bool with_details, Failure *f)
{
        uint8_t roots[SHA256_SIZE];
        int r;

        /* A root that came or went changes what is to be believed of the store. */
        r = verify_digest_roots(m->host, roots);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the trust roots");
        with_disk = with_disk || memcmp(roots, m->listed_roots, SHA256_SIZE) != 0;

        r = manager_refresh_guard(m, f);
        if (r < 0)
                return r;
        for (size_t i = 0; i < m->n_patches; i++)
                m->patches[i]->seen = !with_disk && !m->patches[i]->by_hand;
        if (with_disk) {
                r = refresh_generation(m, f);
                if (r >= 0)
                        r = collect_stored(m, roots, f);
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
        r = manager_recall_since(m);
        if (r < 0)
                log_warning("Cannot read the history: %s", strerror(-r));
        tell_changes(m, with_details);
        manager_refresh_level(m);
        manager_refresh_reboot(m);
        watch_follow(m->watch);
        memcpy(m->listed_roots, roots, SHA256_SIZE);
        return 0;
}

int manager_refresh(Manager *m, Failure *f)
{
        return refresh(m, true, true, f);
}

int manager_refresh_kernel(Manager *m, Failure *f)
{
        return refresh(m, false, false, f);
}

int manager_look(Manager *m, Failure *f)
{
        return refresh(m, false, true, f);
}

int manager_refresh_roots(Manager *m, Failure *f)
{
        uint8_t digest[SHA256_SIZE];
        Root **roots = NULL;
        size_t n = 0;
        int r;

        r = verify_digest_roots(m->host, digest);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the trust roots");
        if (memcmp(digest, m->roots_digest, SHA256_SIZE) == 0)
                return 0;
        r = trust_load_roots(m->host, &roots, &n, f);
        if (r < 0)
                return r;
        root_free_many(m->roots, m->n_roots);
        m->roots = roots;
        m->n_roots = n;
        memcpy(m->roots_digest, digest, SHA256_SIZE);
        return 0;
}
