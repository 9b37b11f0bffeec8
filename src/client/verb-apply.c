/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "cleanup.h"
#include "display.h"
#include "import-file.h"
#include "patch-ref.h"
#include "plan.h"
#include "question.h"
#include "suggest.h"
#include "text.h"

typedef struct Apply {
        const Client *client;
        JobSession session;
        ImportFile *files; /* of the arguments that are files, in their order */
        size_t n_files;
        ManagerInfo manager;
        ObjectsInfo objects;
        Plan plan;
} Apply;

static void apply_clear(Apply *a)
{
        plan_clear(&a->plan);
        objects_info_clear(&a->objects);
        manager_info_clear(&a->manager);
        FOREACH_ARRAY (file, a->files, a->n_files)
                import_file_close(file);
        free(a->files);
        job_session_close(&a->session);
}
#define _cleanup_apply_ __attribute__((cleanup(apply_clear)))

/* All names are looked at, and all files opened, before anything is changed. */
static int read_arguments(Apply *a, Failure *f)
{
        const Options *o = &a->client->options;
        int r = 0;

        if (o->all && (o->n_args > 0 || o->n_cves > 0))
                return failure_set(f, FAILURE_USAGE, "'--all' is all there is: name nothing beside it.");
        if (!o->all && o->n_args == 0 && o->n_cves == 0)
                return failure_set(
                                f, FAILURE_USAGE,
                                "What is to be applied? Name patches or files, or use '--cve' or '--all'.");
        a->files = calloc(o->n_args + 1, sizeof(ImportFile));
        if (!a->files)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        for (char **argument = o->args; r >= 0 && *argument; argument++) {
                _cleanup_free_ char *id = NULL, *version = NULL;

                if (!import_file_is_meant(*argument)) {
                        r = patch_ref_parse(*argument, &id, &version, f);
                        continue;
                }
                r = import_file_open(*argument, NULL, &a->files[a->n_files], f);
                if (r >= 0)
                        a->n_files++;
        }
        return r;
}

/* What the files turn out to be takes their place in names, which become a strv. */
static int import_files(Apply *a, char ***names, Failure *f)
{
        const ImportFile *file = a->files;
        int r = 0;

        for (char **argument = a->client->options.args; r == 0 && *argument; argument++) {
                _cleanup_free_ char *patch = NULL;

                if (import_file_is_meant(*argument)) {
                        r = import_file_for(&a->session, file++, "applied", &patch, f);
                        /* A dry run has stored nothing that could be tried further. */
                        if (!patch)
                                continue;
                }
                if (r == 0 && strv_append(names, patch ? patch : *argument) < 0)
                        return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        }
        return r;
}

static int learn(Apply *a, Failure *f)
{
        int r;

        bus_set_limit(a->session.bus, READ_LIMIT);
        r = bus_fetch_manager(a->session.bus, &a->manager, f);
        if (r >= 0)
                r = bus_fetch_objects(a->session.bus, &a->objects, f);
        return r;
}

static int plan(Apply *a, char **names, Failure *f)
{
        const Options *o = &a->client->options;
        Plan *p = &a->plan;
        int r = 0;

        p->objects = &a->objects;
        p->kernel = &a->manager.kernel;
        for (char **name = names; r >= 0 && name && *name; name++)
                r = plan_add_named(p, *name, f);
        for (size_t i = 0; r >= 0 && i < o->n_cves; i++) {
                _cleanup_free_ char *id = cve_id_normalize(o->cves[i]);
                _cleanup_cve_info_ CveInfo cve = {};

                if (!id)
                        return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
                r = bus_check_cve(a->session.bus, id, &cve, f);
                if (r >= 0)
                        r = plan_add_cve(p, id, &cve, f);
        }
        if (r >= 0 && o->all)
                r = plan_add_all(p, f);
        return r < 0 ? r : plan_complete(p, f);
}

