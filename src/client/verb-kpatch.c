/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* kpatch's own verbs, with their meaning: load and unload change the kernel that runs, install and uninstall
 * what is applied at boot. Patches may also be named as kpatch names them, by module. */

#include "cleanup.h"
#include "import-file.h"
#include "plan.h"
#include "suggest.h"
#include "text.h"

#include <unistd.h>

typedef struct KpatchVerb {
        const char *name;
        const char *method;
        bool runtime;
        const char *files; /* what is done with modules that are not stored yet; NULL: nothing */
        bool (*is_meant)(const PatchInfo *p); /* which version a name means, and which --all */
        const char *nothing;                  /* said where --all is none */
        /* Why --all leaves one out that is meant, or NULL. By name it can be asked for, and the daemon says.
         */
        const char *(*find_obstacle)(const PatchInfo *p);
} KpatchVerb;

static bool is_out(const PatchInfo *p)
{
        return p->persistent && !patch_has_state(p, PATCH_STATE_APPLIED);
}

static bool is_in(const PatchInfo *p)
{
        return patch_has_state(p, PATCH_STATE_APPLIED) || patch_has_state(p, PATCH_STATE_APPLYING);
}

static bool is_not_wanted(const PatchInfo *p)
{
        return !p->persistent;
}

static bool is_wanted(const PatchInfo *p)
{
        return p->persistent;
}

static const char *find_obstacle_out(const PatchInfo *p)
{
        return p->held ? "is held" : NULL;
}

/* To apply a patch lifts its quarantine: nobody has said that of each. */
static const char *find_obstacle_in(const PatchInfo *p)
{
        return p->held                       ? "is held"
               : strempty(p->quarantined)[0] ? "is quarantined"
               : patch_is_moving(p)          ? "is being switched"
                                             : NULL;
}

static const KpatchVerb table[] = {
        { "load", "Apply", true, "applied", is_out, "All that is installed is in force.", find_obstacle_in },
        { "unload", "Rollback", true, NULL, is_in, "Nothing is in force.", find_obstacle_out },
        { "install", "Install", false, "installed", is_not_wanted, NULL, NULL },
        { "uninstall", "Uninstall", false, NULL, is_wanted, NULL, NULL },
};

static const PatchInfo *find(const KpatchVerb *verb, const ObjectsInfo *o, const KernelInfo *kernel,
                             const char *name)
{
        const PatchInfo *found = NULL;

        /* The newest comes last. */
        FOREACH_ARRAY (p, o->patches, o->n_patches) {
                if (!strempty(p->version)[0] ||
                    !(streq(p->reference, name) || streq(p->id, name) || patch_has_module(p, name)))
                        continue;
                if (!found ||
                    (patch_fits_kernel(p, kernel) && (verb->is_meant(p) || !verb->is_meant(found))))
                        found = p;
        }
        return found;
}

typedef struct Work {
        const Client *client;
        const KpatchVerb *verb;
        JobSession session;
        ManagerInfo manager;
        ObjectsInfo objects;
        Plan plan;
} Work;

static void work_clear(Work *w)
{
        plan_clear(&w->plan);
        objects_info_clear(&w->objects);
        manager_info_clear(&w->manager);
        job_session_close(&w->session);
}
#define _cleanup_work_ __attribute__((cleanup(work_clear)))

static int learn(Work *w, Failure *f)
{
        int r;

        bus_set_limit(w->session.bus, READ_LIMIT);
        r = bus_fetch_manager(w->session.bus, &w->manager, f);
        if (r >= 0)
                r = bus_fetch_objects(w->session.bus, &w->objects, f);
        w->plan.objects = &w->objects;
        w->plan.kernel = &w->manager.kernel;
        return r;
}

static int add_name(Work *w, const char *name, Failure *f)
{
        const PatchInfo *p = find(w->verb, &w->objects, &w->manager.kernel, name);

        return p ? plan_add_named(&w->plan, p->reference, f) : suggest_patch(&w->objects, name, f);
}

