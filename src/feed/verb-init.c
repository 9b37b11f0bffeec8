/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-file.h"
#include "feed-time.h"
#include "names.h"
#include "verb.h"
#include "work.h"

#include <stddef.h>

typedef struct InitOptions {
        const char *root;
        const char *timestamp_days;
        const char *feed_days;
} InitOptions;

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const InitOptions *options = data;
        uint64_t timestamp_days = WORK_TIMESTAMP_DAYS, feed_days = WORK_FEED_DAYS;
        _cleanup_free_ char *root = NULL;
        size_t size;
        int r;

        if (options->timestamp_days) {
                r = feed_number_parse("timestamp-days", options->timestamp_days, 1, 3650, &timestamp_days,
                                      f);
                if (r < 0)
                        return r;
        }
        if (options->feed_days) {
                r = feed_number_parse("feed-days", options->feed_days, 1, 3650, &feed_days, f);
                if (r < 0)
                        return r;
        }
        r = feed_file_read(options->root, "root", ENVELOPE_SIZE_MAX, &root, &size, f);
        return r < 0 ? r : work_init(args[0], root, size, timestamp_days, feed_days, f);
}

/* clang-format off */
static const FeedOption table[] = {
        { "root", "ROOT", FEED_OPTION_STRING, true, offsetof(InitOptions, root),
          "The signed trust root, of version 1" },
        { "timestamp-days", "N", FEED_OPTION_STRING, false, offsetof(InitOptions, timestamp_days),
          "How many days a timestamp lives; 7 where it is not said" },
        { "feed-days", "N", FEED_OPTION_STRING, false, offsetof(InitOptions, feed_days),
          "How many days a feed lives; 90 where it is not said" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_init = {
        .name = "init",
        .arguments = "DIR",
        .help = "Make the folder of a feed",
        .min_args = 1,
        .max_args = 1,
        .options = table,
        .options_size = sizeof(InitOptions),
        .run = run,
};
