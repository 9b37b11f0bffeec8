/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "json.h"

#include "cleanup.h"
#include "utf8.h"

static int no_memory(Failure *f)
{
        return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
}

/* Takes value, which is NULL where making it failed. */
static int add(json_object *object, const char *key, json_object *value)
{
        if (!value || !object)
                goto fail;
        if (json_object_object_add(object, key, value) < 0)
                goto fail;
        return 0;
fail:
        json_object_put(value);
        return -ENOMEM;
}

static int append(json_object *array, json_object *value)
{
        if (!value || !array)
                goto fail;
        if (json_object_array_add(array, value) < 0)
                goto fail;
        return 0;
fail:
        json_object_put(value);
        return -ENOMEM;
}

/* What is not known, or empty where it need not be said, is null. */
static int add_text(json_object *object, const char *key, const char *text)
{
        if (text && text[0])
                return add(object, key, json_object_new_string(text));
        return json_object_object_add(object, key, NULL) < 0 ? -ENOMEM : 0;
}

static int add_bool(json_object *object, const char *key, bool value)
{
        return add(object, key, json_object_new_boolean(value));
}

static int add_uint(json_object *object, const char *key, uint64_t value)
{
        return add(object, key, json_object_new_uint64(value));
}

/* Makes an empty list or object within the other, which owns it. NULL when memory is out. */
static json_object *add_array(json_object *object, const char *key)
{
        json_object *array = json_object_new_array();

        return add(object, key, array) < 0 ? NULL : array;
}

static json_object *add_object(json_object *object, const char *key)
{
        json_object *member = json_object_new_object();

        return add(object, key, member) < 0 ? NULL : member;
}

static json_object *append_object(json_object *array)
{
        json_object *member = json_object_new_object();

        return append(array, member) < 0 ? NULL : member;
}

static json_object *get_array(json_object *object, const char *key)
{
        json_object *array = NULL;

        return json_object_object_get_ex(object, key, &array) ? array : add_array(object, key);
}

json_object *json_reply_new(void)
{
        json_object *reply = json_object_new_object();

        if (!reply || add_uint(reply, "format", JSON_FORMAT) < 0) {
                json_object_put(reply);
                return NULL;
        }
        return reply;
}

static int add_kernel(json_object *object, const KernelInfo *k)
{
        json_object *kernel = add_object(object, "kernel");

        if (!kernel || add_text(kernel, "release", k->release) < 0 ||
            add_text(kernel, "build_id", k->build_id) < 0)
                return -ENOMEM;
        return 0;
}

static int append_engine(json_object *array, const EngineInfo *engine)
{
        json_object *object = append_object(array);

        if (!object || add_text(object, "name", engine->name) < 0 ||
            add_bool(object, "available", engine->available) < 0 ||
            add_text(object, "detail", engine->detail) < 0)
                return -ENOMEM;
        return 0;
}

static int append_trust_root(json_object *array, const TrustRootInfo *root, uint64_t now)
{
        json_object *object = append_object(array);

        if (!object || add_text(object, "name", root->name) < 0 ||
            add_uint(object, "expires", root->expires) < 0 ||
            add_bool(object, "expired", trust_root_has_expired(root, now)) < 0)
                return -ENOMEM;
        return 0;
}

int json_add_manager(json_object *reply, const ManagerInfo *m, uint64_t now, Failure *f)
{
        json_object *daemon = add_object(reply, "daemon"), *engines, *roots;

        if (!daemon || add_text(daemon, "version", m->version) < 0 || add_kernel(reply, &m->kernel) < 0 ||
            add_uint(reply, "generation", m->generation) < 0 ||
            add_bool(reply, "apply_disabled", m->apply_disabled) < 0 ||
            add_text(reply, "apply_disabled_reason", m->apply_disabled_reason) < 0)
                return no_memory(f);
        engines = add_array(reply, "engines");
        if (!engines)
                return no_memory(f);
        FOREACH_ARRAY (engine, m->engines.items, m->engines.n)
                if (append_engine(engines, engine) < 0)
                        return no_memory(f);
        roots = add_array(reply, "trust_roots");
        if (!roots)
                return no_memory(f);
        FOREACH_ARRAY (root, m->trust_roots.items, m->trust_roots.n)
                if (append_trust_root(roots, root, now) < 0)
                        return no_memory(f);
        return 0;
}

