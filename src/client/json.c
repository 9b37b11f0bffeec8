/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "json.h"

#include "cleanup.h"
#include "json-build.h"
#include "pending.h"
#include "utf8.h"

json_object *json_reply_new(void)
{
        json_object *reply = json_object_new_object();

        if (!reply || json_add_uint(reply, "format", JSON_FORMAT) < 0) {
                json_object_put(reply);
                return NULL;
        }
        return reply;
}

static int add_kernel(json_object *object, const KernelInfo *k)
{
        json_object *kernel = json_add_object(object, "kernel");

        if (!kernel || json_add_text(kernel, "release", k->release) < 0 ||
            json_add_text(kernel, "build_id", k->build_id) < 0)
                return -ENOMEM;
        return 0;
}

static int append_engine(json_object *array, const EngineInfo *engine)
{
        json_object *object = json_append_object(array);

        if (!object || json_add_text(object, "name", engine->name) < 0 ||
            json_add_bool(object, "available", engine->available) < 0 ||
            json_add_text(object, "detail", engine->detail) < 0)
                return -ENOMEM;
        return 0;
}

static int append_trust_root(json_object *array, const TrustRootInfo *root, uint64_t now)
{
        json_object *object = json_append_object(array);

        if (!object || json_add_text(object, "name", root->name) < 0 ||
            json_add_uint(object, "expires", root->expires) < 0 ||
            json_add_bool(object, "expired", trust_root_has_expired(root, now)) < 0)
                return -ENOMEM;
        return 0;
}

static int append_reboot(json_object *array, const RebootInfo *reboot)
{
        json_object *object = json_append_object(array);

        if (!object || json_add_text(object, "kind", reboot->kind) < 0 ||
            json_add_text(object, "reason", reboot->reason) < 0)
                return -ENOMEM;
        return 0;
}

int json_add_reboot(json_object *reply, const RebootList *list, Failure *f)
{
        json_object *array = json_add_array(reply, "reboot_advised");

        if (!array)
                return json_no_memory(f);
        FOREACH_ARRAY (reboot, list->items, list->n)
                if (append_reboot(array, reboot) < 0)
                        return json_no_memory(f);
        return 0;
}

int json_add_kernel(json_object *reply, const ManagerInfo *m, Failure *f)
{
        json_object *level;

        if (add_kernel(reply, &m->kernel) < 0)
                return json_no_memory(f);
        level = json_add_object(reply, "level");
        if (!level || json_add_text(level, "level", m->level.level) < 0 ||
            json_add_text(level, "patch", m->level.patch) < 0 ||
            json_add_text(level, "trust_root", m->level.trust_root) < 0)
                return json_no_memory(f);
        return 0;
}

int json_add_manager(json_object *reply, const ManagerInfo *m, uint64_t now, Failure *f)
{
        json_object *daemon = json_add_object(reply, "daemon"), *engines, *roots, *folders;

        if (!daemon || json_add_text(daemon, "version", m->version) < 0 ||
            json_add_kernel(reply, m, f) < 0 || json_add_uint(reply, "generation", m->generation) < 0 ||
            json_add_bool(reply, "apply_disabled", m->apply_disabled) < 0 ||
            json_add_text(reply, "apply_disabled_reason", m->apply_disabled_reason) < 0)
                return json_no_memory(f);
        engines = json_add_array(reply, "engines");
        if (!engines)
                return json_no_memory(f);
        FOREACH_ARRAY (engine, m->engines.items, m->engines.n)
                if (append_engine(engines, engine) < 0)
                        return json_no_memory(f);
        roots = json_add_array(reply, "trust_roots");
        if (!roots)
                return json_no_memory(f);
        FOREACH_ARRAY (root, m->trust_roots.items, m->trust_roots.n)
                if (append_trust_root(roots, root, now) < 0)
                        return json_no_memory(f);
        folders = json_add_array(reply, "unsigned_from");
        if (!folders || json_append_texts(folders, m->unsigned_from) < 0)
                return json_no_memory(f);
        return json_add_reboot(reply, &m->reboot, f);
}

static int append_function(json_object *array, const FunctionInfo *function)
{
        json_object *object = json_append_object(array);

        if (!object || json_add_text(object, "object", function->object) < 0 ||
            json_add_text(object, "name", function->name) < 0 ||
            json_add_uint(object, "sympos", function->sympos) < 0)
                return -ENOMEM;
        return 0;
}