static int compare_since(const void *a, const void *b)
{
        const PatchInfo *x = *(const PatchInfo *const *) a, *y = *(const PatchInfo *const *) b;

        if (x->since != y->since)
                return x->since < y->since ? 1 : -1;
        return x < y ? 1 : -1;
}

static int tell_left_out(const Work *w, const PatchInfo *p, const char *why, Failure *f)
{
        _cleanup_free_ char *text = text_format("%s %s and left out.", p->reference, why);

        return text ? import_tell(w->client, text, f)
                    : failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
}

/* What came last goes first: others may depend on what came before. */
static int add_all(Work *w, Failure *f)
{
        _cleanup_free_ const PatchInfo **all = calloc(w->objects.n_patches + 1, sizeof(PatchInfo *));
        size_t n = 0, n_left_out = 0;
        int r = 0;

        if (!all)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        FOREACH_ARRAY (p, w->objects.patches, w->objects.n_patches) {
                const char *obstacle = w->verb->find_obstacle(p);

                if (!strempty(p->version)[0] || !w->verb->is_meant(p) ||
                    !patch_fits_kernel(p, &w->manager.kernel))
                        continue;
                if (!obstacle)
                        all[n++] = p;
                else if (r >= 0)
                        r = tell_left_out(w, p, obstacle, f);
                n_left_out += obstacle != NULL;
        }
        qsort(all, n, sizeof(all[0]), compare_since);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = plan_add_named(&w->plan, all[i]->reference, f);
        return r < 0 || n + n_left_out > 0 ? r : import_tell(w->client, w->verb->nothing, f);
}

/* A file that is there; kpatch takes the name of one for a module that it knows, too. */
static bool is_file(const Work *w, const char *argument)
{
        return w->verb->files && import_file_is_meant(argument) &&
               (strchr(argument, '/') || access(argument, F_OK) >= 0);
}

/* Once they are imported, files are patches like others. */
static int import_files(Work *w, char ***names, Failure *f)
{
        int r = 0;

        for (char **argument = w->client->options.args; r == 0 && *argument; argument++) {
                _cleanup_import_file_ ImportFile file = { NULL, -EBADF, -EBADF };
                _cleanup_free_ char *patch = NULL;

                if (is_file(w, *argument)) {
                        r = import_file_open(*argument, NULL, &file, f);
                        if (r == 0)
                                r = import_file_for(&w->session, &file, w->verb->files, &patch, f);
                        /* A dry run has stored nothing that could be tried further. */
                        if (!patch)
                                continue;
                }
                if (r == 0 && strv_append(names, patch ? patch : *argument) < 0)
                        return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        }
        return r;
}

static int run(Work *w, Failure *f)
{
        int r = 0;

        FOREACH_ARRAY (step, w->plan.steps, w->plan.n) {
                JobRequest request = { .method = w->verb->method,
                                       .patch = step->patch,
                                       .runtime = w->verb->runtime };

                if (r == 0)
                        r = job_run(&w->session, w->verb->name, request, NULL, f);
        }
        return r;
}

int verb_kpatch(const Client *c, Failure *f)
{
        _cleanup_work_ Work w = { .client = c };
        _cleanup_strv_free_ char **names = NULL;
        int r;

        FOREACH_ARRAY (row, table, ELEMENTSOF(table))
                if (streq(row->name, c->options.verb->name))
                        w.verb = row;
        if (c->options.all == (c->options.n_args > 0))
                return failure_set(f, FAILURE_USAGE, "Name patches%s.",
                                   w.verb->nothing ? ", or use '--all' and name none" : "");
        r = job_session_open(c, &w.session, f);
        if (r >= 0)
                r = import_files(&w, &names, f);
        if (r != 0 || (!names && !c->options.all))
                return r;
        r = learn(&w, f);
        for (char **name = names; r >= 0 && name && *name; name++)
                r = add_name(&w, *name, f);
        if (r >= 0 && c->options.all)
                r = add_all(&w, f);
        /* What is loaded, in an order that its dependencies allow. */
        if (r >= 0 && c->options.all && w.verb->files)
                r = plan_complete(&w.plan, f);
        return r < 0 ? r : run(&w, f);
}
