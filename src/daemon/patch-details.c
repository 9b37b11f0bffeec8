/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "patch-details.h"

#include "claims.h"
#include "cleanup.h"
#include "engine-sysfs.h"
#include "unsigned.h"

#include <inttypes.h>

int patch_find_functions(const Patch *p, const Host *host, const ManifestFunction **ret, size_t *ret_n,
                         ManifestFunction **ret_owned)
{
        int r;

        *ret_owned = NULL;
        *ret = p->manifest ? p->manifest->functions : NULL;
        *ret_n = p->manifest ? p->manifest->n_functions : 0;
        if (*ret_n > 0 || !unsigned_is_root(p->root_name))
                return 0;
        r = claims_read_functions(host, p->engine, p->module_name, ret_owned, ret_n);
        *ret = *ret_owned;
        return r;
}

static int visit_object(const Patch *p, const Host *host, const char *object, PatchVisitObject visit,
                        void *userdata)
{
        EngineModule module = patch_module(p);
        _cleanup_free_ char *state = NULL;

        /* Of one that is not loaded the kernel shows nothing. */
        if (p->engine->read_object(host, &module, object, &state) < 0)
                state = NULL;
        return visit(object, strempty(state), userdata);
}

/* The functions of an object stand together. */
int patch_visit_objects(const Patch *p, const Host *host, PatchVisitObject visit, void *userdata)
{
        const ManifestFunction *functions;
        ManifestFunction *owned;
        size_t n;
        int r;

        r = patch_find_functions(p, host, &functions, &n, &owned);
        for (size_t i = 0; r >= 0 && i < n; i++)
                if (i == 0 || !streq(functions[i].object, functions[i - 1].object))
                        r = visit_object(p, host, functions[i].object, visit, userdata);
        manifest_functions_free(owned, owned ? n : 0);
        return r;
}

char *patch_read_policy(const Patch *p, const Host *host)
{
        EngineModule module = patch_module(p);
        char *policy = NULL;

        return p->engine->read_policy && p->engine->read_policy(host, &module, &policy) >= 0 ? policy : NULL;
}

EnginePause patch_read_pause(const Patch *p, const Host *host)
{
        EngineModule module = patch_module(p);
        EnginePause pause = {};

        if (p->engine->read_pause && p->engine->read_pause(host, &module, &pause) < 0)
                return (EnginePause){};
        return pause;
}

static int print_object(const char *object, const char *state, void *userdata)
{
        fprintf(userdata, "%s %s\n", object, state);
        return 0;
}

static void print_stragglers(const Patch *p, const Host *host, FILE *out)
{
        EngineModule module = patch_module(p);
        Straggler *stragglers = NULL;
        size_t n = 0;

        (void) p->engine->read_stragglers(host, &module, &stragglers, &n);
        for (size_t i = 0; i < n; i++)
                fprintf(out, "%" PRIu32 " %s %s\n", stragglers[i].pid, stragglers[i].function,
                        stragglers[i].comm);
        stragglers_free(stragglers, n);
}

/* In words, to be compared. */
static char *print(const Patch *p, const Host *host)
{
        _cleanup_free_ char *policy = patch_read_policy(p, host);
        EnginePause pause = patch_read_pause(p, host);
        char *text = NULL;
        size_t size;
        FILE *out;

        out = open_memstream(&text, &size);
        if (!out)
                return NULL;
        (void) patch_visit_objects(p, host, print_object, out);
        print_stragglers(p, host, out);
        fprintf(out, "%s %" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu32 "\n", strempty(policy),
                pause.last_usec, pause.max_usec, pause.tasks, pause.tries);
        /* The text is whole, and ours, only now. */
        if (fclose(out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

bool patch_look(Patch *p, const Host *host)
{
        bool is_loaded = sysfs_has(host, "%s/%s", p->engine->folder, p->module_name), changed;
        char *details = is_loaded ? print(p, host) : NULL;

        /* Without memory nothing is compared. */
        if (is_loaded && !details)
                return false;
        changed = !streq_ptr(details, p->details);
        free(p->details);
        p->details = details;
        return changed;
}