static int append_function(json_object *array, const FunctionInfo *function)
{
        json_object *object = append_object(array);

        if (!object || add_text(object, "object", function->object) < 0 ||
            add_text(object, "name", function->name) < 0 || add_uint(object, "sympos", function->sympos) < 0)
                return -ENOMEM;
        return 0;
}

static int add_objects(json_object *object, const ObjectList *list)
{
        json_object *array = add_array(object, "objects");

        FOREACH_ARRAY (o, list->items, list->n) {
                json_object *member = append_object(array);

                if (!member || add_text(member, "name", o->name) < 0 ||
                    add_text(member, "state", o->state) < 0)
                        return -ENOMEM;
        }
        return array ? 0 : -ENOMEM;
}

static int append_patch(json_object *array, const PatchInfo *p)
{
        json_object *object = append_object(array), *cves, *functions;

        if (!object || add_text(object, "id", p->id) < 0 || add_text(object, "version", p->version) < 0 ||
            add_text(object, "state", p->state) < 0 || add_bool(object, "persistent", p->persistent) < 0 ||
            add_bool(object, "held", p->held) < 0 || add_text(object, "quarantined", p->quarantined) < 0 ||
            add_uint(object, "applied_since", p->since) < 0 || add_text(object, "title", p->title) < 0 ||
            add_text(object, "description", p->description) < 0 ||
            add_text(object, "severity", p->severity) < 0 || add_text(object, "engine", p->engine) < 0 ||
            add_text(object, "module", p->module) < 0 || add_text(object, "trust_root", p->trust_root) < 0 ||
            add_kernel(object, &p->kernel) < 0)
                return -ENOMEM;
        cves = add_array(object, "cves");
        if (add_objects(object, &p->objects) < 0)
                return -ENOMEM;
        functions = add_array(object, "functions");
        if (!cves || !functions)
                return -ENOMEM;
        for (char **cve = p->cves; cve && *cve; cve++)
                if (append(cves, json_object_new_string(*cve)) < 0)
                        return -ENOMEM;
        FOREACH_ARRAY (function, p->functions.items, p->functions.n)
                if (append_function(functions, function) < 0)
                        return -ENOMEM;
        return 0;
}

static int append_job(json_object *array, const JobInfo *job)
{
        json_object *object = append_object(array), *progress;

        if (!object || add_text(object, "kind", job->kind) < 0 ||
            add_text(object, "patch", job->patch) < 0 || add_text(object, "state", job->state) < 0 ||
            add_text(object, "step", job->step) < 0)
                return -ENOMEM;
        progress = add_object(object, "progress");
        if (!progress || add_uint(progress, "done", job->progress.done) < 0 ||
            add_uint(progress, "total", job->progress.total) < 0 ||
            add_text(progress, "message", job->progress.sentence) < 0)
                return -ENOMEM;
        return 0;
}

int json_add_quarantine(json_object *reply, const QuarantineList *list, Failure *f)
{
        json_object *array = add_array(reply, "quarantine");

        if (!array)
                return no_memory(f);
        FOREACH_ARRAY (q, list->items, list->n) {
                json_object *object = append_object(array);

                if (!object || add_text(object, "patch", q->patch) < 0 ||
                    add_text(object, "why", q->why) < 0 || add_text(object, "since", q->since) < 0)
                        return no_memory(f);
        }
        return 0;
}

