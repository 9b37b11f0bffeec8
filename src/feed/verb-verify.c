/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "date.h"
#include "feed-module.h"
#include "feed-payload.h"
#include "hex.h"
#include "names.h"
#include "root.h"
#include "tree-options.h"

#include <inttypes.h>
#include <stddef.h>
#include <sys/stat.h>

static bool is_folder(const char *path)
{
        struct stat st;

        return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Refreshes and installs from a tree as a host would, as far as that goes without a kernel. */
static int verify_tree(const TreeOptions *options, const char *path, Failure *f)
{
        __attribute__((cleanup(tree_input_clear))) TreeInput input = {};
        char timestamp[DATE_TEXT_SIZE], feed[DATE_TEXT_SIZE];
        TreeSummary summary;
        TreeWalk walk;
        int r;

        r = tree_options_apply(options, path, &input, &walk, f);
        if (r < 0)
                return r;
        r = tree_walk(&walk, &summary, f);
        if (r < 0)
                return r;
        (void) date_format(summary.timestamp_expires, timestamp);
        (void) date_format(summary.feed_expires, feed);
        printf("root %" PRIu64 "\ntimestamp %" PRIu64 ", expires %s\nfeed %" PRIu64
               ", expires %s\n%zu patches for %zu kernels are signed, and there.\n",
               summary.root_version, summary.timestamp_version, timestamp, summary.feed_version, feed,
               summary.n_patches, summary.n_kernels);
        return 0;
}

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

static int verify_manifest(const DsseEnvelope *e, Root *root, const char *module_path, Failure *f)
{
        _cleanup_(manifest_freep) Manifest *m = NULL;
        _cleanup_free_ char *build_id = NULL, *bytes = NULL;
        size_t size;
        int r;

        r = root_verify_any(&root, 1, ROOT_ROLE_PATCH, e, PAYLOAD_TYPE_MANIFEST, NULL, f);
        if (r < 0)
                return r;
        r = manifest_parse(e->payload, e->payload_size, &m, f);
        if (r < 0)
                return r;
        if (module_path) {
                r = feed_module_read(m, module_path, &bytes, &size, f);
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
        const TreeOptions *options = data;
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(root_freep) Root *root = NULL;
        int r;

        if (is_folder(args[0]))
                return n_args == 1 ? verify_tree(options, args[0], f)
                                   : failure_set(f, FAILURE_USAGE, "With a tree 'verify' takes no module.");
        if (options->as_of || options->build_ids.n > 0)
                return failure_set(f, FAILURE_USAGE, "'--as-of' and '--build-id' are for trees; %s is none.",
                                   args[0]);
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
        { "root", "ROOT", FEED_OPTION_STRING, true, offsetof(TreeOptions, root),
          "The signed trust root, whose keys count" },
        { "as-of", "DATE", FEED_OPTION_STRING, false, offsetof(TreeOptions, as_of),
          "Judge a tree's expiry at that time and not now" },
        { "build-id", "HEX", FEED_OPTION_VALUES, false, offsetof(TreeOptions, build_ids),
          "A kernel whose patches in a tree are verified; again for more; all where it is not said" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_verify = {
        .name = "verify",
        .arguments = "TREE|ENVELOPE [MODULE.ko]",
        .help = "Verify a published tree as a host does, a signed manifest with its module, or a root",
        .min_args = 1,
        .max_args = 2,
        .options = table,
        .options_size = sizeof(TreeOptions),
        .run = run,
};
