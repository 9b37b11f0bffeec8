/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "generation.h"

#include "cleanup.h"
#include "file.h"
#include "hex.h"
#include "json-read.h"
#include "log-ids.h"
#include "log.h"
#include "mark.h"
#include "patch-ref.h"
#include "state-file.h"
#include "strv.h"
#include "text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>

#define FILE_SIZE_MAX (1024U * 1024)
#define SUFFIX        ".json"

int generation_folder(const char *state_dir, const char *build_id, char **ret)
{
        *ret = text_format("%s/generations/%s", state_dir, build_id);
        if (!*ret)
                return -ENOMEM;
        return 0;
}

/* "12.json" gives 12, anything else 0. */
static uint64_t number_from_file_name(const char *name)
{
        size_t n = strspn(name, "0123456789");

        if (n == 0 || n > 18 || name[0] == '0' || !streq(name + n, SUFFIX))
                return 0;
        return strtoull(name, NULL, 10);
}

static int compare_numbers(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

        return x < y ? -1 : x > y;
}

int generation_list(const char *state_dir, const char *build_id, uint64_t **ret, size_t *ret_n)
{
        _cleanup_free_ char *folder = NULL;
        _cleanup_free_ uint64_t *numbers = NULL;
        struct dirent *entry;
        size_t n = 0;
        DIR *dir = NULL;
        int r;

        r = generation_folder(state_dir, build_id, &folder);
        if (r >= 0)
                r = state_open_folder(folder, &dir);
        if (r < 0)
                return r;
        while (dir && r >= 0 && (entry = readdir(dir))) {
                uint64_t number = number_from_file_name(entry->d_name), *larger;

                if (number == 0)
                        continue;
                larger = reallocarray(numbers, n + 1, sizeof(uint64_t));
                if (!larger) {
                        r = -ENOMEM;
                        break;
                }
                numbers = larger;
                numbers[n++] = number;
        }
        if (dir)
                closedir(dir);
        if (r < 0)
                return r;
        if (n > 0)
                qsort(numbers, n, sizeof(uint64_t), compare_numbers);
        *ret = TAKE_PTR(numbers);
        *ret_n = n;
        return 0;
}

static JsonObject *get_typed(JsonObject *o, const char *key, enum json_type type)
{
        JsonObject *value;

        return json_object_object_get_ex(o, key, &value) && json_object_is_type(value, type) ? value : NULL;
}

static void patch_clear(GenerationPatch *p)
{
        free(p->ref);
        free(p->engine);
        free(p->module_name);
        strv_free(p->depends);
        *p = (GenerationPatch){};
}

static int parse_depends(JsonObject *o, char ***ret)
{
        JsonObject *array = get_typed(o, "depends", json_type_array);
        size_t n = array ? json_object_array_length(array) : 0;

        for (size_t i = 0; i < n; i++)
                if (strv_append(ret, strempty(json_object_get_string(json_object_array_get_idx(array, i)))) <
                    0)
                        return -ENOMEM;
        return 0;
}

static int parse_patch(JsonObject *o, GenerationPatch *ret)
{
        _cleanup_(patch_clear) GenerationPatch p = {};
        _cleanup_free_ char *id = NULL, *version = NULL;
        JsonObject *ref, *engine, *module, *build_id, *value;

        if (!json_object_is_type(o, json_type_object))
                return -EBADMSG;
        ref = get_typed(o, "patch", json_type_string);
        engine = get_typed(o, "engine", json_type_string);
        module = get_typed(o, "module", json_type_string);
        build_id = get_typed(o, "module_build_id", json_type_string);
        if (!ref || !engine || !module || !build_id || strchr(json_object_get_string(module), '/') ||
            hex_decode(json_object_get_string(build_id), p.module_build_id, BUILD_ID_SIZE) < 0 ||
            patch_ref_parse(json_object_get_string(ref), &id, &version, NULL) < 0 || !version)
                return -EBADMSG;
        p.reversible = !json_object_object_get_ex(o, "reversible", &value) || json_object_get_boolean(value);
        if (parse_depends(o, &p.depends) < 0)
                return -ENOMEM;
        p.ref = strdup(json_object_get_string(ref));
        p.engine = strdup(json_object_get_string(engine));
        p.module_name = strdup(json_object_get_string(module));
        if (!p.ref || !p.engine || !p.module_name)
                return -ENOMEM;
        *ret = p;
        p = (GenerationPatch){};
        return 0;
}

