/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* From a verified index to patches in the store. */

#include "fault.h"
#include "feed-patch.h"
#include "lock.h"
#include "log-ids.h"
#include "log.h"
#include "refresh-cache.h"
#include "refresh-internal.h"
#include "store-room.h"
#include "store.h"
#include "text.h"
#include "verify.h"

static bool manifests_are_equal(const Manifest *a, const Manifest *b)
{
        _cleanup_free_ char *x = NULL, *y = NULL;

        return manifest_format(a, &x, NULL) >= 0 && manifest_format(b, &y, NULL) >= 0 && streq(x, y);
}

/* Whether the store has it, by its bytes. What is stored is verified again whenever it is used. */
static bool is_stored(const RefreshRun *run, const FeedPatch *patch, const char *ref)
{
        const char *state_dir = run->refresh->host->state_dir;
        _cleanup_free_ char *envelope = NULL;
        size_t size;

        return store_read_manifest(state_dir, ref, &envelope, &size, NULL) >= 0 &&
               file_ref_check(&patch->manifest, envelope, size, "manifest", NULL) >= 0 &&
               store_has_module(state_dir, patch->module.sha256, patch->module.size);
}

/* Another manifest under the same name: of the same patch with other signatures, which may stay, or of
 * another one, which must not be replaced. Returns 1 where it stays. */
static int check_conflict(const RefreshRun *run, const Manifest *m, Failure *f)
{
        const Host *host = run->refresh->host;
        _cleanup_(manifest_freep) Manifest *stored = NULL;
        _cleanup_free_ char *envelope = NULL, *root_name = NULL;
        size_t size;

        if (store_read_manifest(host->state_dir, m->ref, &envelope, &size, NULL) < 0 ||
            verify_manifest(host, envelope, size, &stored, &root_name, NULL, NULL) < 0)
                return 0;
        if (!manifests_are_equal(stored, m))
                return failure_set(f, FAILURE_VERSION_CONFLICT,
                                   "Another patch is stored as %s already, vouched for by %s: it stays.",
                                   m->ref, root_name);
        return store_has_module(host->state_dir, m->module_sha256, m->module_size);
}

static int get_manifest(RefreshRun *run, const FeedPatch *patch, const char *ref, char **ret_envelope,
                        size_t *ret_size, Manifest **ret, Failure *f)
{
        _cleanup_free_ char *data = NULL;
        char path[FILE_REF_PATH_SIZE];
        FetchEnd end;
        size_t size;
        int r;

        file_ref_path(&patch->manifest, path);
        r = refresh_get(run, path, patch->manifest.size, NULL, &data, &size, &end, f);
        if (r < 0)
                return r;
        if (end.result != FETCH_DONE)
                return failure_set(f, FAILURE_FEED_INCOMPLETE, "The feed lacks the manifest of %s, %s.", ref,
                                   path);
        r = feed_patch_open_manifest(patch, run->options.build_id, run->trust->root, &run->options, data,
                                     size, ret, f);
        if (r < 0)
                return r;
        *ret_envelope = TAKE_PTR(data);
        *ret_size = size;
        return 0;
}

static int get_module(RefreshRun *run, const FeedPatch *patch, const char *ref, char **ret, Failure *f)
{
        bool compressed = patch->zstd.size > 0;
        const FileRef *file = compressed ? &patch->zstd : &patch->module;
        _cleanup_free_ char *data = NULL;
        size_t size;
        int r;

        r = refresh_get_object(run, file, ref, &data, &size, f);
        if (r < 0)
                return r;
        return feed_patch_open_module(patch, compressed, data, size, ret, f);
}