static int tell_notes(const Apply *a, Failure *f)
{
        int r = 0;

        for (char **note = a->plan.notes; r >= 0 && note && *note; note++)
                r = import_tell(a->client, *note, f);
        if (r >= 0 && a->plan.n == 0 && strv_length(a->plan.notes) == 0)
                r = import_tell(a->client,
                                "There is nothing to apply: all that is for this kernel is in force.", f);
        return r;
}

static void show_plan_line(const Apply *a, const char *text)
{
        fputs("  ", a->client->err.file);
        display_write_wrapped(&a->client->err, text, strlen("  "));
        fputc('\n', a->client->err.file);
}

static int show_plan(const Apply *a)
{
        fputs("This changes more than was named:\n", a->client->err.file);
        FOREACH_ARRAY (step, a->plan.steps, a->plan.n) {
                _cleanup_free_ char *text =
                                text_format("%s %s%s%s", step->out ? "roll back" : "apply", step->patch,
                                            step->why ? ", which " : "", strempty(step->why));

                if (!text)
                        return -ENOMEM;
                show_plan_line(a, text);
        }
        for (char **effect = a->plan.effects; effect && *effect; effect++)
                show_plan_line(a, *effect);
        return 0;
}

static int ask(Apply *a, Failure *f)
{
        const Options *o = &a->client->options;

        if (o->yes || o->dry_run || !plan_is_wider(&a->plan))
                return 0;
        if (!a->client->reply && !o->quiet && show_plan(a) < 0)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        if (question_can_be_asked(a->client))
                return question_ask(&a->session, "Go on?", f);
        return failure_set(f, FAILURE_USAGE,
                           "Nobody can be asked whether to go on: '--yes' says so beforehand.");
}

static int run_step(Apply *a, const PlanStep *step, Failure *f)
{
        JobRequest request = { .method = step->out ? "Rollback" : "Apply", .patch = step->patch };
        int r;

        /* The daemon could only say that what comes before it has not come. */
        if (a->client->options.dry_run && (step->out || step->dependent)) {
                _cleanup_free_ char *text = NULL;

                text = text_format("Patch %s would be %s after the others; that was not tried.", step->patch,
                                   step->out ? "rolled back" : "applied");
                if (!text)
                        return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
                return import_tell(a->client, text, f);
        }
        r = job_run(&a->session, step->out ? "rollback" : a->client->options.verb->name, request, NULL, f);
        if (r < 0 && f->kind == FAILURE_NO_SUCH_PATCH)
                suggest_patch_from_bus(a->session.bus, step->patch, f);
        return r;
}

/* What was named is applied as it was named; on a terminal, or where that was said, with what it needs. */
static int make_plan(Apply *a, char **names, Failure *f)
{
        const Options *o = &a->client->options;
        bool wide = o->all || o->n_cves > 0;
        int r = 0;

        if (wide || o->yes || question_can_be_asked(a->client)) {
                r = learn(a, wide ? f : NULL);
                /* One that does not say what it has can still apply what was named. */
                if (r >= 0 || wide)
                        return r < 0 ? r : plan(a, names, f);
        }
        a->plan.objects = &a->objects;
        a->plan.kernel = &a->manager.kernel;
        for (r = 0; r >= 0 && names && *names; names++)
                r = plan_add_named(&a->plan, *names, f);
        return r;
}

int verb_apply(const Client *c, Failure *f)
{
        _cleanup_apply_ Apply a = { .client = c };
        _cleanup_strv_free_ char **names = NULL;
        int r;

        r = read_arguments(&a, f);
        if (r >= 0)
                r = job_session_open(c, &a.session, f);
        if (r >= 0)
                r = import_files(&a, &names, f);
        if (r != 0 || (a.n_files > 0 && !names && c->options.n_cves == 0))
                return r;
        r = make_plan(&a, names, f);
        if (r >= 0)
                r = tell_notes(&a, f);
        if (r >= 0)
                r = ask(&a, f);
        FOREACH_ARRAY (step, a.plan.steps, a.plan.n)
                if (r == 0)
                        r = run_step(&a, step, f);
        return r;
}