static int add_objects(json_object *object, const ObjectList *list)
{
        json_object *array = json_add_array(object, "objects");

        FOREACH_ARRAY (o, list->items, list->n) {
                json_object *member = json_append_object(array);

                if (!member || json_add_text(member, "name", o->name) < 0 ||
                    json_add_text(member, "state", o->state) < 0)
                        return -ENOMEM;
        }
        return array ? 0 : -ENOMEM;
}

static int append_straggler(json_object *array, const StragglerInfo *s)
{
        json_object *object = json_append_object(array);

        if (!object || json_add_uint(object, "pid", s->pid) < 0 ||
            json_add_text(object, "name", s->name) < 0 || json_add_text(object, "function", s->function) < 0)
                return -ENOMEM;
        return s->stack ? json_append_texts(json_add_array(object, "stack"), s->stack)
                        : json_add_text(object, "stack", NULL);
}

static int add_stragglers(json_object *object, const StragglerList *list)
{
        json_object *array = json_add_array(object, "stragglers");

        FOREACH_ARRAY (s, list->items, list->n)
                if (append_straggler(array, s) < 0)
                        return -ENOMEM;
        return array ? 0 : -ENOMEM;
}

static int append_patch(json_object *array, const PatchInfo *p)
{
        json_object *object = json_append_object(array), *cves, *functions;

        if (!object || json_add_text(object, "id", p->id) < 0 ||
            json_add_text(object, "version", p->version) < 0 ||
            json_add_text(object, "state", p->state) < 0 ||
            json_add_bool(object, "persistent", p->persistent) < 0 ||
            json_add_bool(object, "held", p->held) < 0 ||
            json_add_text(object, "quarantined", p->quarantined) < 0 ||
            json_add_uint(object, "applied_since", p->since) < 0 ||
            json_add_text(object, "title", p->title) < 0 ||
            json_add_text(object, "description", p->description) < 0 ||
            json_add_text(object, "severity", p->severity) < 0 ||
            json_add_text(object, "level", p->level) < 0 || json_add_text(object, "engine", p->engine) < 0 ||
            json_add_text(object, "module", p->module) < 0 ||
            json_add_text(object, "trust_root", p->trust_root) < 0 || add_kernel(object, &p->kernel) < 0)
                return -ENOMEM;
        cves = json_add_array(object, "cves");
        if (add_objects(object, &p->objects) < 0 || add_stragglers(object, &p->stragglers) < 0)
                return -ENOMEM;
        functions = json_add_array(object, "functions");
        if (!cves || !functions)
                return -ENOMEM;
        for (char **cve = p->cves; cve && *cve; cve++)
                if (json_append(cves, json_object_new_string(*cve)) < 0)
                        return -ENOMEM;
        FOREACH_ARRAY (function, p->functions.items, p->functions.n)
                if (append_function(functions, function) < 0)
                        return -ENOMEM;
        return 0;
}

static int append_job(json_object *array, const JobInfo *job)
{
        json_object *object = json_append_object(array), *progress;

        if (!object || json_add_text(object, "kind", job->kind) < 0 ||
            json_add_text(object, "patch", job->patch) < 0 ||
            json_add_text(object, "state", job->state) < 0 || json_add_text(object, "step", job->step) < 0)
                return -ENOMEM;
        progress = json_add_object(object, "progress");
        if (!progress || json_add_uint(progress, "done", job->progress.done) < 0 ||
            json_add_uint(progress, "total", job->progress.total) < 0 ||
            json_add_text(progress, "message", job->progress.sentence) < 0)
                return -ENOMEM;
        return 0;
}

int json_add_quarantine(json_object *reply, const QuarantineList *list, Failure *f)
{
        json_object *array = json_add_array(reply, "quarantine");

        if (!array)
                return json_no_memory(f);
        FOREACH_ARRAY (q, list->items, list->n) {
                json_object *object = json_append_object(array);

                if (!object || json_add_text(object, "patch", q->patch) < 0 ||
                    json_add_text(object, "why", q->why) < 0 || json_add_text(object, "since", q->since) < 0)
                        return json_no_memory(f);
        }
        return 0;
}

int json_add_patches(json_object *reply, const ObjectsInfo *o, Failure *f)
{
        json_object *array;

        if (!o)
                return json_add_text(reply, "patches", NULL) < 0 ? json_no_memory(f) : 0;
        array = json_add_array(reply, "patches");
        if (!array)
                return json_no_memory(f);
        FOREACH_ARRAY (patch, o->patches, o->n_patches)
                if (append_patch(array, patch) < 0)
                        return json_no_memory(f);
        return 0;
}