static int store(RefreshRun *run, const Manifest *m, const char *envelope, size_t envelope_size,
                 const char *module, Failure *f)
{
        const Host *host = run->refresh->host;
        const StoreRequest request = { .ref = m->ref, .size = envelope_size + m->module_size };
        _cleanup_close_ int lock_fd = -EBADF;
        int r;

        r = lock_take(host->state_dir, &lock_fd, f);
        if (r < 0)
                return r;
        /* Somebody may have imported it meanwhile. */
        r = check_conflict(run, m, f);
        if (r != 0)
                return r;
        r = store_room_make(host, run->refresh->config, &request, false, f);
        if (r >= 0)
                r = store_room_note(host, &request, f);
        if (r < 0)
                return r;
        r = store_add(host->state_dir, m, envelope, envelope_size, module, m->module_size, f);
        if (r < 0)
                return r;
        run->n_stored++;
        log_patch(LOG_NOTICE, LOG_ID_IMPORTED, m->ref, "Patch %s was downloaded from the feed %s.", m->ref,
                  run->refresh->feed->name);
        return 0;
}

static int take_patch(RefreshRun *run, const FeedPatch *patch, const char *ref, Failure *f)
{
        _cleanup_(manifest_freep) Manifest *m = NULL;
        _cleanup_free_ char *envelope = NULL, *module = NULL;
        const FileRef *download = patch->zstd.size > 0 ? &patch->zstd : &patch->module;
        size_t envelope_size = 0;
        int r;

        if (is_stored(run, patch, ref)) {
                refresh_cache_remove_partial(run->refresh->host, run->refresh->feed->name, download);
                return 0;
        }
        r = get_manifest(run, patch, ref, &envelope, &envelope_size, &m, f);
        if (r < 0)
                return r;
        r = check_conflict(run, m, f);
        if (r != 0)
                return r;
        fault_point("refresh", "manifest");
        r = get_module(run, patch, ref, &module, f);
        if (r < 0)
                return r;
        r = verify_module(run->refresh->host, m, module, m->module_size, f);
        if (r < 0)
                return r;
        fault_point("refresh", "module");
        r = store(run, m, envelope, envelope_size, module, f);
        if (r < 0)
                return r;
        fault_point("refresh", "stored");
        refresh_cache_remove_partial(run->refresh->host, run->refresh->feed->name, download);
        return 0;
}

/* Whether the next patch may fare better: what was wrong is the patch itself. */
static bool concerns_one_patch(FailureKind kind)
{
        switch (kind) {
        case FAILURE_FEED_INCOMPLETE:
        case FAILURE_DOWNLOAD_MISMATCH:
        case FAILURE_METADATA_INVALID:
        case FAILURE_VERSION_CONFLICT:
        case FAILURE_ENVELOPE_INVALID:
        case FAILURE_PAYLOAD_TYPE_WRONG:
        case FAILURE_KEY_UNKNOWN:
        case FAILURE_SIGNATURE_INVALID:
        case FAILURE_MANIFEST_INVALID:
        case FAILURE_MODULE_INVALID:
        case FAILURE_MODULE_MISMATCH:
        case FAILURE_NOT_A_PATCH:
        case FAILURE_RELEASE_MISMATCH:
        case FAILURE_VERMAGIC_MISMATCH:
                return true;
        default:
                return false;
        }
}

int refresh_patches(RefreshRun *run, const FeedOffer *offers, Failure *f)
{
        const FeedIndex *index = feed_client_index(run->client);
        int first = 0;

        for (size_t i = 0; index && i < index->n_patches; i++) {
                const FeedPatch *patch = &index->patches[i];
                _cleanup_failure_ Failure why = {};
                _cleanup_free_ char *ref = NULL;
                int r;

                if (offers[i] != FEED_OFFER_YES)
                        continue;
                ref = text_format("%s=%s", patch->id, patch->version);
                if (!ref)
                        return failure_set_errno(f, -ENOMEM, "Cannot read the index");
                r = take_patch(run, patch, ref, &why);
                if (r >= 0)
                        continue;
                log_patch(LOG_WARNING, LOG_ID_IMPORT_REFUSED, ref, "Did not store %s of the feed %s: %s",
                          ref, run->refresh->feed->name, failure_sentence(&why));
                run->patches_failed = concerns_one_patch(why.kind);
                if (first < 0 && run->patches_failed)
                        continue;
                failure_clear(f);
                first = failure_set(f, why.kind, "Patch %s: %s", ref, failure_sentence(&why));
                if (!run->patches_failed)
                        return first;
        }
        return first;
}
