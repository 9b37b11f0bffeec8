/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "store-room.h"

#include "engine.h"
#include "generation-keep.h"
#include "hex.h"
#include "hold.h"
#include "log-ids.h"
#include "log.h"
#include "mark.h"
#include "patch-ref.h"
#include "relations.h"
#include "store.h"
#include "strv.h"

#include <inttypes.h>

#define BYTES_PER_MIB (1024U * 1024)

/* One of what is stored. */
typedef struct Entry {
        char *ref;
        uint64_t size, mtime; /* of its manifest */
        bool of_user;         /* who asks has stored it */
        uint64_t user_size;   /* of both files, then */
        bool gone;
} Entry;

typedef struct Room {
        const Host *host;
        Entry *entries; /* the oldest first */
        size_t n_entries;
        char **wanted; /* strv of what generations have */
        char **unread; /* strv of kernel builds of which a generation cannot be read */
        char **held;   /* strv */
        uint64_t n, size, n_of_user, size_of_user;
        bool is_swept;
} Room;

DEFINE_CLEANUP(JsonObject *, json_object_put);

static void room_clear(Room *room)
{
        for (size_t i = 0; i < room->n_entries; i++)
                free(room->entries[i].ref);
        free(room->entries);
        strv_free(room->wanted);
        strv_free(room->unread);
        strv_free(room->held);
}

static int want(const char *build_id, uint64_t number, const Generation *g, void *userdata)
{
        Room *room = userdata;
        int r = 0;

        (void) number;
        if (!g)
                return strv_append(&room->unread, build_id);
        for (size_t i = 0; r >= 0 && i < g->n_patches; i++)
                if (!strv_contains(room->wanted, g->patches[i].ref))
                        r = strv_append(&room->wanted, g->patches[i].ref);
        return r;
}

/* Whether a generation of that build cannot be read, and so may have any patch of it. */
static bool is_of_unread(const Room *room, const Manifest *m)
{
        uint8_t build[BUILD_ID_SIZE];

        for (char **id = room->unread; id && *id; id++)
                if (hex_decode(*id, build, BUILD_ID_SIZE) >= 0 &&
                    memcmp(build, m->kernel_build_id, BUILD_ID_SIZE) == 0)
                        return true;
        return false;
}

/* What has no note, or a damaged one, is nobody's. */
static void read_note(const Host *host, Entry *e, uid_t uid)
{
        _cleanup_(json_object_putp) JsonObject *o = NULL;

        if (uid == 0 || mark_read_or_lose(host->state_dir, MARK_IMPORTS, e->ref, &o) < 0 ||
            mark_get_number(o, "uid") != uid)
                return;
        e->of_user = true;
        e->user_size = mark_get_number(o, "size");
}

static int compare_entries(const void *a, const void *b)
{
        const Entry *x = a, *y = b;

        if (x->mtime != y->mtime)
                return x->mtime < y->mtime ? -1 : 1;
        return strcmp(x->ref, y->ref);
}

static int room_read(Room *room, const StoreRequest *request, Failure *f)
{
        _cleanup_strv_free_ char **refs = NULL;
        int r;

        r = store_list(room->host->state_dir, &refs, f);
        if (r < 0)
                return r;
        room->entries = calloc(strv_length(refs) + 1, sizeof(Entry));
        if (!room->entries)
                return failure_set_errno(f, -ENOMEM, "Cannot read the store");
        for (char **ref = refs; ref && *ref; ref++) {
                Entry *e = &room->entries[room->n_entries];

                /* It is written anew. */
                if (streq(*ref, request->ref))
                        continue;
                e->ref = strdup(*ref);
                if (!e->ref)
                        return failure_set_errno(f, -ENOMEM, "Cannot read the store");
                room->n_entries++;
                store_stat(room->host->state_dir, *ref, &e->size, &e->mtime);
                read_note(room->host, e, request->uid);
                room->n++;
                room->n_of_user += e->of_user;
                room->size_of_user += e->user_size;
        }
        qsort(room->entries, room->n_entries, sizeof(Entry), compare_entries);
        room->size = store_size(room->host->state_dir);
        r = generation_visit_kept(room->host->state_dir, want, room);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the generations");
        return hold_list(room->host->state_dir, &room->held, f);
}