int json_add_patches(json_object *reply, const ObjectsInfo *o, Failure *f)
{
        json_object *array;

        if (!o)
                return add_text(reply, "patches", NULL) < 0 ? no_memory(f) : 0;
        array = add_array(reply, "patches");
        if (!array)
                return no_memory(f);
        FOREACH_ARRAY (patch, o->patches, o->n_patches)
                if (append_patch(array, patch) < 0)
                        return no_memory(f);
        return 0;
}

int json_add_jobs(json_object *reply, const ObjectsInfo *o, Failure *f)
{
        json_object *array;

        if (!o)
                return add_text(reply, "jobs", NULL) < 0 ? no_memory(f) : 0;
        array = add_array(reply, "jobs");
        if (!array)
                return no_memory(f);
        FOREACH_ARRAY (job, o->jobs, o->n_jobs)
                if (append_job(array, job) < 0)
                        return no_memory(f);
        return 0;
}

static int append_feed(json_object *array, const FeedInfo *feed)
{
        json_object *object = append_object(array), *patches;

        if (!object || add_text(object, "name", feed->name) < 0 ||
            add_text(object, "policy", feed->policy) < 0 || add_text(object, "channel", feed->channel) < 0 ||
            add_uint(object, "last_attempt", feed->last_attempt) < 0 ||
            add_uint(object, "last_success", feed->last_success) < 0 ||
            add_uint(object, "expires", feed->expires) < 0 || add_bool(object, "stale", feed->stale) < 0 ||
            add_text(object, "error", feed->failure.name) < 0 ||
            add_text(object, "message", feed->failure.sentence) < 0 ||
            add_uint(object, "failures", feed->failures) < 0 ||
            add_uint(object, "retry_at", feed->retry_at) < 0)
                return -ENOMEM;
        patches = add_array(object, "patches");
        FOREACH_ARRAY (patch, feed->patches.items, feed->patches.n) {
                json_object *item = append_object(patches);

                if (!item || add_text(item, "patch", patch->patch) < 0 ||
                    add_text(item, "offer", patch->offer) < 0 ||
                    add_text(item, "severity", patch->severity) < 0 ||
                    add_text(item, "reason", patch->reason) < 0)
                        return -ENOMEM;
        }
        return patches ? 0 : -ENOMEM;
}

int json_add_feeds(json_object *reply, const ObjectsInfo *o, Failure *f)
{
        json_object *array;

        if (!o)
                return add_text(reply, "feeds", NULL) < 0 ? no_memory(f) : 0;
        array = add_array(reply, "feeds");
        if (!array)
                return no_memory(f);
        FOREACH_ARRAY (feed, o->feeds, o->n_feeds)
                if (append_feed(array, feed) < 0)
                        return no_memory(f);
        return 0;
}

int json_append_patch(json_object *reply, const PatchInfo *p, Failure *f)
{
        return append_patch(get_array(reply, "patches"), p) < 0 ? no_memory(f) : 0;
}

int json_append_advice(json_object *reply, const char *sentence, Failure *f)
{
        json_object *array = get_array(reply, "advice");

        if (!array || (sentence && append(array, json_object_new_string(sentence)) < 0))
                return no_memory(f);
        return 0;
}

int json_append_result(json_object *reply, const char *kind, const char *patch, const char *result,
                       const char *message, Failure *f)
{
        json_object *object = append_object(get_array(reply, "results"));

        if (!object || add_text(object, "kind", kind) < 0 || add_text(object, "patch", patch) < 0 ||
            add_text(object, "result", result) < 0 || add_text(object, "message", message) < 0)
                return no_memory(f);
        return 0;
}

static int append_texts(json_object *array, char *const *texts)
{
        for (char *const *text = texts; text && *text; text++)
                if (append(array, json_object_new_string(*text)) < 0)
                        return -ENOMEM;
        return array ? 0 : -ENOMEM;
}