int json_add_in_force(json_object *reply, const ObjectsInfo *o, Failure *f)
{
        json_object *array = json_add_array(reply, "in_force");

        if (!array)
                return json_no_memory(f);
        FOREACH_ARRAY (p, o->patches, o->n_patches)
                if (patch_has_state(p, PATCH_STATE_APPLIED) &&
                    json_append(array, json_object_new_string(p->reference)) < 0)
                        return json_no_memory(f);
        return 0;
}

int json_add_jobs(json_object *reply, const ObjectsInfo *o, Failure *f)
{
        json_object *array;

        if (!o)
                return json_add_text(reply, "jobs", NULL) < 0 ? json_no_memory(f) : 0;
        array = json_add_array(reply, "jobs");
        if (!array)
                return json_no_memory(f);
        FOREACH_ARRAY (job, o->jobs, o->n_jobs)
                if (append_job(array, job) < 0)
                        return json_no_memory(f);
        return 0;
}

static int add_versions(json_object *object, const FeedVersions *v)
{
        json_object *versions = json_add_object(object, "versions");

        if (!versions || json_add_uint(versions, "feed", v->feed) < 0 ||
            json_add_uint(versions, "timestamp", v->timestamp) < 0 ||
            json_add_uint(versions, "root", v->root) < 0)
                return -ENOMEM;
        return 0;
}

static int append_feed(json_object *array, const ObjectsInfo *o, const FeedInfo *feed)
{
        json_object *object = json_append_object(array), *patches;

        if (json_append_texts(json_add_array(object, "urls"), feed->urls) < 0 ||
            add_versions(object, &feed->versions) < 0 ||
            json_add_uint(object, "pending", pending_count_offered(o, feed)) < 0)
                return -ENOMEM;

        if (!object || json_add_text(object, "name", feed->name) < 0 ||
            json_add_text(object, "policy", feed->policy) < 0 ||
            json_add_text(object, "channel", feed->channel) < 0 ||
            json_add_uint(object, "last_attempt", feed->last_attempt) < 0 ||
            json_add_uint(object, "last_success", feed->last_success) < 0 ||
            json_add_uint(object, "expires", feed->expires) < 0 ||
            json_add_bool(object, "stale", feed->stale) < 0 ||
            json_add_text(object, "error", feed->failure.name) < 0 ||
            json_add_text(object, "message", feed->failure.sentence) < 0 ||
            json_add_uint(object, "failures", feed->failures) < 0 ||
            json_add_uint(object, "retry_at", feed->retry_at) < 0)
                return -ENOMEM;
        patches = json_add_array(object, "patches");
        FOREACH_ARRAY (patch, feed->patches.items, feed->patches.n) {
                json_object *item = json_append_object(patches);

                if (!item || json_add_text(item, "patch", patch->patch) < 0 ||
                    json_add_text(item, "offer", patch->offer) < 0 ||
                    json_add_text(item, "severity", patch->severity) < 0 ||
                    json_add_text(item, "reason", patch->reason) < 0)
                        return -ENOMEM;
        }
        return patches ? 0 : -ENOMEM;
}

int json_add_feeds(json_object *reply, const ObjectsInfo *o, Failure *f)
{
        json_object *array;

        if (!o)
                return json_add_text(reply, "feeds", NULL) < 0 ? json_no_memory(f) : 0;
        array = json_add_array(reply, "feeds");
        if (!array)
                return json_no_memory(f);
        FOREACH_ARRAY (feed, o->feeds, o->n_feeds)
                if (append_feed(array, o, feed) < 0)
                        return json_no_memory(f);
        return 0;
}

int json_append_feed(json_object *reply, const ObjectsInfo *o, const FeedInfo *feed, Failure *f)
{
        return append_feed(json_get_array(reply, "feeds"), o, feed) < 0 ? json_no_memory(f) : 0;
}

int json_append_patch(json_object *reply, const PatchInfo *p, Failure *f)
{
        return append_patch(json_get_array(reply, "patches"), p) < 0 ? json_no_memory(f) : 0;
}

int json_append_advice(json_object *reply, const char *sentence, Failure *f)
{
        json_object *array = json_get_array(reply, "advice");

        if (!array || (sentence && json_append(array, json_object_new_string(sentence)) < 0))
                return json_no_memory(f);
        return 0;
}

int json_add_error(json_object *reply, const Failure *failure)
{
        json_object *error = json_add_object(reply, "error");

        if (!error || json_add_text(error, "name", failure_bus_name(failure->kind)) < 0 ||
            json_add_text(error, "message", failure_sentence(failure)) < 0)
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