/* Whether a newer one of the same id and for the same kernel build is stored. */
static bool has_successor(const Room *room, const Manifest *m)
{
        FOREACH_ARRAY (e, room->entries, room->n_entries) {
                _cleanup_free_ char *id = NULL, *version = NULL;
                _cleanup_(manifest_freep) Manifest *other = NULL;

                if (e->gone || patch_ref_parse(e->ref, &id, &version, NULL) < 0 || !version ||
                    !streq(id, m->id) || patch_version_compare(version, m->version) <= 0)
                        continue;
                other = relations_read_manifest(room->host, e->ref);
                if (other && memcmp(other->kernel_build_id, m->kernel_build_id, BUILD_ID_SIZE) == 0)
                        return true;
        }
        return false;
}

/* The manifest of one that may go; NULL where it may not. One that cannot be verified may be in force. */
static Manifest *spare(const Room *room, const Entry *e)
{
        _cleanup_(manifest_freep) Manifest *m = NULL;
        EngineModule module;
        const Engine *engine;
        EngineState state;

        if (e->gone || strv_contains(room->wanted, e->ref) || strv_contains(room->held, e->ref))
                return NULL;
        m = relations_read_manifest(room->host, e->ref);
        if (!m || is_of_unread(room, m) || engine_find(m->module_engine, &engine, NULL) < 0)
                return NULL;
        module = engine_module_from_manifest(m);
        if (engine->read_state(room->host, &module, &state, NULL) < 0 || engine_state_is_in_force(state) ||
            engine_state_is_transition(state))
                return NULL;
        if (memcmp(m->kernel_build_id, room->host->kernel->build_id, BUILD_ID_SIZE) == 0 &&
            !has_successor(room, m))
                return NULL;
        return TAKE_PTR(m);
}

/* Takes out the modules that no manifest names: a crash between the two leaves them. A manifest that nobody
 * vouches for may name any. */
static int sweep(Room *room, bool only_look, Failure *f)
{
        _cleanup_strv_free_ char **refs = NULL;
        _cleanup_free_ uint8_t(*named)[SHA256_SIZE] = NULL;
        uint64_t freed;
        size_t n = 0;
        int r;

        room->is_swept = true;
        r = store_list(room->host->state_dir, &refs, f);
        if (r < 0)
                return r;
        named = calloc(strv_length(refs) + 1, SHA256_SIZE);
        if (!named)
                return failure_set_errno(f, -ENOMEM, "Cannot read the store");
        for (char **ref = refs; ref && *ref; ref++) {
                _cleanup_(manifest_freep) Manifest *m = relations_read_manifest(room->host, *ref);

                if (!m)
                        return 0;
                memcpy(named[n++], m->module_sha256, SHA256_SIZE);
        }
        freed = store_drop_modules(room->host->state_dir, (const uint8_t(*)[SHA256_SIZE]) named, n,
                                   only_look);
        room->size -= freed < room->size ? freed : room->size;
        if (freed > 0 && !only_look)
                log_info("Modules that no patch names, of %" PRIu64 " bytes, were removed from the store.",
                         freed);
        return 0;
}

/* Takes out the oldest that may go, of the user or of all. Returns 0 if there is none. */
static int drop_one(Room *room, bool of_user, bool only_look, Failure *f)
{
        FOREACH_ARRAY (e, room->entries, room->n_entries) {
                _cleanup_(manifest_freep) Manifest *m = NULL;
                int r = 0;

                if (of_user && !e->of_user)
                        continue;
                m = spare(room, e);
                if (!m)
                        continue;
                if (!only_look)
                        r = store_room_remove(room->host, e->ref, m, f);
                if (r < 0)
                        return r;
                if (!only_look)
                        log_patch(LOG_NOTICE, LOG_ID_REMOVED, e->ref,
                                  "Patch %s was removed from the store to make room; nothing needed it.",
                                  e->ref);
                e->gone = true;
                room->n--;
                if (!only_look)
                        room->size = store_size(room->host->state_dir);
                else
                        room->size -= e->size + m->module_size < room->size ? e->size + m->module_size
                                                                            : room->size;
                room->n_of_user -= e->of_user;
                room->size_of_user -= e->user_size;
                return 1;
        }
        return 0;
}

