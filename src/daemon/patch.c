/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "patch.h"

#include "cleanup.h"
#include "log.h"
#include "names.h"
#include "patch-ref.h"
#include "strv.h"

#include <time.h>

int patch_new_from_manifest(Manifest *m, char *root_name, Patch **ret)
{
        _cleanup_(patch_freep) Patch *p = calloc(1, sizeof(Patch));
        int r;

        if (!p)
                return -ENOMEM;
        r = engine_find(m->module_engine, &p->engine, NULL);
        if (r < 0)
                return r;
        p->ref = strdup(m->ref);
        p->id = strdup(m->id);
        p->version = strdup(m->version);
        p->module_name = strdup(m->module_name);
        if (!p->ref || !p->id || !p->version || !p->module_name)
                return -ENOMEM;
        memcpy(p->module_build_id, m->module_build_id, BUILD_ID_SIZE);
        p->manifest = m;
        p->root_name = root_name;
        p->shown = PATCH_STATE_STORED;
        *ret = TAKE_PTR(p);
        return 0;
}

int patch_new_from_generation(const GenerationPatch *g, Patch **ret)
{
        _cleanup_(patch_freep) Patch *p = calloc(1, sizeof(Patch));
        int r;

        if (!p)
                return -ENOMEM;
        r = engine_find(g->engine, &p->engine, NULL);
        if (r < 0)
                return r;
        p->ref = strdup(g->ref);
        p->module_name = strdup(g->module_name);
        if (!p->ref || !p->module_name)
                return -ENOMEM;
        r = patch_ref_parse(g->ref, &p->id, &p->version, NULL);
        if (r < 0)
                return r;
        memcpy(p->module_build_id, g->module_build_id, BUILD_ID_SIZE);
        p->shown = PATCH_STATE_STORED;
        *ret = TAKE_PTR(p);
        return 0;
}

int patch_new_by_hand(const Engine *engine, const char *module, Patch **ret)
{
        _cleanup_(patch_freep) Patch *p = calloc(1, sizeof(Patch));

        if (!p)
                return -ENOMEM;
        p->engine = engine;
        p->by_hand = true;
        p->ref = strdup(module);
        p->id = strdup(module);
        p->version = strdup("");
        p->module_name = strdup(module);
        if (!p->ref || !p->id || !p->version || !p->module_name)
                return -ENOMEM;
        p->shown = PATCH_STATE_APPLIED;
        *ret = TAKE_PTR(p);
        return 0;
}

EngineModule patch_module(const Patch *p)
{
        return (EngineModule){ p->ref, p->module_name, p->by_hand ? NULL : p->module_build_id };
}

static PatchState state_by_hand(const Patch *p, const Host *host)
{
        _cleanup_strv_free_ char **modules = NULL;
        EngineModule module = patch_module(p);
        EngineState state;

        if (p->engine->list(host, &modules) < 0 || !strv_contains(modules, p->module_name))
                return PATCH_STATE_STORED;
        if (p->engine->read_state(host, &module, &state, NULL) < 0 || !engine_state_is_transition(state))
                return PATCH_STATE_APPLIED;
        return state == ENGINE_STATE_APPLYING ? PATCH_STATE_APPLYING : PATCH_STATE_REVERTING;
}

PatchState patch_read_state(const Patch *p, const Host *host, bool kept_out)
{
        EngineModule module = patch_module(p);
        _cleanup_failure_ Failure f = {};
        EngineState state;

        if (p->by_hand)
                return state_by_hand(p, host);
        if (p->engine->read_state(host, &module, &state, &f) < 0) {
                log_warning("%s", failure_sentence(&f));
                return PATCH_STATE_FAILED;
        }
        switch (state) {
        case ENGINE_STATE_ON:
                return PATCH_STATE_APPLIED;
        case ENGINE_STATE_APPLYING:
                return PATCH_STATE_APPLYING;
        case ENGINE_STATE_REVERTING:
                return PATCH_STATE_REVERTING;
        case ENGINE_STATE_SUPERSEDED:
                return PATCH_STATE_SUPERSEDED;
        default:
                if (p->persistent && !kept_out)
                        return PATCH_STATE_FAILED;
                if (p->superseded)
                        return PATCH_STATE_SUPERSEDED;
                return p->withdrawn ? PATCH_STATE_WITHDRAWN : PATCH_STATE_STORED;
        }
}

bool patch_is_in_kernel(const Patch *p, const Host *host)
{
        EngineModule module = patch_module(p);
        EngineState state;

        return p->engine->read_state(host, &module, &state, NULL) >= 0 &&
               (state == ENGINE_STATE_ON || engine_state_is_transition(state));
}

bool patch_skips_an_object(const Patch *p, const Host *host)
{
        EngineModule module = patch_module(p);

        if (!p->manifest)
                return false;
        FOREACH_ARRAY (function, p->manifest->functions, p->manifest->n_functions) {
                _cleanup_free_ char *state = NULL;

                /* The functions of an object stand together. */
                if (function > p->manifest->functions && streq(function->object, function[-1].object))
                        continue;
                if (p->engine->read_object(host, &module, function->object, &state) >= 0 &&
                    strncmp(state, OBJECT_SKIPPED, strlen(OBJECT_SKIPPED)) == 0)
                        return true;
        }
        return false;
}

const char *patch_title(const Patch *p)
{
        if (p->by_hand)
                return "(loaded by hand, not managed by kpatchd)";
        if (!p->manifest)
                return "(its manifest is missing or no longer trusted)";
        return p->manifest->title;
}

void patch_set_shown(Patch *p, PatchState state)
{
        if (state != PATCH_STATE_APPLYING && state != PATCH_STATE_REVERTING)
                p->moving = 0;
        else if (state != p->shown)
                p->moving = (uint64_t) time(NULL);
        p->shown = state;
}

void patch_set_quarantined(Patch *p, const char *why)
{
        char *copy;

        if (streq_ptr(p->quarantined, why))
                return;
        copy = why ? strdup(why) : NULL;
        /* Without memory for the news the old stays. */
        if (why && !copy)
                return;
        free(p->quarantined);
        p->quarantined = copy;
}

Patch *patch_free(Patch *p)
{
        if (!p)
                return NULL;
        free(p->ref);
        free(p->id);
        free(p->version);
        manifest_free(p->manifest);
        free(p->root_name);
        free(p->module_name);
        free(p->quarantined);
        free(p->details);
        free(p);
        return NULL;
}
