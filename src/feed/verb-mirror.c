/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "tree-copy.h"
#include "tree-options.h"

#include <stddef.h>

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        __attribute__((cleanup(tree_input_clear))) TreeInput input = {};
        TreeSummary summary;
        TreeWalk walk;
        int r;

        r = tree_options_apply(data, args[0], &input, &walk, f);
        if (r < 0)
                return r;
        r = tree_copy(&walk, args[0], args[1], &summary, f);
        if (r < 0)
                return r;
        printf("%s has %zu patches for %zu kernels.\n", args[1], summary.n_patches, summary.n_kernels);
        return 0;
}

/* clang-format off */
static const FeedOption table[] = {
        { "root", "ROOT", FEED_OPTION_STRING, true, offsetof(TreeOptions, root),
          "The signed trust root that hosts have" },
        { "build-id", "HEX", FEED_OPTION_VALUES, false, offsetof(TreeOptions, build_ids),
          "A kernel to copy for; again for more; all where it is not said" },
        { "as-of", "DATE", FEED_OPTION_STRING, false, offsetof(TreeOptions, as_of),
          "Judge expiry at that time and not now" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_mirror = {
        .name = "mirror",
        .arguments = "TREE TO",
        .help = "Verify a published tree, and copy what hosts with certain kernels need of it",
        .min_args = 2,
        .max_args = 2,
        .options = table,
        .options_size = sizeof(TreeOptions),
        .run = run,
};
