/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "metrics-table.h"

#include "cleanup.h"

#define USEC_PER_SEC 1e6

/* Labels: names and values in turn, up to a NULL. A text that the daemon did not say is empty. */
static void add(MetricCollector *c, double value, const char *const *labels)
{
        MetricSample *grown = c->out_of_memory ? NULL
                                               : reallocarray(c->list.items, c->list.n + 1, sizeof(*grown)),
                     sample = { .metric = c->metric, .value = value };

        if (!grown) {
                c->out_of_memory = true;
                return;
        }
        for (size_t i = 0; labels[0] && i < METRIC_LABELS_MAX; i++, labels += 2) {
                sample.labels[i][0] = labels[0];
                sample.labels[i][1] = strempty(labels[1]);
        }
        c->list.items = grown;
        c->list.items[c->list.n++] = sample;
}

#define ADD(c, value, ...) add(c, (double) (value), (const char *const[]){ __VA_ARGS__, NULL })

static void add_plain(MetricCollector *c, uint64_t value)
{
        const char *none = NULL;

        add(c, (double) value, &none);
}

static void up(MetricCollector *c)
{
        add_plain(c, c->source->manager && c->source->objects);
}

static void info(MetricCollector *c)
{
        const ManagerInfo *m = c->source->manager;

        ADD(c, 1, "version", m->version, "kernel", m->kernel.release, "build_id", m->kernel.build_id);
}

static void engines(MetricCollector *c)
{
        FOREACH_ARRAY (engine, c->source->manager->engines.items, c->source->manager->engines.n)
                ADD(c, engine->available, "engine", engine->name);
}

static void generation(MetricCollector *c)
{
        add_plain(c, c->source->manager->generation);
}

/* Nothing where no patch in force says one. */
static void effective_level(MetricCollector *c)
{
        const char *level = strempty(c->source->manager->level.level);

        if (level[0])
                ADD(c, 1, "level", level);
}

static void apply_disabled(MetricCollector *c)
{
        add_plain(c, c->source->manager->apply_disabled);
}

static void reboot_advised(MetricCollector *c)
{
        add_plain(c, c->source->manager->reboot.n > 0);
}

/* Several may be of one kind: they are counted, as no two samples may have the same labels. */
static void reboot_reasons(MetricCollector *c)
{
        const RebootList *list = &c->source->manager->reboot;

        for (size_t i = 0; i < list->n; i++) {
                size_t n = 0, first = i;

                for (size_t j = 0; j < list->n; j++)
                        if (streq(strempty(list->items[i].kind), strempty(list->items[j].kind))) {
                                first = j < first ? j : first;
                                n++;
                        }
                if (first == i)
                        ADD(c, n, "kind", list->items[i].kind);
        }
}

static void trust_roots(MetricCollector *c)
{
        FOREACH_ARRAY (root, c->source->manager->trust_roots.items, c->source->manager->trust_roots.n)
                ADD(c, root->expires, "root", root->name);
}

static void jobs(MetricCollector *c)
{
        add_plain(c, c->source->objects->n_jobs);
}

static void patches_by_state(MetricCollector *c)
{
        const ObjectsInfo *o = c->source->objects;

        for (PatchState state = 0; state < _PATCH_STATE_MAX; state++) {
                size_t n = 0;

                FOREACH_ARRAY (p, o->patches, o->n_patches)
                        n += patch_has_state(p, state);
                ADD(c, n, "state", patch_state_to_string(state));
        }
}

static void patch_state(MetricCollector *c)
{
        FOREACH_ARRAY (p, c->source->objects->patches, c->source->objects->n_patches)
                ADD(c, 1, "patch", p->reference, "state", p->state);
}

static void patch_persistent(MetricCollector *c)
{
        FOREACH_ARRAY (p, c->source->objects->patches, c->source->objects->n_patches)
                ADD(c, p->persistent, "patch", p->reference);
}

static void patch_quarantined(MetricCollector *c)
{
        FOREACH_ARRAY (q, c->source->manager->quarantine.items, c->source->manager->quarantine.n)
                ADD(c, 1, "patch", q->patch);
}

static void transition_seconds(MetricCollector *c)
{
        uint64_t now = c->source->now;

        FOREACH_ARRAY (p, c->source->objects->patches, c->source->objects->n_patches)
                if (p->moving != 0)
                        ADD(c, now > p->moving ? now - p->moving : 0, "patch", p->reference);
}

static void stragglers(MetricCollector *c)
{
        FOREACH_ARRAY (p, c->source->objects->patches, c->source->objects->n_patches)
                if (p->moving != 0)
                        ADD(c, p->stragglers.n, "patch", p->reference);
}

static void pause_last(MetricCollector *c)
{
        FOREACH_ARRAY (p, c->source->objects->patches, c->source->objects->n_patches)
                if (p->pause.tries > 0)
                        ADD(c, (double) p->pause.last / USEC_PER_SEC, "patch", p->reference);
}