static int parse_patches(JsonObject *array, Generation *g)
{
        size_t n = json_object_array_length(array);

        g->patches = calloc(n + 1, sizeof(GenerationPatch));
        if (!g->patches)
                return -ENOMEM;
        for (; g->n_patches < n; g->n_patches++) {
                int r = parse_patch(json_object_array_get_idx(array, g->n_patches),
                                    &g->patches[g->n_patches]);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int parse(const char *text, uint64_t number, const char *build_id, Generation **ret)
{
        _cleanup_(json_object_putp) JsonObject *o = json_tokener_parse(text);
        _cleanup_(generation_freep) Generation *g = calloc(1, sizeof(Generation));
        JsonObject *format, *stated, *build, *created, *cause, *patches, *previous;
        int r;

        if (!g)
                return -ENOMEM;
        if (!o || !json_object_is_type(o, json_type_object))
                return -EBADMSG;
        format = get_typed(o, "format", json_type_int);
        stated = get_typed(o, "generation", json_type_int);
        build = get_typed(o, "build_id", json_type_string);
        created = get_typed(o, "created", json_type_string);
        cause = get_typed(o, "cause", json_type_string);
        patches = get_typed(o, "patches", json_type_array);
        if (!format || json_object_get_int(format) != GENERATION_FORMAT || !stated ||
            json_object_get_uint64(stated) != number || !build ||
            !streq(json_object_get_string(build), build_id) || !created || !cause || !patches)
                return -EBADMSG;

        g->number = number;
        g->previous = json_object_object_get_ex(o, "previous", &previous) ? json_object_get_uint64(previous)
                                                                          : number - 1;
        g->created = strdup(json_object_get_string(created));
        g->cause = strdup(json_object_get_string(cause));
        if (!g->created || !g->cause)
                return -ENOMEM;
        r = parse_patches(patches, g);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(g);
        return 0;
}

static int load_file(const char *folder, uint64_t number, const char *build_id, Generation **ret)
{
        _cleanup_free_ char *path = NULL, *text = NULL;
        int r;

        path = text_format("%s/%" PRIu64 SUFFIX, folder, number);
        if (!path)
                return -ENOMEM;
        r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, &text, NULL);
        return r < 0 ? r : parse(text, number, build_id, ret);
}

int generation_load(const char *state_dir, const char *build_id, Generation **ret, Failure *f)
{
        _cleanup_free_ char *folder = NULL;
        _cleanup_free_ uint64_t *numbers = NULL;
        uint64_t damaged = 0;
        size_t n;
        int r;

        r = generation_folder(state_dir, build_id, &folder);
        if (r >= 0)
                r = generation_list(state_dir, build_id, &numbers, &n);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the generations");
        while (n-- > 0) {
                r = load_file(folder, numbers[n], build_id, ret);
                if (r >= 0) {
                        (*ret)->damaged = damaged;
                        return 0;
                }
                /* Somebody has just set it aside, or no longer keeps it. */
                if (r == -ENOENT)
                        continue;
                if (r == -ENOMEM)
                        return failure_set_errno(f, r, "Cannot read the generations");
                if (!state_is_damage(r))
                        return failure_set(
                                        f, FAILURE_STATE_CORRUPT,
                                        "Generation %" PRIu64 " cannot be read (%s): if that does not pass, "
                                        "move %s/%" PRIu64 SUFFIX " away, and the one before it is taken.",
                                        numbers[n], strerror(-r), folder, numbers[n]);
                if (damaged == 0)
                        damaged = numbers[n];
        }
        *ret = calloc(1, sizeof(Generation));
        if (!*ret)
                return failure_set_errno(f, -ENOMEM, "Cannot read the generations");
        (*ret)->damaged = damaged;
        return 0;
}

int generation_set_aside(const char *state_dir, const char *build_id, uint64_t number, Failure *f)
{
        _cleanup_free_ char *folder = NULL;
        _cleanup_free_ uint64_t *numbers = NULL;
        size_t n;
        int r;

        r = generation_folder(state_dir, build_id, &folder);
        if (r >= 0)
                r = generation_list(state_dir, build_id, &numbers, &n);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the generations");
        FOREACH_ARRAY (bad, numbers, n) {
                _cleanup_(generation_freep) Generation *g = NULL;
                _cleanup_free_ char *path = NULL, *aside = NULL;

                if (*bad <= number || !state_is_damage(load_file(folder, *bad, build_id, &g)))
                        continue;
                path = text_format("%s/%" PRIu64 SUFFIX, folder, *bad);
                aside = path ? text_format("%s" STATE_LOST_SUFFIX, path) : NULL;
                if (!aside)
                        return failure_set_errno(f, -ENOMEM, "Cannot set a generation aside");
                if (rename(path, aside) < 0)
                        return failure_set(f, FAILURE_STATE_CORRUPT,
                                           "%s is damaged and cannot be set aside (%s): remove it.", path,
                                           strerror(errno));
                log_full(LOG_ERR, LOG_ID_STATE_LOST, NULL,
                         "Generation %" PRIu64 " is damaged and was set aside as %s.", *bad, aside);
        }
        return 0;
}

int generation_load_number(const char *state_dir, const char *build_id, uint64_t number, Generation **ret)
{
        _cleanup_free_ char *folder = NULL;
        int r;

        r = generation_folder(state_dir, build_id, &folder);
        return r < 0 ? r : load_file(folder, number, build_id, ret);
}

void generation_remove(const char *state_dir, const char *build_id, uint64_t number)
{
        _cleanup_free_ char *folder = NULL, *path = NULL;
        int r;

        r = generation_folder(state_dir, build_id, &folder);
        if (r < 0)
                return;
        path = text_format("%s/%" PRIu64 SUFFIX, folder, number);
        if (!path)
                return;
        r = file_remove(AT_FDCWD, path);
        if (r < 0)
                log_warning("Cannot remove %s: %s", path, strerror(-r));
}

const GenerationPatch *generation_find(const Generation *g, const char *ref)
{
        for (size_t i = 0; i < g->n_patches; i++)
                if (streq(g->patches[i].ref, ref))
                        return &g->patches[i];
        return NULL;
}

void generation_forget(Generation *g, const char *ref)
{
        for (size_t i = 0; i < g->n_patches; i++)
                if (streq(g->patches[i].ref, ref)) {
                        patch_clear(&g->patches[i]);
                        g->n_patches--;
                        memmove(&g->patches[i], &g->patches[i + 1],
                                (g->n_patches - i) * sizeof(GenerationPatch));
                        return;
                }
}

int generation_add(Generation *g, const Manifest *m)
{
        GenerationPatch *larger = reallocarray(g->patches, g->n_patches + 1, sizeof(GenerationPatch)), *p;

        if (!larger)
                return -ENOMEM;
        g->patches = larger;
        p = &g->patches[g->n_patches];
        *p = (GenerationPatch){ .reversible = m->reversible };
        p->ref = strdup(m->ref);
        p->engine = strdup(m->module_engine);
        p->module_name = strdup(m->module_name);
        memcpy(p->module_build_id, m->module_build_id, BUILD_ID_SIZE);
        for (char **id = m->depends; id && *id; id++)
                if (strv_append(&p->depends, *id) < 0)
                        goto fail;
        if (!p->ref || !p->engine || !p->module_name)
                goto fail;
        g->n_patches++;
        return 0;
fail:
        patch_clear(p);
        return -ENOMEM;
}

Generation *generation_free(Generation *g)
{
        if (!g)
                return NULL;
        for (size_t i = 0; i < g->n_patches; i++)
                patch_clear(&g->patches[i]);
        free(g->patches);
        free(g->created);
        free(g->cause);
        free(g);
        return NULL;
}
