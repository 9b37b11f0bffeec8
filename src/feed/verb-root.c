/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-file.h"
#include "feed-time.h"
#include "json-read.h"
#include "root-edit.h"
#include "verb.h"

#include <stddef.h>

typedef struct RootOptions {
        FeedValues keys;
        FeedValues thresholds;
        const char *expires;
        const char *version;
        const char *out;
} RootOptions;

static int fill(Root *root, const RootOptions *options, Failure *f)
{
        int r;

        root->version = 1;
        if (options->version) {
                r = feed_number_parse("version", options->version, 1, JSON_INTEGER_MAX, &root->version, f);
                if (r < 0)
                        return r;
        }
        r = feed_time_parse("expires", options->expires, &root->expires, f);
        if (r < 0)
                return r;
        for (size_t i = 0; i < options->keys.n; i++) {
                r = root_edit_add(root, options->keys.values[i], f);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < options->thresholds.n; i++) {
                r = root_edit_threshold(root, options->thresholds.values[i], f);
                if (r < 0)
                        return r;
        }
        return root_edit_check(root, f);
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const RootOptions *options = data;
        _cleanup_(root_freep) Root *root = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = root_edit_new(&root, f);
        if (r < 0)
                return r;
        r = fill(root, options, f);
        if (r < 0)
                return r;
        r = root_format(root, &text, f);
        if (r < 0)
                return r;
        return feed_file_write(options->out, text, f);
}

/* clang-format off */
static const FeedOption table[] = {
        { "key", "ROLE=PUB.pem", FEED_OPTION_VALUES, true, offsetof(RootOptions, keys),
          "A public key of the role root, patch, feed or timestamp; again for more" },
        { "threshold", "ROLE=N", FEED_OPTION_VALUES, false, offsetof(RootOptions, thresholds),
          "How many keys of a role must sign; 1 where it is not said" },
        { "expires", "DATE", FEED_OPTION_STRING, true, offsetof(RootOptions, expires),
          "When a newer root must have come" },
        { "version", "N", FEED_OPTION_STRING, false, offsetof(RootOptions, version),
          "The root's version, 1 where it is not said" },
        { "out", "FILE", FEED_OPTION_STRING, true, offsetof(RootOptions, out),
          "Where the root is written, to be signed; '-' is standard output" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_root = {
        .name = "root",
        .arguments = "",
        .help = "Make a trust root, which 'sign' then signs",
        .options = table,
        .options_size = sizeof(RootOptions),
        .run = run,
};
