/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "generation.h"

#include "cleanup.h"
#include "file.h"
#include "hex.h"
#include "log-ids.h"
#include "log.h"
#include "patch-ref.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <time.h>

#define FORMAT        1
#define FILE_SIZE_MAX (1024U * 1024)
#define SUFFIX        ".json"

typedef struct json_object JsonObject;

DEFINE_CLEANUP(JsonObject *, json_object_put);

static int folder_path(const char *state_dir, const char *build_id, char **ret)
{
        if (asprintf(ret, "%s/generations/%s", state_dir, build_id) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
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

static int find_highest(const char *folder, uint64_t *ret)
{
        struct dirent *entry;
        uint64_t highest = 0;
        DIR *dir = opendir(folder);

        if (!dir && errno != ENOENT)
                return -errno;
        while (dir && (entry = readdir(dir))) {
                uint64_t number = number_from_file_name(entry->d_name);

                if (number > highest)
                        highest = number;
        }
        if (dir)
                closedir(dir);
        *ret = highest;
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
        *p = (GenerationPatch){};
}

static int parse_patch(JsonObject *o, GenerationPatch *ret)
{
        _cleanup_(patch_clear) GenerationPatch p = {};
        _cleanup_free_ char *id = NULL, *version = NULL;
        JsonObject *ref, *engine, *module, *build_id;

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
        JsonObject *format, *stated, *build, *created, *cause, *patches;
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
        if (!format || json_object_get_int(format) != FORMAT || !stated ||
            json_object_get_uint64(stated) != number || !build ||
            !streq(json_object_get_string(build), build_id) || !created || !cause || !patches)
                return -EBADMSG;

        g->number = number;
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

static int set_aside(const char *path)
{
        _cleanup_free_ char *aside = NULL;

        if (asprintf(&aside, "%s.broken", path) < 0) {
                aside = NULL;
                return -ENOMEM;
        }
        return rename(path, aside) < 0 ? -errno : 0;
}

int generation_load(const char *state_dir, const char *build_id, Generation **ret, Failure *f)
{
        _cleanup_free_ char *folder = NULL;
        int r;

        r = folder_path(state_dir, build_id, &folder);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the generations");
        for (;;) {
                _cleanup_free_ char *path = NULL, *text = NULL;
                uint64_t number = 0;

                r = find_highest(folder, &number);
                if (r < 0)
                        return failure_set_errno(f, r, "Cannot read %s", folder);
                if (number == 0) {
                        *ret = calloc(1, sizeof(Generation));
                        return *ret ? 0 : failure_set_errno(f, -ENOMEM, "Cannot read the generations");
                }
                if (asprintf(&path, "%s/%" PRIu64 SUFFIX, folder, number) < 0) {
                        path = NULL;
                        return failure_set_errno(f, -ENOMEM, "Cannot read the generations");
                }
                r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, &text, NULL);
                if (r >= 0)
                        r = parse(text, number, build_id, ret);
                if (r >= 0)
                        return 0;
                if (r != -EBADMSG && r != -EFBIG && r != -EINVAL && r != -ELOOP)
                        return failure_set_errno(f, r, "Cannot read %s", path);
                r = set_aside(path);
                if (r < 0)
                        return failure_set(f, FAILURE_STATE_CORRUPT,
                                           "%s is damaged and cannot be set aside (%s): remove it.", path,
                                           strerror(-r));
                log_full(LOG_ERR, LOG_ID_STATE_LOST, NULL,
                         "Generation %" PRIu64
                         " is damaged and was set aside as %s.broken; the one before it is taken.",
                         number, path);
        }
}

int generation_load_number(const char *state_dir, const char *build_id, uint64_t number, Generation **ret)
{
        _cleanup_free_ char *folder = NULL, *path = NULL, *text = NULL;
        int r;

        r = folder_path(state_dir, build_id, &folder);
        if (r < 0)
                return r;
        if (asprintf(&path, "%s/%" PRIu64 SUFFIX, folder, number) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, &text, NULL);
        return r < 0 ? r : parse(text, number, build_id, ret);
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

static char *now_text(void)
{
        time_t now = time(NULL);
        char text[sizeof("0000-00-00T00:00:00Z") + 16];
        struct tm tm;

        if (!gmtime_r(&now, &tm) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
                return NULL;
        return strdup(text);
}

static int append_patch(JsonObject *array, const char *ref, const char *engine, const char *module_name,
                        const uint8_t build_id[BUILD_ID_SIZE])
{
        _cleanup_(json_object_putp) JsonObject *o = json_object_new_object();
        _cleanup_free_ char *text = hex_encode(build_id, BUILD_ID_SIZE);

        if (!o || !text)
                return -ENOMEM;
        json_object_object_add(o, "patch", json_object_new_string(ref));
        json_object_object_add(o, "engine", json_object_new_string(engine));
        json_object_object_add(o, "module", json_object_new_string(module_name));
        json_object_object_add(o, "module_build_id", json_object_new_string(text));
        if (json_object_array_add(array, o) < 0)
                return -ENOMEM;
        (void) TAKE_PTR(o);
        return 0;
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
                if (append_patch(array, p->ref, p->engine, p->module_name, p->module_build_id) < 0)
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

        r = folder_path(state_dir, build_id, &folder);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot record the generation");
        folder_fd = dir_create_open(folder, 0700);
        if (folder_fd < 0)
                return failure_set_errno(f, folder_fd, "Cannot create %s", folder);
        (void) snprintf(name, sizeof(name), "%" PRIu64 SUFFIX, number);
        r = file_write_atomic(folder_fd, name, text, strlen(text), 0600);
        if (r < 0) {
                /* Renamed, but perhaps not durable: a generation that is not to be must not come back. */
                (void) unlinkat(folder_fd, name, 0);
                return failure_set_errno(f, r, "Cannot record generation %" PRIu64, number);
        }
        return 0;
}

/* Takes over patches. */
static int record(const char *state_dir, const char *build_id, uint64_t number, const char *verb,
                  const char *ref, JsonObject *patches, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *o = json_object_new_object();
        _cleanup_free_ char *created = now_text(), *cause = NULL;
        const char *text;

        if (asprintf(&cause, "%s %s", verb, ref) < 0)
                cause = NULL;
        if (!o || !created || !cause) {
                json_object_put(patches);
                return failure_set_errno(f, -ENOMEM, "Cannot record the generation");
        }
        json_object_object_add(o, "format", json_object_new_int(FORMAT));
        json_object_object_add(o, "generation", json_object_new_uint64(number));
        json_object_object_add(o, "build_id", json_object_new_string(build_id));
        json_object_object_add(o, "created", json_object_new_string(created));
        json_object_object_add(o, "cause", json_object_new_string(cause));
        json_object_object_add(o, "patches", patches);
        text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
        if (!text)
                return failure_set_errno(f, -ENOMEM, "Cannot record the generation");
        return write_file(state_dir, build_id, number, text, f);
}

int generation_record_with(const char *state_dir, const char *build_id, const Generation *g,
                           const Manifest *add, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *patches = NULL;
        int r;

        r = copy_patches(g, add->ref, add->replace ? add->module_engine : NULL, &patches);
        if (r >= 0)
                r = append_patch(patches, add->ref, add->module_engine, add->module_name,
                                 add->module_build_id);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot record the generation");
        return record(state_dir, build_id, g->number + 1, "apply", add->ref, TAKE_PTR(patches), f);
}

int generation_record_without(const char *state_dir, const char *build_id, const Generation *g,
                              const char *ref, const Generation *restored, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *patches = NULL;
        int r;

        r = copy_patches(g, ref, NULL, &patches);
        for (size_t i = 0; r >= 0 && restored && i < restored->n_patches; i++) {
                const GenerationPatch *p = &restored->patches[i];

                if (!streq(p->ref, ref) && !generation_find(g, p->ref))
                        r = append_patch(patches, p->ref, p->engine, p->module_name, p->module_build_id);
        }
        if (r < 0)
                return failure_set_errno(f, r, "Cannot record the generation");
        return record(state_dir, build_id, g->number + 1, "rollback", ref, TAKE_PTR(patches), f);
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
