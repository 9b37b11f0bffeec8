/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* org.kpatchd1.Manager.CheckCve() and ListCves() */

#include "bus-interfaces.h"
#include "bus-util.h"
#include "cleanup.h"
#include "manifest-fields.h"
#include "strv.h"
#include "text.h"

static bool is_for_this_kernel(const Manager *m, const Patch *p)
{
        return p->manifest &&
               memcmp(p->manifest->kernel_build_id, m->host->kernel->build_id, BUILD_ID_SIZE) == 0;
}

static bool closes(const Manager *m, const Patch *p, const char *cve)
{
        if (!is_for_this_kernel(m, p))
                return false;
        FOREACH_ARRAY (c, p->manifest->cves, p->manifest->n_cves)
                if (streq(c->id, cve))
                        return true;
        return false;
}

/* From the worst to the best, what a patch that closes it makes of the hole. */
static const char *const answers[] = { "unknown", "partial", "available", "applying", "closed" };
enum {
        UNKNOWN,
        PARTIAL,
        AVAILABLE,
        APPLYING,
        CLOSED
};

static size_t answer_of(const Manager *m, const Patch *p)
{
        switch (manager_patch_state(m, p)) {
        case PATCH_STATE_APPLIED:
                return patch_skips_an_object(p, m->host) ? PARTIAL : CLOSED;
        case PATCH_STATE_APPLYING:
        case PATCH_STATE_REVERTING:
                return APPLYING;
        case PATCH_STATE_WITHDRAWN:
                return UNKNOWN; /* nobody can apply it any more */
        default:
                return AVAILABLE;
        }
}

/* A patch of a feed's: not said where it is stored, and thus listed already. */
static int append_offer(sd_bus_message *reply, const Manager *m, const FeedView *view, const char *ref)
{
        _cleanup_free_ char *path = NULL;
        int r;

        if (manager_find(m, ref))
                return 0;
        r = bus_feed_path(view->feed->name, &path);
        if (r >= 0)
                r = sd_bus_message_append(reply, "(sso)", ref, patch_state_to_string(PATCH_STATE_AVAILABLE),
                                          path);
        return r;
}

typedef int (*VisitOffer)(const Manager *m, const FeedView *view, const FeedPatch *patch, void *to);

/* All that the feeds offer to this host. */
static int visit_offers(const Manager *m, VisitOffer visit, void *to)
{
        FeedOffer offers[FEED_PATCHES_MAX];
        int r = 0;

        FOREACH_ARRAY (view, m->feeds, m->n_feeds) {
                if (!view->index || refresh_status_is_stale(&view->status))
                        continue;
                feed_view_offers(view, m->host, offers);
                for (size_t i = 0; r >= 0 && i < view->index->n_patches; i++)
                        if (offers[i] == FEED_OFFER_YES)
                                r = visit(m, view, &view->index->patches[i], to);
        }
        return r;
}

typedef struct Closing {
        const char *cve;
        sd_bus_message *reply; /* NULL: they are counted only */
        int n;
} Closing;

static int visit_closing(const Manager *m, const FeedView *view, const FeedPatch *patch, void *to)
{
        _cleanup_free_ char *ref = NULL;
        const Patch *stored;
        Closing *c = to;

        if (!strv_contains(patch->cves, c->cve))
                return 0;
        ref = text_format("%s=%s", patch->id, patch->version);
        if (!ref)
                return -ENOMEM;
        /* Of one that is here its own state says what it makes of the hole. */
        stored = manager_find(m, ref);
        if (stored && closes(m, stored, c->cve))
                return 0;
        c->n++;
        return c->reply ? append_offer(c->reply, m, view, ref) : 0;
}

static int append(sd_bus_message *reply, const Patch *p, PatchState state)
{
        _cleanup_free_ char *path = NULL;
        int r;

        r = bus_patch_path(p, &path);
        return r < 0 ? r : sd_bus_message_append(reply, "(sso)", p->ref, patch_state_to_string(state), path);
}

static int answer(const Manager *m, const char *cve, sd_bus_message *reply)
{
        Closing offered = { .cve = cve };
        size_t best = UNKNOWN;
        int r;

        for (size_t i = 0; i < m->n_patches; i++)
                if (closes(m, m->patches[i], cve)) {
                        size_t of_this = answer_of(m, m->patches[i]);

                        best = of_this > best ? of_this : best;
                }
        r = visit_offers(m, visit_closing, &offered);
        if (offered.n > 0 && best < AVAILABLE)
                best = AVAILABLE;
        if (r >= 0)
                r = sd_bus_message_append(reply, "s", answers[best]);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(sso)");
        for (size_t i = 0; r >= 0 && i < m->n_patches; i++)
                if (closes(m, m->patches[i], cve))
                        r = append(reply, m->patches[i], manager_patch_state(m, m->patches[i]));
        if (r >= 0)
                r = visit_offers(m, visit_closing, &(Closing){ .cve = cve, .reply = reply });
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

int bus_method_check_cve(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        Manager *manager = ((Bus *) userdata)->manager;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_failure_ Failure f = {};
        const char *cve;
        int r;

        r = sd_bus_message_read(m, "s", &cve);
        if (r >= 0)
                r = bus_refuse_options(m, e);
        if (r < 0)
                return r;
        if (!manifest_cve_id_is_valid(cve)) {
                (void) failure_set(&f, FAILURE_INVALID_ARGUMENT, "'%.40s' is not like CVE-2026-1234.", cve);
                return bus_error_from_failure(e, &f);
        }
        r = manager_refresh_kernel(manager, &f);
        if (r < 0)
                return bus_error_from_failure(e, &f);
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = answer(manager, cve, reply);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int visit_named(const Manager *m, const FeedView *view, const FeedPatch *patch, void *to)
{
        int r = 0;

        (void) m;
        (void) view;
        for (char **cve = patch->cves; r >= 0 && cve && *cve; cve++)
                r = strv_append(to, *cve);
        return r;
}

static int compare_cves(const void *a, const void *b)
{
        return strverscmp(*(char *const *) a, *(char *const *) b);
}

/* Sorted by their numbers, with each as often as it is named. */
static int collect(const Manager *m, char ***ret)
{
        _cleanup_strv_free_ char **list = NULL;
        int r = 0;

        for (size_t i = 0; i < m->n_patches; i++) {
                const Patch *p = m->patches[i];

                for (size_t j = 0; r >= 0 && is_for_this_kernel(m, p) && j < p->manifest->n_cves; j++)
                        r = strv_append(&list, p->manifest->cves[j].id);
        }
        if (r >= 0)
                r = visit_offers(m, visit_named, &list);
        if (r < 0)
                return r;
        if (list)
                qsort(list, strv_length(list), sizeof(*list), compare_cves);
        *ret = TAKE_PTR(list);
        return 0;
}

int bus_method_list_cves(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        Manager *manager = ((Bus *) userdata)->manager;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_strv_free_ char **list = NULL;
        _cleanup_failure_ Failure f = {};
        int r;

        r = bus_refuse_options(m, e);
        if (r < 0)
                return r;
        r = manager_refresh_kernel(manager, &f);
        if (r < 0)
                return bus_error_from_failure(e, &f);
        r = collect(manager, &list);
        if (r >= 0)
                r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "s");
        for (char **cve = list; r >= 0 && cve && *cve; cve++)
                if (cve == list || !streq(*cve, cve[-1]))
                        r = sd_bus_message_append(reply, "s", *cve);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
