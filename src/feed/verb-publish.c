/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "file.h"
#include "source-date.h"
#include "tree-copy.h"
#include "verb.h"
#include "work.h"

#include <inttypes.h>
#include <stddef.h>

typedef struct PublishOptions {
        const char *dir;
} PublishOptions;

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const PublishOptions *options = data;
        _cleanup_(work_freep) Work *work = NULL;
        _cleanup_free_ char *anchor = NULL;
        TreeSummary summary;
        TreeWalk walk = {};
        int r;

        r = work_open(options->dir ? options->dir : ".", &work, f);
        if (r < 0)
                return r;
        /* As the host that knows the least. */
        r = work_read(work, "root/1.json", ENVELOPE_SIZE_MAX, &anchor, &walk.anchor_size, f);
        if (r < 0)
                return r;
        walk.anchor = anchor;
        walk.path = work->path;
        r = source_date_now(&walk.now, f);
        if (r < 0)
                return r;
        r = tree_copy(&walk, work->path, args[0], &summary, f);
        if (r < 0)
                return r;
        printf("%s has feed %" PRIu64 " with timestamp %" PRIu64 ": %zu patches for %zu kernels.\n", args[0],
               summary.feed_version, summary.timestamp_version, summary.n_patches, summary.n_kernels);
        return 0;
}

/* clang-format off */
static const FeedOption table[] = {
        { "dir", "DIR", FEED_OPTION_STRING, false, offsetof(PublishOptions, dir),
          "The feed's folder; this one where it is not said" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_publish = {
        .name = "publish",
        .arguments = "TREE",
        .help = "Verify the feed as hosts do, and copy it to where a web server has it",
        .min_args = 1,
        .max_args = 1,
        .options = table,
        .options_size = sizeof(PublishOptions),
        .run = run,
};