static void pause_max(MetricCollector *c)
{
        FOREACH_ARRAY (p, c->source->objects->patches, c->source->objects->n_patches)
                if (p->pause.tries > 0)
                        ADD(c, (double) p->pause.max / USEC_PER_SEC, "patch", p->reference);
}

static void feed_stale(MetricCollector *c)
{
        FOREACH_ARRAY (feed, c->source->objects->feeds, c->source->objects->n_feeds)
                ADD(c, feed->stale, "feed", feed->name);
}

static void feed_expires(MetricCollector *c)
{
        FOREACH_ARRAY (feed, c->source->objects->feeds, c->source->objects->n_feeds)
                if (feed->expires != 0)
                        ADD(c, feed->expires, "feed", feed->name);
}

static void feed_attempt(MetricCollector *c)
{
        FOREACH_ARRAY (feed, c->source->objects->feeds, c->source->objects->n_feeds)
                if (feed->last_attempt != 0)
                        ADD(c, feed->last_attempt, "feed", feed->name);
}

static void feed_success(MetricCollector *c)
{
        FOREACH_ARRAY (feed, c->source->objects->feeds, c->source->objects->n_feeds)
                if (feed->last_success != 0)
                        ADD(c, feed->last_success, "feed", feed->name);
}

static void feed_failed(MetricCollector *c)
{
        FOREACH_ARRAY (feed, c->source->objects->feeds, c->source->objects->n_feeds)
                ADD(c, strempty(feed->failure.name)[0] != 0, "feed", feed->name);
}

static void feed_failures(MetricCollector *c)
{
        FOREACH_ARRAY (feed, c->source->objects->feeds, c->source->objects->n_feeds)
                ADD(c, feed->failures, "feed", feed->name);
}

static void feed_offered(MetricCollector *c)
{
        FOREACH_ARRAY (feed, c->source->objects->feeds, c->source->objects->n_feeds) {
                size_t n = 0;

                FOREACH_ARRAY (patch, feed->patches.items, feed->patches.n)
                        n += streq(strempty(patch->offer), "offered");
                ADD(c, n, "feed", feed->name);
        }
}

/* clang-format off */
const MetricInfo metrics_table[] = {
        { "kpatchd_up", "Whether kpatchd answered when these metrics were made.", false, up },
        { "kpatchd_info", "Version of kpatchd, release and build-id of the running kernel.", true, info },
        { "kpatchd_engine_available", "Whether an engine can apply patches to this kernel.", true, engines },
        { "kpatchd_effective_level", "Version of the kernel's package that the running kernel is patched up to.", true, effective_level },
        { "kpatchd_generation", "Number of the present generation.", true, generation },
        { "kpatchd_apply_disabled", "Whether no patch is applied at boot.", true, apply_disabled },
        { "kpatchd_reboot_advised", "Whether only a boot of another kernel helps.", true, reboot_advised },
        { "kpatchd_reboot_reasons", "Why it is, by kind.", true, reboot_reasons },
        { "kpatchd_trust_root_expiry_timestamp_seconds", "When a trust root expires.", true, trust_roots },
        { "kpatchd_jobs", "Jobs that are queued or run.", true, jobs },
        { "kpatchd_patches", "Patches in each state.", true, patches_by_state },
        { "kpatchd_patch_state", "1 for the state that a patch is in.", true, patch_state },
        { "kpatchd_patch_persistent", "Whether a patch is applied at boot.", true, patch_persistent },
        { "kpatchd_patch_quarantined", "1 for each patch that is quarantined.", true, patch_quarantined },
        { "kpatchd_patch_transition_seconds", "How long a patch has been applying or reverting.", true, transition_seconds },
        { "kpatchd_patch_stragglers", "Tasks that its transition waits for.", true, stragglers },
        { "kpatchd_patch_pause_seconds", "How long the machine stood still at its last switch.", true, pause_last },
        { "kpatchd_patch_pause_max_seconds", "How long it did at most.", true, pause_max },
        { "kpatchd_feed_stale", "Whether nothing new is installed from a feed, as it has expired.", true, feed_stale },
        { "kpatchd_feed_expiry_timestamp_seconds", "When what is known of a feed expires.", true, feed_expires },
        { "kpatchd_feed_last_attempt_timestamp_seconds", "When a feed was refreshed last.", true, feed_attempt },
        { "kpatchd_feed_last_success_timestamp_seconds", "When that succeeded last.", true, feed_success },
        { "kpatchd_feed_last_refresh_failed", "Whether the last refresh failed.", true, feed_failed },
        { "kpatchd_feed_refresh_failures", "How many refreshes have failed in a row.", true, feed_failures },
        { "kpatchd_feed_patches_offered", "Patches that a feed has for this host now.", true, feed_offered },
};
/* clang-format on */

const size_t metrics_table_size = ELEMENTSOF(metrics_table);
