/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-time.h"
#include "names.h"
#include "source-date.h"
#include "verb.h"
#include "work-compose.h"

#include <stddef.h>

typedef struct StageOptions {
        const char *dir;
        const char *expires;
        bool renew;
} StageOptions;

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const StageOptions *options = data;
        const FeedPayload *payload = feed_payload_find_type(PAYLOAD_TYPE_FEED);
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(work_freep) Work *work = NULL;
        time_t now, expires;
        int r;

        r = work_open(options->dir ? options->dir : ".", &work, f);
        if (r < 0)
                return r;
        r = source_date_now(&now, f);
        if (r < 0)
                return r;
        expires = now + (time_t) work->feed_days * FEED_DAY;
        if (options->expires) {
                r = feed_time_parse("expires", options->expires, &expires, f);
                if (r < 0)
                        return r;
        }
        r = work_compose_feed(work, now, expires, options->renew, &e, f);
        if (r < 0)
                return r;
        if (r == 0) {
                puts("The feed in force says all of it already; '--renew' makes another one with new dates.");
                return 0;
        }
        return work_settle(work, payload, e, f);
}

/* clang-format off */
static const FeedOption table[] = {
        { "dir", "DIR", FEED_OPTION_STRING, false, offsetof(StageOptions, dir),
          "The feed's folder; this one where it is not said" },
        { "expires", "DATE", FEED_OPTION_STRING, false, offsetof(StageOptions, expires),
          "When a newer feed must have come" },
        { "renew", NULL, FEED_OPTION_FLAG, false, offsetof(StageOptions, renew),
          "Also where nothing but the dates would be new" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_stage = {
        .name = "stage",
        .arguments = "",
        .help = "Make the next feed out of the patches in the folder, to be signed",
        .options = table,
        .options_size = sizeof(StageOptions),
        .run = run,
};
