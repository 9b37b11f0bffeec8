/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-patch.h"

#include "strv.h"
#include "zstd-data.h"

static bool strv_equal(char *const *a, char *const *b)
{
        size_t n = strv_length(a);

        if (strv_length(b) != n)
                return false;
        for (size_t i = 0; i < n; i++)
                if (!streq(a[i], b[i]))
                        return false;
        return true;
}

/* An index that says nothing of them is of a publisher that did not know how. */
static bool cves_equal(char *const *ids, const Manifest *m)
{
        size_t n = strv_length(ids);

        if (n == 0)
                return true;
        if (n != m->n_cves)
                return false;
        for (size_t i = 0; i < n; i++)
                if (!streq(ids[i], m->cves[i].id))
                        return false;
        return true;
}

/* What of the manifest the index repeats. Whoever signs the feed may not change what those who approve
 * patches have signed. */
static const char *find_difference(const FeedPatch *patch, const uint8_t build_id[BUILD_ID_SIZE],
                                   const Manifest *m)
{
        if (!streq(patch->id, m->id))
                return "id";
        if (!streq(patch->version, m->version))
                return "version";
        if (memcmp(build_id, m->kernel_build_id, BUILD_ID_SIZE) != 0)
                return "kernel.build_id";
        if (patch->module.size != m->module_size)
                return "module.size";
        if (memcmp(patch->module.sha256, m->module_sha256, SHA256_SIZE) != 0)
                return "module.sha256";
        if (!streq_ptr(patch->severity, m->severity))
                return "severity";
        if (!strv_equal(patch->supersedes, m->supersedes))
                return "supersedes";
        if (!strv_equal(patch->depends, m->depends))
                return "depends";
        if (!strv_equal(patch->conflicts, m->conflicts))
                return "conflicts";
        return cves_equal(patch->cves, m) ? NULL : "cves";
}

int feed_patch_open_manifest(const FeedPatch *patch, const uint8_t build_id[BUILD_ID_SIZE], const Root *root,
                             const FeedClientOptions *options, const void *data, size_t size, Manifest **ret,
                             Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(manifest_freep) Manifest *m = NULL;
        const char *difference;
        int r;

        r = file_ref_check(&patch->manifest, data, size, "manifest", f);
        if (r < 0)
                return r;
        r = options->decode ? options->decode(options->context, data, size, &e, f)
                            : dsse_decode(data, size, &e, f);
        if (r < 0)
                return r;
        r = root_verify_role(root, ROOT_ROLE_PATCH, e, PAYLOAD_TYPE_MANIFEST, f);
        if (r < 0)
                return r;
        r = manifest_parse(e->payload, e->payload_size, &m, f);
        if (r < 0)
                return r;
        difference = find_difference(patch, build_id, m);
        if (difference)
                return failure_set(
                                f, FAILURE_METADATA_INVALID,
                                "The feed says something else about %s=%s than its manifest: '%s' differs.",
                                patch->id, patch->version, difference);
        *ret = TAKE_PTR(m);
        return 0;
}

int feed_patch_open_module(const FeedPatch *patch, bool compressed, const void *data, size_t size,
                           char **ret_module, Failure *f)
{
        const FileRef *file = compressed ? &patch->zstd : &patch->module;
        _cleanup_free_ char *module = NULL;
        int r;

        /* The hash before the decompressor: it works on signed bytes only. */
        r = file_ref_check(file, data, size, compressed ? "compressed module" : "module", f);
        if (r < 0)
                return r;
        if (compressed) {
                r = zstd_decompress(data, size, patch->module.size, "module", &module, f);
                if (r < 0)
                        return r;
                r = file_ref_check(&patch->module, module, patch->module.size, "decompressed module", f);
                if (r < 0)
                        return r;
        } else {
                module = malloc(size + 1);
                if (!module)
                        return failure_set_errno(f, -ENOMEM, "Cannot read the module");
                memcpy(module, data, size);
                module[size] = 0;
        }
        *ret_module = TAKE_PTR(module);
        return 0;
}
