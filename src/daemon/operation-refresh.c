/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Looks for news of the feeds, of one or of all, and stores the patches that are for this host. Holds the
 * lock of the state folder only while it stores one, and runs beside other operations: a slow server is in
 * nobody's way. */

#include "feed.h"
#include "log-ids.h"
#include "log.h"
#include "operation.h"
#include "refresh.h"
#include "text.h"

static void tell(char *sentence, void *userdata)
{
        operation_tell(userdata, sentence);
}

static int refresh_one(Operation *o, const Feed *feed, size_t *n_stored, Failure *f)
{
        const Refresh refresh = {
                .host = o->host,
                .config = &o->config,
                .feed = feed,
                .scheduled = o->options.scheduled,
                .download = o->options.download || feed->policy >= FEED_POLICY_DOWNLOAD,
                .cancel_fd = o->cancel_fd,
                .tell = tell,
                .userdata = o,
        };
        char *sentence;
        size_t n = 0;
        int r;

        sentence = text_format("Looking for news of the feed %s", feed->name);
        if (sentence)
                operation_tell(o, sentence);
        r = refresh_run(&refresh, &n, &o->memories, f);
        *n_stored += n;
        return r;
}

/* One feed that fails does not keep the others from theirs; the first failure is the operation's. */
static int refresh_all(Operation *o, const FeedSet *set, size_t *n_stored, Failure *f)
{
        int first = 0;

        for (size_t i = 0; i < set->n; i++) {
                const Feed *feed = set->feeds[i];
                _cleanup_failure_ Failure why = {};
                int r;

                if (feed->policy == FEED_POLICY_OFF)
                        continue;
                r = refresh_one(o, feed, n_stored, &why);
                if (r >= 0)
                        continue;
                if (first == 0)
                        first = failure_set(f, why.kind, "Feed %s: %s", feed->name, failure_sentence(&why));
                else
                        log_warning("Did not refresh %s: %s", feed->name, failure_sentence(&why));
                if (why.kind == FAILURE_CANCELED)
                        break;
        }
        return first;
}

static int step_refresh(Operation *o, Failure *f)
{
        _cleanup_feed_set_ FeedSet set = {};
        size_t n_stored = 0;
        const Feed *feed;
        int r;

        r = feed_set_read(o->host->conf_dir, &set);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the feeds' settings");
        if (o->ref) {
                feed = feed_set_find(&set, o->ref);
                r = feed ? refresh_one(o, feed, &n_stored, f)
                         : failure_set(f, FAILURE_NO_SUCH_FEED,
                                       "There is no feed %s: that would be what %s/feeds.d/%s.conf says.",
                                       o->ref, o->host->conf_dir, o->ref);
        } else
                r = refresh_all(o, &set, &n_stored, f);
        /* A poll that finds nothing new is no event. */
        o->unremarkable = r >= 0 && n_stored == 0;
        return r;
}

static const OperationStep steps[] = {
        { "refresh", "Looking for news of the feeds", step_refresh, NULL, true },
};

const OperationKind operation_refresh = {
        .name = "refresh",
        .polkit_action = "org.kpatchd1.refresh",
        .polkit_message = "Authentication is required to look for new live patches in feed $(feed)",
        .polkit_detail = "feed",
        .state = _PATCH_STATE_MAX,
        .any_ref = true,
        .beside = true,
        .options = OPERATION_OPTION_ATTACHED | OPERATION_OPTION_SCHEDULED | OPERATION_OPTION_DOWNLOAD,
        .noun = "Feed",
        .done = "was refreshed",
        .done_all = "The feeds were refreshed.",
        .failed = "Did not refresh",
        .failed_all = "Did not refresh the feeds",
        .done_log_id = LOG_ID_REFRESHED,
        .failed_log_id = LOG_ID_REFRESH_FAILED,
        .steps = steps,
        .n_steps = ELEMENTSOF(steps),
};