int json_add_generations(json_object *reply, const GenerationList *list, Failure *f)
{
        json_object *array = add_array(reply, "generations");

        FOREACH_ARRAY (g, list->items, list->n) {
                json_object *object = append_object(array);

                if (!object || add_uint(object, "number", g->number) < 0 ||
                    add_uint(object, "previous", g->previous) < 0 ||
                    add_text(object, "created", g->created) < 0 || add_text(object, "cause", g->cause) < 0 ||
                    append_texts(add_array(object, "patches"), g->patches) < 0)
                        return no_memory(f);
        }
        return array ? 0 : no_memory(f);
}

int json_append_event(json_object *reply, const EventInfo *e, Failure *f)
{
        json_object *object = append_object(get_array(reply, "history"));

        if (!object || add_uint(object, "time", e->time) < 0 || add_text(object, "kind", e->kind) < 0 ||
            add_text(object, "patch", e->patch) < 0 || add_text(object, "result", e->result) < 0 ||
            add_text(object, "message", e->message) < 0 || add_text(object, "comm", e->comm) < 0 ||
            add_uint(object, "duration_us", e->duration) < 0 ||
            add_uint(object, "generation", e->generation) < 0 ||
            (e->uid == UINT32_MAX ? json_object_object_add(object, "uid", NULL)
                                  : add_uint(object, "uid", e->uid)) < 0)
                return no_memory(f);
        return 0;
}

int json_begin_history(json_object *reply, Failure *f)
{
        return get_array(reply, "history") ? 0 : no_memory(f);
}

int json_add_diagnoses(json_object *reply, const DiagnosisList *list, Failure *f)
{
        json_object *array = add_array(reply, "diagnoses");

        FOREACH_ARRAY (d, list->items, list->n) {
                json_object *object = append_object(array);

                if (!object || add_text(object, "check", d->check) < 0 ||
                    add_text(object, "result", d->result) < 0 ||
                    add_text(object, "sentence", d->sentence) < 0 ||
                    add_text(object, "remedy", d->remedy) < 0)
                        return no_memory(f);
        }
        return array ? 0 : no_memory(f);
}

int json_append_cve(json_object *reply, const char *id, const CveInfo *cve, Failure *f)
{
        json_object *object = append_object(get_array(reply, "cves")), *patches;

        patches = object ? add_array(object, "patches") : NULL;
        if (!patches || add_text(object, "id", id) < 0 || add_text(object, "state", cve->state) < 0)
                return no_memory(f);
        return append_texts(patches, cve->patches) < 0 ? no_memory(f) : 0;
}

int json_add_error(json_object *reply, const Failure *failure)
{
        json_object *error = add_object(reply, "error");

        if (!error || add_text(error, "name", failure_bus_name(failure->kind)) < 0 ||
            add_text(error, "message", failure_sentence(failure)) < 0)
                return -ENOMEM;
        return 0;
}

/* What json-c leaves as it is, and a terminal does not, can only stand in strings, where an escape means the
 * same. Broken UTF-8, which a command line can hold, becomes U+FFFD. */
static void write_escaped(FILE *out, const char *text)
{
        while (*text) {
                uint32_t c;
                size_t size = utf8_decode(text, &c);

                if (size == 0)
                        fputs("\\ufffd", out);
                else if (!unicode_is_unsafe(c) || c == '\n')
                        fwrite(text, 1, size, out);
                else if (c < 0x10000)
                        fprintf(out, "\\u%04x", c);
                else
                        fprintf(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
                text += size > 0 ? size : 1;
        }
}

int json_write(FILE *out, json_object *reply, bool is_tty)
{
        const char *text = json_object_to_json_string_ext(
                        reply, JSON_C_TO_STRING_NOSLASHESCAPE |
                                               (is_tty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED
                                                       : JSON_C_TO_STRING_PLAIN));

        if (!text)
                return -ENOMEM;
        write_escaped(out, text);
        fputc('\n', out);
        return 0;
}