typedef struct Limit {
        const char *setting;
        bool of_user;
        uint64_t max; /* 0: there is none */
        uint64_t present, more;
} Limit;

static bool is_exceeded(const Limit *limit)
{
        return limit->max > 0 && limit->present + limit->more > limit->max;
}

static int refuse(const Limit *limit, Failure *f)
{
        return failure_set(f, FAILURE_STORE_FULL,
                           "%s, as much as %s= of [Store] in kpatchd.conf allows, and all of it may be "
                           "needed: remove some with 'kpatchctl remove'.",
                           limit->of_user ? "The store is full of patches of yours" : "The store is full",
                           limit->setting);
}

int store_room_make(const Host *host, const Config *config, const StoreRequest *request, bool only_look,
                    Failure *f)
{
        _cleanup_(room_clear) Room room = { .host = host };
        int r;

        r = room_read(&room, request, f);
        while (r >= 0) {
                const Limit limits[] = {
                        { "PatchesPerUser", true, config->store_user_patches, room.n_of_user, 1 },
                        { "SizePerUserMiB", true, config->store_user_mib * BYTES_PER_MIB, room.size_of_user,
                          request->size },
                        { "PatchesMax", false, config->store_patches, room.n, 1 },
                        { "SizeMaxMiB", false, config->store_mib * BYTES_PER_MIB, room.size, request->size },
                };
                const Limit *worst = NULL;

                FOREACH_ARRAY (limit, limits, ELEMENTSOF(limits))
                        if (!worst && !(limit->of_user && request->uid == 0) && is_exceeded(limit))
                                worst = limit;
                if (!worst)
                        return 0;
                if (!room.is_swept) {
                        r = sweep(&room, only_look, f);
                        continue;
                }
                r = drop_one(&room, worst->of_user, only_look, f);
                if (r == 0)
                        return refuse(worst, f);
        }
        return r;
}

int store_room_note(const Host *host, const StoreRequest *request, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *o = json_object_new_object();

        if (request->uid == 0)
                return mark_remove(host->state_dir, MARK_IMPORTS, request->ref, f);
        if (!o || json_object_object_add(o, "format", json_object_new_int(1)) < 0 ||
            json_object_object_add(o, "patch", json_object_new_string(request->ref)) < 0 ||
            json_object_object_add(o, "uid", json_object_new_uint64(request->uid)) < 0 ||
            json_object_object_add(o, "size", json_object_new_uint64(request->size)) < 0)
                return failure_set_errno(f, -ENOMEM, "Cannot store %s", request->ref);
        return mark_write(host->state_dir, MARK_IMPORTS, request->ref, o, f);
}

/* One module may be named by several manifests. One that cannot be verified may name any. */
static int is_shared(const Host *host, const Manifest *m, Failure *f)
{
        _cleanup_strv_free_ char **refs = NULL;
        int r;

        r = store_list(host->state_dir, &refs, f);
        if (r < 0)
                return r;
        for (char **ref = refs; ref && *ref; ref++) {
                _cleanup_(manifest_freep) Manifest *other = NULL;

                if (streq(*ref, m->ref))
                        continue;
                other = relations_read_manifest(host, *ref);
                if (!other || memcmp(other->module_sha256, m->module_sha256, SHA256_SIZE) == 0)
                        return 1;
        }
        return 0;
}

int store_room_remove(const Host *host, const char *ref, const Manifest *m, Failure *f)
{
        int r = m ? is_shared(host, m, f) : 1;

        if (r >= 0)
                r = store_remove(host->state_dir, ref, r > 0 ? NULL : m, f);
        return r < 0 ? r : mark_remove(host->state_dir, MARK_IMPORTS, ref, f);
}
