/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* How a new generation is written. */

#include "cleanup.h"
#include "file.h"
#include "generation.h"
#include "hex.h"
#include "json-read.h"
#include "mark.h"
#include "state-file.h"

#include <inttypes.h>

static int append_patch(JsonObject *array, const GenerationPatch *p)
{
        _cleanup_(json_object_putp) JsonObject *o = json_object_new_object(),
                                               *depends = json_object_new_array();
        _cleanup_free_ char *text = hex_encode(p->module_build_id, BUILD_ID_SIZE);

        if (!o || !text || !depends)
                return -ENOMEM;
        json_object_object_add(o, "patch", json_object_new_string(p->ref));
        json_object_object_add(o, "engine", json_object_new_string(p->engine));
        json_object_object_add(o, "module", json_object_new_string(p->module_name));
        json_object_object_add(o, "module_build_id", json_object_new_string(text));
        json_object_object_add(o, "reversible", json_object_new_boolean(p->reversible));
        for (char **id = p->depends; id && *id; id++)
                if (json_append(depends, json_object_new_string(*id)) < 0)
                        return -ENOMEM;
        json_object_object_add(o, "depends", TAKE_PTR(depends));
        if (json_object_array_add(array, o) < 0)
                return -ENOMEM;
        (void) TAKE_PTR(o);
        return 0;
}

static GenerationPatch patch_of_manifest(const Manifest *m)
{
        GenerationPatch p = {
                .ref = m->ref,
                .engine = m->module_engine,
                .module_name = m->module_name,
                .reversible = m->reversible,
                .depends = m->depends,
        };

        memcpy(p.module_build_id, m->module_build_id, BUILD_ID_SIZE);
        return p;
}

/* All patches of g but the one called ref, and but those of an engine. */
static int copy_patches(const Generation *g, const char *ref, const char *engine, JsonObject **ret)
{
        _cleanup_(json_object_putp) JsonObject *array = json_object_new_array();

        if (!array)
                return -ENOMEM;
        FOREACH_ARRAY (p, g->patches, g->n_patches) {
                if (streq(p->ref, ref) || streq_ptr(p->engine, engine))
                        continue;
                if (append_patch(array, p) < 0)
                        return -ENOMEM;
        }
        *ret = TAKE_PTR(array);
        return 0;
}

static int write_file(const char *state_dir, const char *build_id, uint64_t number, const char *text,
                      Failure *f)
{
        _cleanup_free_ char *folder = NULL;
        _cleanup_close_ int folder_fd = -EBADF;
        char name[32];
        int r;

        r = generation_folder(state_dir, build_id, &folder);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot record the generation");
        folder_fd = state_create_folder(folder);
        if (folder_fd < 0)
                return failure_set_errno(f, folder_fd, "Cannot create %s", folder);
        (void) snprintf(name, sizeof(name), "%" PRIu64 ".json", number);
        r = file_write_atomic(folder_fd, name, text, strlen(text), 0600);
        if (r < 0) {
                /* Renamed, but perhaps not durable: a generation that is not to be must not come back. */
                (void) unlinkat(folder_fd, name, 0);
                return failure_set_errno(f, r, "Cannot record generation %" PRIu64, number);
        }
        return 0;
}

/* The number of the next one: that of one that cannot be read is not used again. */
static uint64_t next_number(const Generation *present)
{
        return (present->damaged > present->number ? present->damaged : present->number) + 1;
}

/* Takes over patches. */
static int record(const char *state_dir, const char *build_id, uint64_t number, uint64_t previous,
                  const char *cause, JsonObject *patches, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *o = json_object_new_object();
        _cleanup_free_ char *created = mark_now();
        const char *text;

        if (!o || !created) {
                json_object_put(patches);
                return failure_set_errno(f, -ENOMEM, "Cannot record the generation");
        }
        json_object_object_add(o, "format", json_object_new_int(GENERATION_FORMAT));
        json_object_object_add(o, "generation", json_object_new_uint64(number));
        json_object_object_add(o, "previous", json_object_new_uint64(previous));
        json_object_object_add(o, "build_id", json_object_new_string(build_id));
        json_object_object_add(o, "created", json_object_new_string(created));
        json_object_object_add(o, "cause", json_object_new_string(cause));
        json_object_object_add(o, "patches", patches);
        text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
        if (!text)
                return failure_set_errno(f, -ENOMEM, "Cannot record the generation");
        return write_file(state_dir, build_id, number, text, f);
}

/* Takes over patches. */
static int record_change(const char *state_dir, const char *build_id, const Generation *g, const char *verb,
                         const char *ref, JsonObject *patches, Failure *f)
{
        char cause[128];

        (void) snprintf(cause, sizeof(cause), "%s %s", verb, ref);
        return record(state_dir, build_id, next_number(g), g->number, cause, patches, f);
}

int generation_record_as(const char *state_dir, const char *build_id, const Generation *present,
                         const Generation *g, const char *cause, uint64_t *ret_number, Failure *f)
{
        JsonObject *patches;
        int r;

        r = copy_patches(g, "", NULL, &patches);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot record the generation");
        r = record(state_dir, build_id, next_number(present), g->previous, cause, patches, f);
        if (r >= 0)
                *ret_number = next_number(present);
        return r;
}

int generation_record_with(const char *state_dir, const char *build_id, const Generation *g,
                           const Manifest *add, const char *verb, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *patches = NULL;
        GenerationPatch added = patch_of_manifest(add);
        int r;

        r = copy_patches(g, add->ref, add->replace ? add->module_engine : NULL, &patches);
        if (r >= 0)
                r = append_patch(patches, &added);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot record the generation");
        return record_change(state_dir, build_id, g, verb, add->ref, TAKE_PTR(patches), f);
}

int generation_record_without(const char *state_dir, const char *build_id, const Generation *g,
                              const char *ref, const Generation *restored, const char *verb, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *patches = NULL;
        int r;

        r = copy_patches(g, ref, NULL, &patches);
        for (size_t i = 0; r >= 0 && restored && i < restored->n_patches; i++) {
                const GenerationPatch *p = &restored->patches[i];

                if (!streq(p->ref, ref) && !generation_find(g, p->ref))
                        r = append_patch(patches, p);
        }
        if (r < 0)
                return failure_set_errno(f, r, "Cannot record the generation");
        return record_change(state_dir, build_id, g, verb, ref, TAKE_PTR(patches), f);
}
