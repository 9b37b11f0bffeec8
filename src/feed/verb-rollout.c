/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "rollout-options.h"
#include "verb.h"
#include "work-change.h"

#include <stddef.h>

typedef struct ChangeOptions {
        const char *dir;
        RolloutOptions rollout;
} ChangeOptions;

static int change(FeedPatch *patch, const void *data, Failure *f)
{
        return rollout_options_apply(data, patch, f);
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const ChangeOptions *options = data;

        if (!rollout_options_given(&options->rollout))
                return failure_set(f, FAILURE_USAGE,
                                   "Say what to change; 'kpatch-feed rollout -h' shows the options.");
        return work_change_patch(options->dir, args[0], change, &options->rollout, f);
}

/* clang-format off */
static const FeedOption table[] = {
        { "dir", "DIR", FEED_OPTION_STRING, false, offsetof(ChangeOptions, dir),
          "The feed's folder; this one where it is not said" },
        ROLLOUT_OPTIONS(ChangeOptions, rollout),
        {},
};
/* clang-format on */

const FeedVerb feed_verb_rollout = {
        .name = "rollout",
        .arguments = "ID=VERSION",
        .help = "Change which hosts get a patch, and when",
        .min_args = 1,
        .max_args = 1,
        .options = table,
        .options_size = sizeof(ChangeOptions),
        .run = run,
};
