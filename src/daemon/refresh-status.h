/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "feed-index.h"
#include "host.h"

/* How the refreshes of a feed went: for people, and so that the next one asks for no more than it needs.
 * Nothing that is trusted depends on it (trust.h has that). In feeds/NAME/status.json below the state
 * folder; written at the end of each refresh. */
typedef struct RefreshStatus {
        time_t attempted; /* 0: never; likewise below */
        time_t succeeded;
        char *error;       /* a D-Bus name: why the last one failed; NULL: it did not */
        char *message;     /* a sentence */
        uint64_t failures; /* in a row, since somebody asked by hand */
        time_t retry_at;   /* the timer leaves it alone before that */

        char *etag;     /* of timestamp.json, as it was kept; or NULL */
        char *etag_url; /* the address that it came from */

        uint64_t timestamp_version;
        uint64_t feed_version;
        uint64_t root_version;
        time_t expires; /* of what is the earliest of timestamp, feed and root */
        time_t issued;  /* the latest time that the feed has signed: it is not before that */
        bool expired;   /* what was had of the feed last had expired */
        FileRef index;  /* that of this kernel, kept beside; size 0: the feed has none */
} RefreshStatus;

/* One that is missing or damaged reads as that of a feed which was never refreshed. Errors: -ENOMEM. */
int refresh_status_load(const Host *host, const char *feed, RefreshStatus *ret);
int refresh_status_save(const Host *host, const char *feed, const RefreshStatus *status, Failure *f);

/* The index that was kept; NULL where there is none, or not the one that was verified. */
int refresh_status_load_index(const Host *host, const char *feed, const RefreshStatus *status,
                              FeedIndex **ret);

/* The time that all that the feed says is judged by: the clock's, unless the feed has signed a later one. */
time_t refresh_status_now(const RefreshStatus *status);

/* Whether nobody vouches any more that what is known is the newest: it has expired, or that is what the feed
 * has had for this host from the beginning. Not for one that was never refreshed. */
bool refresh_status_is_stale(const RefreshStatus *status);

/* Says in the log that it is. */
void refresh_status_say_stale(const char *feed);

/* FAILURE_WITHDRAWN where the feed that vouches for a patch has withdrawn it, as far as is known. */
int refresh_status_check_withdrawn(const Host *host, const char *feed, const char *id, const char *version,
                                   Failure *f);

void refresh_status_clear(RefreshStatus *status);
#define _cleanup_refresh_status_ _cleanup_(refresh_status_clear)
