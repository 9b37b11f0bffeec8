/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "date.h"
#include "feed-file.h"
#include "feed-sign.h"
#include "feed-time.h"
#include "names.h"
#include "source-date.h"
#include "verb.h"
#include "work.h"

#include <inttypes.h>
#include <stddef.h>

typedef struct TimestampOptions {
        const char *dir;
        FeedValues keys;
        const char *passphrase;
        const char *days;
        const char *after;
} TimestampOptions;

/* The version that is to be exceeded: that of the folder's timestamp, or of one that was published from
 * elsewhere. */
static int find_version(const Work *work, const char *after, uint64_t *ret, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        Timestamp here, there;
        int r;

        r = work_current_timestamp(work, &here, f);
        if (r < 0)
                return r;
        *ret = here.head.version;
        if (!after)
                return 0;
        r = feed_envelope_read(after, &e, f);
        if (r < 0)
                return r;
        r = dsse_check_type(e, PAYLOAD_TYPE_TIMESTAMP, f);
        if (r < 0)
                return r;
        r = timestamp_parse(e->payload, e->payload_size, &there, f);
        if (r < 0)
                return r;
        if (there.head.version > *ret)
                *ret = there.head.version;
        return 0;
}

/* It would keep nobody fresh, and hosts that saw it would take nothing of before its date. */
static int check_expiry(const Work *work, const Timestamp *t, Failure *f)
{
        char date[DATE_TEXT_SIZE];
        time_t expires = 0;
        int r;

        r = work_feed_expires(work, &t->feed, &expires, f);
        if (r < 0)
                return r;
        if (work->root->expires <= t->head.issued) {
                (void) date_format(work->root->expires, date);
                return failure_set(f, FAILURE_ROOT_EXPIRED,
                                   "The trust root of version %" PRIu64
                                   " has expired, on %s: 'rotate' makes the next one.",
                                   work->root->version, date);
        }
        if (expires <= t->head.issued) {
                (void) date_format(expires, date);
                return failure_set(f, FAILURE_FEED_EXPIRED,
                                   "The feed of version %" PRIu64
                                   " has expired, on %s: 'stage --renew' makes one to sign.",
                                   t->feed_version, date);
        }
        return 0;
}

static int fill(const Work *work, const TimestampOptions *options, Timestamp *ret, Failure *f)
{
        uint64_t days = work->timestamp_days;
        Timestamp t = { .root_version = work->root->version };
        int r;

        r = find_version(work, options->after, &t.head.version, f);
        if (r < 0)
                return r;
        t.head.version++;
        r = work_current_feed(work, &t.feed_version, &t.feed, f);
        if (r < 0)
                return r;
        if (t.feed_version == 0)
                return failure_set(f, FAILURE_INVALID_ARGUMENT,
                                   "%s has no signed feed yet; 'stage' and 'sign' make one.", work->path);
        if (options->days) {
                r = feed_number_parse("days", options->days, 1, 3650, &days, f);
                if (r < 0)
                        return r;
        }
        r = source_date_now(&t.head.issued, f);
        if (r < 0)
                return r;
        t.head.expires = t.head.issued + (time_t) days * FEED_DAY;
        r = check_expiry(work, &t, f);
        if (r < 0)
                return r;
        *ret = t;
        return 0;
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const TimestampOptions *options = data;
        const FeedPayload *payload = feed_payload_find_type(PAYLOAD_TYPE_TIMESTAMP);
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(work_freep) Work *work = NULL;
        _cleanup_free_ char *text = NULL;
        Timestamp t;
        int r;

        r = work_open(options->dir ? options->dir : ".", &work, f);
        if (r < 0)
                return r;
        r = fill(work, options, &t, f);
        if (r < 0)
                return r;
        r = timestamp_format(&t, &text, f);
        if (r < 0)
                return r;
        r = feed_sign_wrap(payload, &text, strlen(text), &e, f);
        if (r < 0)
                return r;
        for (size_t i = 0; i < options->keys.n; i++) {
                _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;

                r = feed_key_read_private(options->keys.values[i], options->passphrase, &key, f);
                if (r < 0)
                        return r;
                r = feed_sign_add(e, key, f);
                if (r < 0)
                        return r;
        }
        return work_settle(work, payload, e, f);
}

/* clang-format off */
static const FeedOption table[] = {
        { "dir", "DIR", FEED_OPTION_STRING, false, offsetof(TimestampOptions, dir),
          "The feed's folder, or a published tree; this one where it is not said" },
        { "key", "KEY", FEED_OPTION_VALUES, false, offsetof(TimestampOptions, keys),
          "A private key to sign it with at once; again for more" },
        { "passphrase-file", "FILE", FEED_OPTION_STRING, false, offsetof(TimestampOptions, passphrase),
          "Where the keys' passphrase is" },
        { "days", "N", FEED_OPTION_STRING, false, offsetof(TimestampOptions, days), "How many days it lives" },
        { "after", "TIMESTAMP", FEED_OPTION_STRING, false, offsetof(TimestampOptions, after),
          "A published timestamp whose version is to be exceeded as well" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_timestamp = {
        .name = "timestamp",
        .arguments = "",
        .help = "Make a new timestamp for the feed in force, and sign it",
        .options = table,
        .options_size = sizeof(TimestampOptions),
        .run = run,
};
