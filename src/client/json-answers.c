/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "json-build.h"
#include "json.h"

/* What verbs answer that are about more than the state. */

int json_append_result(json_object *reply, const char *kind, const char *patch, const char *result,
                       const char *message, Failure *f)
{
        json_object *object = json_append_object(json_get_array(reply, "results"));

        if (!object || json_add_text(object, "kind", kind) < 0 ||
            json_add_text(object, "patch", patch) < 0 || json_add_text(object, "result", result) < 0 ||
            json_add_text(object, "message", message) < 0)
                return json_no_memory(f);
        return 0;
}

int json_add_generations(json_object *reply, const GenerationList *list, Failure *f)
{
        json_object *array = json_add_array(reply, "generations");

        FOREACH_ARRAY (g, list->items, list->n) {
                json_object *object = json_append_object(array);

                if (!object || json_add_uint(object, "number", g->number) < 0 ||
                    json_add_uint(object, "previous", g->previous) < 0 ||
                    json_add_text(object, "created", g->created) < 0 ||
                    json_add_text(object, "cause", g->cause) < 0 ||
                    json_append_texts(json_add_array(object, "patches"), g->patches) < 0)
                        return json_no_memory(f);
        }
        return array ? 0 : json_no_memory(f);
}

int json_append_event(json_object *reply, const EventInfo *e, Failure *f)
{
        json_object *object = json_append_object(json_get_array(reply, "history"));

        if (!object || json_add_uint(object, "time", e->time) < 0 ||
            json_add_text(object, "kind", e->kind) < 0 || json_add_text(object, "patch", e->patch) < 0 ||
            json_add_text(object, "result", e->result) < 0 ||
            json_add_text(object, "message", e->message) < 0 || json_add_text(object, "comm", e->comm) < 0 ||
            json_add_uint(object, "duration_us", e->duration) < 0 ||
            json_add_uint(object, "generation", e->generation) < 0 ||
            (e->uid == UINT32_MAX ? json_object_object_add(object, "uid", NULL)
                                  : json_add_uint(object, "uid", e->uid)) < 0)
                return json_no_memory(f);
        return 0;
}

int json_begin_history(json_object *reply, Failure *f)
{
        return json_get_array(reply, "history") ? 0 : json_no_memory(f);
}

int json_add_diagnoses(json_object *reply, const DiagnosisList *list, Failure *f)
{
        json_object *array = json_add_array(reply, "diagnoses");

        FOREACH_ARRAY (d, list->items, list->n) {
                json_object *object = json_append_object(array);

                if (!object || json_add_text(object, "check", d->check) < 0 ||
                    json_add_text(object, "result", d->result) < 0 ||
                    json_add_text(object, "sentence", d->sentence) < 0 ||
                    json_add_text(object, "remedy", d->remedy) < 0)
                        return json_no_memory(f);
        }
        return array ? 0 : json_no_memory(f);
}

int json_begin_cves(json_object *reply, Failure *f)
{
        return json_get_array(reply, "cves") ? 0 : json_no_memory(f);
}

int json_append_cve(json_object *reply, const char *id, const CveInfo *cve, Failure *f)
{
        json_object *object = json_append_object(json_get_array(reply, "cves")), *patches, *details;

        patches = object ? json_add_array(object, "patches") : NULL;
        details = object ? json_add_array(object, "details") : NULL;
        if (!patches || !details || json_add_text(object, "id", id) < 0 ||
            json_add_text(object, "state", cve->state) < 0)
                return json_no_memory(f);
        FOREACH_ARRAY (p, cve->patches, cve->n_patches) {
                json_object *detail = json_append_object(details);

                if (json_append(patches, json_object_new_string(p->reference)) < 0 || !detail ||
                    json_add_text(detail, "patch", p->reference) < 0 ||
                    json_add_text(detail, "state", p->state) < 0 ||
                    json_add_text(detail, "feed", p->feed) < 0 ||
                    json_add_text(detail, "withdrawn", p->withdrawn) < 0)
                        return json_no_memory(f);
        }
        return 0;
}

int json_append_note(json_object *reply, const char *sentence, Failure *f)
{
        json_object *array = json_get_array(reply, "notes");

        if (!array || json_append(array, json_object_new_string(sentence)) < 0)
                return json_no_memory(f);
        return 0;
}

int json_add_monitor_event(json_object *reply, const MonitorEvent *e, uint64_t time_us, Failure *f)
{
        json_object *object = json_add_object(reply, "event");
        const char *const members[][2] = {
                { "object", e->object },     { "name", e->name },     { "change", e->change },
                { "property", e->property }, { "value", e->value },   { "kind", e->kind },
                { "patch", e->patch },       { "result", e->result }, { "message", e->message },
        };

        if (!object || json_add_uint(object, "time_us", time_us) < 0)
                return json_no_memory(f);
        FOREACH_ARRAY (member, members, ELEMENTSOF(members))
                if (json_add_text(object, (*member)[0], (*member)[1]) < 0)
                        return json_no_memory(f);
        return 0;
}
