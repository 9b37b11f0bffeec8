/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "engine.h"

#include "cleanup.h"
#include "engine-core.h"
#include "engine-livepatch.h"

const Engine *const engines[] = { &engine_core, &engine_livepatch, NULL };

int engine_find(const char *name, const Engine **ret, Failure *f)
{
        for (size_t i = 0; engines[i]; i++)
                if (streq(engines[i]->name, name)) {
                        *ret = engines[i];
                        return 0;
                }
        return failure_set(
                        f, FAILURE_ENGINE_UNSUPPORTED,
                        "The patch asks for the engine '%.40s', which this kpatchd does not know; upgrade kpatchd.",
                        name);
}

static const char *const policies[_ENGINE_POLICY_MAX] = {
        [ENGINE_POLICY_STRICT] = "strict",
        [ENGINE_POLICY_GRADUAL] = "gradual",
};

const char *engine_policy_to_string(EnginePolicy policy)
{
        return policy < _ENGINE_POLICY_MAX ? policies[policy] : NULL;
}

int engine_policy_parse(const char *text, EnginePolicy *ret)
{
        for (EnginePolicy policy = 0; policy < _ENGINE_POLICY_MAX; policy++)
                if (streq_ptr(policies[policy], text)) {
                        *ret = policy;
                        return 0;
                }
        return -EINVAL;
}

void stragglers_free(Straggler *stragglers, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(stragglers[i].comm);
                free(stragglers[i].function);
        }
        free(stragglers);
}

int stragglers_append(Straggler **list, size_t *n, uint32_t pid, const char *comm, const char *function)
{
        Straggler *larger = reallocarray(*list, *n + 1, sizeof(Straggler));
        _cleanup_free_ char *comm_copy = NULL, *function_copy = NULL;

        if (!larger)
                return -ENOMEM;
        *list = larger;
        comm_copy = strdup(comm);
        function_copy = strdup(function);
        if (!comm_copy || !function_copy)
                return -ENOMEM;
        larger[(*n)++] = (Straggler){ pid, TAKE_PTR(comm_copy), TAKE_PTR(function_copy) };
        return 0;
}

bool engine_has_in_force(const Host *host, const GenerationPatch *p)
{
        EngineModule module = engine_module_from_generation(p);
        const Engine *engine = NULL;
        EngineState state;

        return engine_find(p->engine, &engine, NULL) >= 0 &&
               engine->read_state(host, &module, &state, NULL) >= 0 && engine_state_is_in_force(state);
}
