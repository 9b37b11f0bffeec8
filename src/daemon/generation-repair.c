/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "generation-repair.h"

#include "engine.h"
#include "history.h"
#include "log-ids.h"
#include "log.h"
#include "relations.h"
#include "strv.h"
#include "text.h"

#include <inttypes.h>

/* What the history says of each patch. */
typedef struct Memory {
        uint64_t present; /* the last generation that can be read */
        char **in;        /* strv of references: it was put in force, or was to be at boot */
        char **settled;   /* what was recorded of it last is known */
        char **out;       /* that it went */
        char **lost;      /* that it came, by a generation that is damaged; the latest first */
        /* Of the operation that has the parts that come next: they are older lines, as it ended after them.
         */
        bool failed;
        uint64_t recorded; /* 0: it recorded none */
        int error;
} Memory;

static void memory_clear(Memory *m)
{
        strv_free(m->in);
        strv_free(m->settled);
        strv_free(m->out);
        strv_free(m->lost);
}

static const struct {
        const char *kind;
        bool in, part;
        bool whole; /* may have parts */
} kinds[] = {
        { "apply", .in = true, .whole = true },
        { "reapply", .in = true },
        { "restore", .in = true, .part = true },
        { "install", .in = true },
        { "rollback", .whole = true },
        { "withdraw", .part = true },
        { "uninstall" },
        { "rollback-to", .whole = true },
};

static int remember(const HistoryEvent *e, void *userdata)
{
        bool done = streq(e->result, "done");
        Memory *m = userdata;
        uint64_t recorded;
        size_t i = 0;

        while (i < ELEMENTSOF(kinds) && !streq(kinds[i].kind, e->kind))
                i++;
        if (i == ELEMENTSOF(kinds))
                return 1;
        if (kinds[i].whole) {
                m->failed = !done;
                m->recorded = e->recorded ? e->generation : 0;
        }
        /* The latest comes first, and counts. A part of what failed was undone. */
        if (!done || (kinds[i].part && m->failed) || *e->patch == '\0' ||
            strv_contains(m->settled, e->patch))
                return 1;
        recorded = kinds[i].part ? m->recorded : e->recorded ? e->generation : 0;
        if (recorded > 0)
                m->error = strv_append(&m->settled, e->patch);
        if (m->error >= 0 && kinds[i].in && !strv_contains(m->in, e->patch))
                m->error = strv_append(&m->in, e->patch);
        if (m->error >= 0 && kinds[i].in && recorded > m->present)
                m->error = strv_append(&m->lost, e->patch);
        if (m->error >= 0 && !kinds[i].in && recorded > 0)
                m->error = strv_append(&m->out, e->patch);
        return m->error < 0 ? 0 : 1;
}

static bool is_in_force(const Host *host, const char *engine_name, const EngineModule *module)
{
        const Engine *engine;
        EngineState state;

        return engine_find(engine_name, &engine, NULL) >= 0 &&
               engine->read_state(host, module, &state, NULL) >= 0 && engine_state_is_in_force(state);
}

/* Those of the last readable generation that are still to be there. */
static void keep_known(const Host *host, const Memory *m, Generation *g)
{
        for (size_t i = 0; i < g->n_patches;) {
                const GenerationPatch *p = &g->patches[i];
                EngineModule module = { p->ref, p->module_name, p->module_build_id };

                if (!strv_contains(m->out, p->ref) &&
                    (strv_contains(m->in, p->ref) || is_in_force(host, p->engine, &module))) {
                        i++;
                        continue;
                }
                log_patch(LOG_WARNING, LOG_ID_STATE_LOST, p->ref,
                          strv_contains(m->out, p->ref)
                                          ? "Patch %s is left out: it was rolled back."
                                          : "Patch %s is left out, as nobody knows whether it was rolled back: "
                                            "apply it again if it is wanted.",
                          p->ref);
                generation_forget(g, p->ref);
        }
}

/* The manifest of one that is stored, verified, and for this kernel; NULL where it is not. */
static Manifest *read_manifest(const Host *host, const char *ref)
{
        _cleanup_(manifest_freep) Manifest *m = relations_read_manifest(host, ref);

        if (!m || !streq(m->ref, ref) ||
            memcmp(m->kernel_build_id, host->kernel->build_id, BUILD_ID_SIZE) != 0)
                return NULL;
        return TAKE_PTR(m);
}

/* Those that the lost generations had added, in their order. One that replaces took the place of those
 * before it. */
static int add_lost(const Host *host, const Memory *m, Generation *g, Failure *f)
{
        int r = 0;

        for (size_t i = strv_length(m->lost); r >= 0 && i-- > 0;) {
                _cleanup_(manifest_freep) Manifest *manifest = read_manifest(host, m->lost[i]);

                /* Of another kernel, as a rule: the history is of all. */
                if (!manifest)
                        continue;
                generation_forget(g, manifest->ref);
                for (size_t j = 0; manifest->replace && j < g->n_patches;)
                        if (streq(g->patches[j].engine, manifest->module_engine))
                                generation_forget(g, g->patches[j].ref);
                        else
                                j++;
                r = generation_add(g, manifest);
        }
        return r < 0 ? failure_set_errno(f, r, "Cannot rebuild the generation") : 0;
}

static int rebuild(const Host *host, const Config *config, const Generation *present, Failure *f)
{
        const char *build_id = host->kernel->build_id_text;
        _cleanup_(generation_freep) Generation *g = NULL;
        _cleanup_(memory_clear) Memory m = { .present = present->number };
        HistoryEvent event = { .kind = "rebuild", .result = "done", .uid = (uid_t) -1, .comm = "kpatchd" };
        _cleanup_free_ char *message = NULL;
        int r;

        r = present->number > 0 ? generation_load_number(host->state_dir, build_id, present->number, &g) : 0;
        if (r >= 0 && !g)
                g = calloc(1, sizeof(Generation));
        if (r < 0 || !g)
                return failure_set_errno(f, r < 0 ? r : -ENOMEM, "Cannot rebuild the generation");
        r = history_visit(host->state_dir, remember, &m);
        if (r >= 0)
                r = m.error;
        if (r < 0)
                log_warning("Cannot read the history: %s", strerror(-r));
        keep_known(host, &m, g);
        r = add_lost(host, &m, g, f);
        if (r < 0)
                return r;
        g->previous = present->number;
        r = generation_record_as(host->state_dir, build_id, present, g, "rebuilt", &event.generation, f);
        if (r < 0)
                return r;
        message = text_format("Generation %" PRIu64 " was damaged; %" PRIu64 " was made in its place.",
                              present->damaged, event.generation);
        event.message = message;
        log_full(LOG_ERR, LOG_ID_STATE_LOST, NULL, "%s", strempty(message));
        history_append(host->state_dir, config, &event);
        return 0;
}

int generation_repair(const Host *host, const Config *config, Failure *f)
{
        const char *build_id = host->kernel->build_id_text;
        _cleanup_(generation_freep) Generation *present = NULL;
        int r;

        r = generation_load(host->state_dir, build_id, &present, f);
        if (r < 0 || present->damaged == 0)
                return r;
        r = rebuild(host, config, present, f);
        /* In this order: cut off in between, the new one is the newest, and only the names of the others are
         * left. */
        return r < 0 ? r : generation_set_aside(host->state_dir, build_id, present->number, f);
}
