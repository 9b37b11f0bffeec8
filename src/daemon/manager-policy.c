/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* What is done of itself on the word of a feed. It is looked at after each refresh, and again when something
 * that was done so has succeeded; nothing is remembered between, so it comes out right wherever it was cut
 * off. A feed decides about patches that its own trust root vouches for, and no others. */

#include "config.h"
#include "log.h"
#include "manager-feeds.h"
#include "manager.h"
#include "patch-ref.h"
#include "strv.h"

void manager_submit_for_feed(Manager *m, const OperationKind *kind, const Patch *p, const Feed *feed,
                             const char *why)
{
        const OperationRequest request = {
                .kind = kind,
                .ref = p->ref,
                .manifest_fd = -EBADF,
                .module_fd = -EBADF,
                .by = { .uid = 0, .comm = "kpatchd" },
                .automatic = true,
                .feed = kind == &operation_apply ? feed : NULL,
        };
        bool out = kind == &operation_rollback;
        Patch *followed = manager_find(m, p->ref);
        _cleanup_failure_ Failure f = {};
        Job *j;

        /* Whatever feeds say of each other's patches, nothing goes back and forth. */
        if (followed && followed->followed[out])
                return;
        if (manager_submit(m, &request, &j, &f) < 0) {
                log_patch(LOG_NOTICE, NULL, p->ref, "%s The feed will have it done at its next refresh.",
                          failure_sentence(&f));
                return;
        }
        log_patch(LOG_NOTICE, NULL, p->ref, "The feed %s has patch %s %s: %s", feed->name, p->ref,
                  out ? "rolled back" : "applied", why);
        if (followed)
                followed->followed[out] = true;
}

/* The patch on this host, if the feed may decide about it: not one that somebody holds as it is. */
static const Patch *find_own(const Manager *m, const FeedView *view, const FeedPatch *patch)
{
        for (size_t i = 0; i < m->n_patches; i++) {
                const Patch *p = m->patches[i];

                if (!p->by_hand && streq(p->id, patch->id) && streq(p->version, patch->version))
                        return streq_ptr(p->root_name, view->feed->name) && !p->held ? p : NULL;
        }
        return NULL;
}

static void follow_withdrawals(Manager *m, const FeedView *view)
{
        FOREACH_ARRAY (patch, view->index->patches, view->index->n_patches) {
                const Patch *p = find_own(m, view, patch);

                if (patch->withdrawn == FEED_WITHDRAWAL_ROLLBACK && p && p->shown == PATCH_STATE_APPLIED)
                        manager_submit_for_feed(m, &operation_rollback, p, view->feed,
                                                strempty(patch->reason));
        }
}

static bool is_wanted(const FeedView *view, const FeedPatch *patch, FeedOffer offer)
{
        return offer == FEED_OFFER_YES && feed_severity_rank(patch->severity) >= view->feed->apply_severity;
}

/* Whether all that it needs is in force or comes before it in this very queue. */
static bool needs_nothing(const Manager *m, const FeedView *view, const FeedPatch *patch, const bool *queued)
{
        for (char **id = patch->depends; id && *id; id++) {
                bool found = false;

                for (size_t i = 0; i < m->n_patches && !found; i++)
                        found = m->patches[i]->shown == PATCH_STATE_APPLIED && streq(m->patches[i]->id, *id);
                for (size_t i = 0; i < view->index->n_patches && !found; i++)
                        found = queued[i] && streq(view->index->patches[i].id, *id);
                if (!found)
                        return false;
        }
        return true;
}

static bool supersedes(const Patch *newer, const Patch *older)
{
        if (streq(newer->id, older->id))
                return patch_version_compare(newer->version, older->version) > 0;
        return newer->manifest && strv_contains(newer->manifest->supersedes, older->id);
}

/* Whether it would take the place of one that somebody holds in force. */
static bool disturbs_held(const Manager *m, const Patch *newer)
{
        for (size_t i = 0; i < m->n_patches; i++) {
                const Patch *p = m->patches[i];

                if (!p->by_hand && p->held && p->shown == PATCH_STATE_APPLIED && supersedes(newer, p))
                        return true;
        }
        return false;
}

/* What is offered again, as a newer one was withdrawn or this one pinned, is not what the kernel goes back
 * to by itself. */
