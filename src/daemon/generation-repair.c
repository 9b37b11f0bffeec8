/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "generation-repair.h"

#include "engine.h"
#include "history.h"
#include "log-ids.h"
#include "log.h"
#include "store.h"
#include "strv.h"
#include "text.h"
#include "verify.h"

#include <inttypes.h>

/* What the history says last of each patch. */
typedef struct Memory {
        char **in, **out; /* strv of references */
        int error;
} Memory;

static void memory_clear(Memory *m)
{
        strv_free(m->in);
        strv_free(m->out);
}

static int remember(const HistoryEvent *e, void *userdata)
{
        static const struct {
                const char *kind;
                bool in;
        } kinds[] = {
                { "apply", true },     { "reapply", true }, { "restore", true },    { "rollback", false },
                { "withdraw", false }, { "install", true }, { "uninstall", false },
        };
        Memory *m = userdata;

        /* The latest comes first, and counts. */
        if (!streq(e->result, "done") || strv_contains(m->in, e->patch) || strv_contains(m->out, e->patch))
                return 1;
        FOREACH_ARRAY (k, kinds, ELEMENTSOF(kinds))
                if (streq(k->kind, e->kind))
                        m->error = strv_append(k->in ? &m->in : &m->out, e->patch);
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

/* Those that the lost generations had added: stored, verified, for this kernel, and in force or known as
 * applied. */
static int add_stored(const Host *host, const Memory *m, Generation *g, Failure *f)
{
        _cleanup_strv_free_ char **refs = NULL;
        int r;

        r = store_list(host->state_dir, &refs, f);
        for (char **ref = refs; r >= 0 && ref && *ref; ref++) {
                _cleanup_free_ char *envelope = NULL, *root = NULL;
                _cleanup_(manifest_freep) Manifest *manifest = NULL;
                EngineModule module;
                size_t size;

                if (generation_find(g, *ref) || strv_contains(m->out, *ref) ||
                    store_read_manifest(host->state_dir, *ref, &envelope, &size, NULL) < 0 ||
                    verify_manifest(host, envelope, size, &manifest, &root, NULL, NULL) < 0 ||
                    !streq(manifest->ref, *ref) ||
                    memcmp(manifest->kernel_build_id, host->kernel->build_id, BUILD_ID_SIZE) != 0)
                        continue;
                module = engine_module_from_manifest(manifest);
                if (strv_contains(m->in, *ref) && is_in_force(host, manifest->module_engine, &module))
                        r = generation_add(g, manifest);
        }
        return r < 0 ? failure_set_errno(f, r, "Cannot rebuild the generation") : 0;
}

static int rebuild(const Host *host, const Config *config, const Generation *present, Failure *f)
{
        const char *build_id = host->kernel->build_id_text;
        _cleanup_(generation_freep) Generation *g = NULL;
        _cleanup_(memory_clear) Memory m = {};
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
        r = add_stored(host, &m, g, f);
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
