/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-file.h"
#include "feed-module.h"
#include "names.h"
#include "rollout-options.h"
#include "strv.h"
#include "verb.h"
#include "work.h"
#include "zstd-data.h"

#include <stddef.h>

typedef struct AddOptions {
        const char *dir;
        RolloutOptions rollout;
        bool plain;
} AddOptions;

static int read_manifest(const Work *work, const char *path, char **ret_text, size_t *ret_size,
                         Manifest **ret, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = feed_file_read(path, "manifest", ENVELOPE_SIZE_MAX, &text, &size, f);
        if (r < 0)
                return r;
        r = dsse_decode(text, size, &e, f);
        if (r < 0)
                return r;
        r = root_verify_role(work->root, ROOT_ROLE_PATCH, e, PAYLOAD_TYPE_MANIFEST, f);
        if (r < 0)
                return r;
        r = manifest_parse(e->payload, e->payload_size, ret, f);
        if (r < 0)
                return r;
        *ret_text = TAKE_PTR(text);
        *ret_size = size;
        return 0;
}

/* Whether the feed's envelope of the patch has the same payload as this one, and only other signatures. */
static int is_signed_anew(const Work *work, const FeedPatch *patch, const char *text, size_t size,
                          Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *old = NULL, *new = NULL;
        _cleanup_free_ char *data = NULL;
        char path[FILE_REF_PATH_SIZE];
        size_t data_size;
        int r;

        file_ref_path(&patch->manifest, path);
        r = work_read(work, path, ENVELOPE_SIZE_MAX, &data, &data_size, f);
        if (r <= 0)
                return r;
        r = dsse_decode(data, data_size, &old, f);
        if (r < 0)
                return r;
        r = dsse_decode(text, size, &new, f);
        if (r < 0)
                return r;
        return old->payload_size ==
               new->payload_size &&memcmp(old->payload, new->payload, old->payload_size) == 0;
}

/* One name stands for one patch, whatever kernel it is for: a host may boot another. But the same patch may
 * come with other signatures, as when the keys were rotated. Loads its record then; 0 where there is none.
 */
static int load_known(const Work *work, const Manifest *m, const char *text, size_t size, FeedIndex **ret,
                      Failure *f)
{
        _cleanup_(feed_index_freep) FeedIndex *record = NULL;
        int r;

        r = work_load_patch(work, m->ref, &record, f);
        if (r <= 0)
                return r;
        r = is_signed_anew(work, record->patches, text, size, f);
        if (r < 0)
                return r;
        if (r == 0)
                return failure_set(f, FAILURE_VERSION_CONFLICT,
                                   "Another patch is in the feed as %s; give this one another version.",
                                   m->ref);
        *ret = TAKE_PTR(record);
        return 1;
}

/* Compressed, if that makes it smaller. */
static int put_module(const Work *work, const AddOptions *options, const char *bytes, size_t size,
                      FeedPatch *patch, Failure *f)
{
        _cleanup_free_ void *packed = NULL;
        size_t packed_size;
        int r;

        r = work_put_object(work, bytes, size, &patch->module, f);
        if (r < 0 || options->plain)
                return r;
        r = zstd_compress(bytes, size, &packed, &packed_size, f);
        if (r < 0 || packed_size >= size)
                return r;
        return work_put_object(work, packed, packed_size, &patch->zstd, f);
}

static int copy_ids(char ***field, char *const *ids)
{
        for (; ids && *ids; ids++)
                if (strv_append(field, *ids) < 0)
                        return -ENOMEM;
        return 0;
}

static int copy_cves(char ***field, const Manifest *m)
{
        FOREACH_ARRAY (cve, m->cves, m->n_cves)
                if (strv_append(field, cve->id) < 0)
                        return -ENOMEM;
        return 0;
}

static int make_record(const Manifest *m, FeedIndex **ret, Failure *f)
{
        _cleanup_(feed_index_freep) FeedIndex *record = calloc(1, sizeof(*record));
        FeedPatch *patch;

        if (!record || !(record->patches = calloc(1, sizeof(*record->patches))))
                return failure_set_errno(f, -ENOMEM, "Cannot add the patch");
        record->n_patches = 1;
        patch = record->patches;
        patch->percent = 100;
        patch->id = strdup(m->id);
        patch->version = strdup(m->version);
        patch->channel = strdup(FEED_CHANNEL);
        patch->severity = m->severity ? strdup(m->severity) : NULL;
        record->release = strdup(m->kernel_release);
        memcpy(record->build_id, m->kernel_build_id, BUILD_ID_SIZE);
        if (!patch->id || !patch->version || !patch->channel || !record->release ||
            (m->severity && !patch->severity) || copy_ids(&patch->supersedes, m->supersedes) < 0 ||
            copy_ids(&patch->depends, m->depends) < 0 || copy_ids(&patch->conflicts, m->conflicts) < 0 ||
            copy_cves(&patch->cves, m) < 0)
                return failure_set_errno(f, -ENOMEM, "Cannot add the patch");
        *ret = TAKE_PTR(record);
        return 0;
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const AddOptions *options = data;
        _cleanup_(work_freep) Work *work = NULL;
        _cleanup_(manifest_freep) Manifest *m = NULL;
        _cleanup_(feed_index_freep) FeedIndex *record = NULL;
        _cleanup_free_ char *text = NULL, *bytes = NULL;
        size_t size, module_size;
        int r;

        r = work_open(options->dir ? options->dir : ".", &work, f);
        if (r < 0)
                return r;
        r = read_manifest(work, args[0], &text, &size, &m, f);
        if (r < 0)
                return r;
        r = feed_module_read(m, args[1], &bytes, &module_size, f);
        if (r < 0)
                return r;
        r = load_known(work, m, text, size, &record, f);
        if (r == 0)
                r = make_record(m, &record, f);
        if (r < 0)
                return r;
        r = rollout_options_apply(&options->rollout, record->patches, f);
        if (r < 0)
                return r;
        r = work_put_object(work, text, size, &record->patches->manifest, f);
        if (r < 0)
                return r;
        r = put_module(work, options, bytes, module_size, record->patches, f);
        if (r < 0)
                return r;
        r = work_store_patch(work, record, f);
        if (r < 0)
                return r;
        printf("%s for %s is added; 'kpatch-feed stage' makes the feed that offers it.\n", m->ref,
               m->kernel_release);
        return 0;
}

/* clang-format off */
static const FeedOption table[] = {
        { "dir", "DIR", FEED_OPTION_STRING, false, offsetof(AddOptions, dir),
          "The feed's folder; this one where it is not said" },
        ROLLOUT_OPTIONS(AddOptions, rollout),
        { "plain", NULL, FEED_OPTION_FLAG, false, offsetof(AddOptions, plain),
          "Do not offer the module compressed as well" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_add = {
        .name = "add",
        .arguments = "MANIFEST MODULE.ko",
        .help = "Take a signed manifest and its module into the feed",
        .min_args = 2,
        .max_args = 2,
        .options = table,
        .options_size = sizeof(AddOptions),
        .run = run,
};
