/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-file.h"
#include "feed-payload.h"
#include "hex.h"
#include "module-file.h"
#include "names.h"
#include "root.h"
#include "verb.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stddef.h>

typedef struct VerifyOptions {
        const char *root;
} VerifyOptions;

static int load_root(const char *path, Root **ret, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        int r;

        r = feed_envelope_read(path, &e, f);
        if (r < 0)
                return r;
        r = root_from_envelope("root", e, ret, f);
        if (r < 0)
                return r;
        if ((*ret)->expires <= time(NULL))
                fprintf(stderr, "kpatch-feed: the root %s has expired; hosts install nothing new with it.\n",
                        path);
        return 0;
}

/* The order is that of trust: the digest proves the module, what it says about itself comes after. */
static int check_module(const Manifest *m, const char *path, Failure *f)
{
        _cleanup_(module_file_freep) ModuleFile *module = NULL;
        _cleanup_free_ char *bytes = NULL;
        uint8_t digest[SHA256_SIZE];
        size_t size;
        int r;

        r = feed_file_read(path, "module", MODULE_SIZE_MAX, &bytes, &size, f);
        if (r < 0)
                return r;
        if (size != m->module_size)
                return failure_set(f, FAILURE_MODULE_SIZE_MISMATCH,
                                   "%s has %zu bytes, the module that was signed has %" PRIu64 ".", path,
                                   size, m->module_size);
        SHA256((const unsigned char *) bytes, size, digest);
        if (memcmp(digest, m->module_sha256, sizeof(digest)) != 0)
                return failure_set(f, FAILURE_MODULE_DIGEST_MISMATCH,
                                   "%s is not the module that was signed.", path);
        r = module_file_parse(bytes, size, &module, f);
        if (r < 0)
                return r;
        return module_file_check_manifest(module, m, f);
}

static int verify_manifest(const DsseEnvelope *e, Root *root, const char *module_path, Failure *f)
{
        _cleanup_(manifest_freep) Manifest *m = NULL;
        _cleanup_free_ char *build_id = NULL;
        int r;

        r = root_verify_any(&root, 1, ROOT_ROLE_PATCH, e, PAYLOAD_TYPE_MANIFEST, NULL, f);
        if (r < 0)
                return r;
        r = manifest_parse(e->payload, e->payload_size, &m, f);
        if (r < 0)
                return r;
        if (module_path) {
                r = check_module(m, module_path, f);
                if (r < 0)
                        return r;
        }
        build_id = hex_encode(m->kernel_build_id, BUILD_ID_SIZE);
        if (!build_id)
                return failure_set_errno(f, -ENOMEM, "Cannot say what was verified");
        printf("%s for %s (build-id %s) is signed%s.\n", m->ref, m->kernel_release, build_id,
               module_path ? ", and this is its module" : "");
        return 0;
}

/* A root that follows root is signed by the thresholds of both. */
static int verify_root(const DsseEnvelope *e, Root *root, Failure *f)
{
        _cleanup_(root_freep) Root *next = NULL;
        int r;

        r = root_from_envelope("root", e, &next, f);
        if (r < 0)
                return r;
        r = root_verify_any(&root, 1, ROOT_ROLE_ROOT, e, PAYLOAD_TYPE_ROOT, NULL, f);
        if (r < 0)
                return r;
        if (next->version < root->version)
                return failure_set(f, FAILURE_ROOT_INVALID,
                                   "The root has version %" PRIu64 ", older than the trusted one's %" PRIu64
                                   ".",
                                   next->version, root->version);
        printf("The root of version %" PRIu64 " is signed.\n", next->version);
        return 0;
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const VerifyOptions *options = data;
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(root_freep) Root *root = NULL;
        int r;

        r = load_root(options->root, &root, f);
        if (r < 0)
                return r;
        r = feed_envelope_read(args[0], &e, f);
        if (r < 0)
                return r;
        if (streq(e->payload_type, PAYLOAD_TYPE_ROOT) && n_args == 1)
                return verify_root(e, root, f);
        return verify_manifest(e, root, args[1], f);
}

/* clang-format off */
static const FeedOption table[] = {
        { "root", "ROOT", FEED_OPTION_STRING, true, offsetof(VerifyOptions, root),
          "The signed trust root, whose keys count" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_verify = {
        .name = "verify",
        .arguments = "ENVELOPE [MODULE.ko]",
        .help = "Verify a signed manifest, with its module, or the next root",
        .min_args = 1,
        .max_args = 2,
        .options = table,
        .options_size = sizeof(VerifyOptions),
        .run = run,
};