static bool has_newer(const Manager *m, const Patch *older)
{
        for (size_t i = 0; i < m->n_patches; i++) {
                const Patch *p = m->patches[i];

                if (!p->by_hand && p->shown == PATCH_STATE_APPLIED && supersedes(p, older))
                        return true;
        }
        return false;
}

static bool exclude_each_other(const Patch *a, const Patch *b)
{
        return !streq(a->id, b->id) && ((a->manifest && strv_contains(a->manifest->conflicts, b->id)) ||
                                        (b->manifest && strv_contains(b->manifest->conflicts, a->id)));
}

/* Whether another one is in its way, that is in force or is about to be: it would be refused, each time. */
static bool is_excluded(const Manager *m, const Patch *p)
{
        for (size_t i = 0; i < m->n_patches; i++)
                if (!m->patches[i]->by_hand && m->patches[i]->shown == PATCH_STATE_APPLIED &&
                    exclude_each_other(p, m->patches[i]))
                        return true;
        for (size_t i = 0; i < m->n_jobs; i++) {
                const Job *j = m->jobs[i];
                const Patch *other = j->kind == &operation_apply && j->ref && !j->operation->options.dry_run
                                                     ? manager_find(m, j->ref)
                                                     : NULL;

                if (other && exclude_each_other(p, other))
                        return true;
        }
        return false;
}

static bool needs_newer_daemon(const Patch *p)
{
        return p->manifest && p->manifest->min_daemon &&
               patch_version_compare(KPATCHD_VERSION, p->manifest->min_daemon) < 0;
}

static bool follow_offer(Manager *m, const FeedView *view, const FeedPatch *patch)
{
        const Patch *p = find_own(m, view, patch);

        if (!p || (p->shown != PATCH_STATE_STORED && p->shown != PATCH_STATE_FAILED) ||
            manager_quarantined(m, p->ref) || disturbs_held(m, p) || has_newer(m, p) || is_excluded(m, p) ||
            needs_newer_daemon(p))
                return false;
        manager_submit_for_feed(m, &operation_apply, p, view->feed, "it is for this host.");
        return true;
}

/* Those that others depend on first: rounds, until none brings anything new. */
static void follow_offers(Manager *m, const FeedView *view)
{
        FeedOffer offers[FEED_PATCHES_MAX];
        bool queued[FEED_PATCHES_MAX] = {}, more = true;

        feed_view_offers(view, m->host, offers);
        while (more) {
                more = false;
                for (size_t i = 0; i < view->index->n_patches; i++) {
                        const FeedPatch *patch = &view->index->patches[i];

                        if (queued[i] || !is_wanted(view, patch, offers[i]) ||
                            !needs_nothing(m, view, patch, queued))
                                continue;
                        queued[i] = follow_offer(m, view, patch);
                        more = more || queued[i];
                }
        }
}

/* What one in force has made needless comes out once that is sure. */
static void follow_successors(Manager *m, const FeedView *view)
{
        for (size_t i = 0; i < m->n_patches; i++) {
                const Patch *older = m->patches[i];
                bool is_needless = false;

                if (older->by_hand || older->shown != PATCH_STATE_APPLIED ||
                    !streq_ptr(older->root_name, view->feed->name) || older->held)
                        continue;
                for (size_t j = 0; j < m->n_patches && !is_needless; j++) {
                        const Patch *newer = m->patches[j];

                        is_needless = !newer->by_hand && newer->shown == PATCH_STATE_APPLIED &&
                                      !strv_contains(m->trials, newer->ref) &&
                                      streq_ptr(newer->root_name, view->feed->name) &&
                                      supersedes(newer, older) && !supersedes(older, newer);
                }
                if (is_needless)
                        manager_submit_for_feed(m, &operation_rollback, older, view->feed,
                                                "a newer one that supersedes it is in force.");
        }
}

void manager_forget_followed(Manager *m)
{
        for (size_t i = 0; i < m->n_patches; i++)
                memset(m->patches[i]->followed, 0, sizeof(m->patches[i]->followed));
}

void manager_follow_feeds(Manager *m)
{
        manager_resume_trials(m);
        FOREACH_ARRAY (view, m->feeds, m->n_feeds) {
                if (!view->index || refresh_status_is_stale(&view->status))
                        continue;
                if (view->feed->policy >= FEED_POLICY_DOWNLOAD)
                        follow_withdrawals(m, view);
                if (view->feed->policy == FEED_POLICY_APPLY) {
                        follow_offers(m, view);
                        follow_successors(m, view);
                }
        }
}
