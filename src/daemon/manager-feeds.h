/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "feed-rollout.h"
#include "feed.h"
#include "operation.h"
#include "patch.h"
#include "refresh-status.h"

/* A feed as the daemon shows it: its settings, how its last refresh went, and what it has for this kernel.
 * Of the state on disk, as of the last refresh. */
typedef struct FeedView {
        const Feed *feed; /* in the manager's set */
        RefreshStatus status;
        FeedIndex *index; /* or NULL */
        bool stale;       /* as it was told last */
} FeedView;

struct Manager;

/* Reads settings and state again and tells of what has changed. */
int manager_refresh_feeds(struct Manager *m, Failure *f);

const FeedView *manager_find_feed(const struct Manager *m, const char *name) _pure_;

/* What each patch of the index is for this host at this moment; ret has room for FEED_PATCHES_MAX. */
void feed_view_offers(const FeedView *view, const Host *host, FeedOffer *ret);

/* What the feed that vouches for a patch says of its withdrawal; NULL where it was not withdrawn. */
const FeedPatch *manager_find_withdrawal(const struct Manager *m, const char *root_name, const char *id,
                                         const char *version) _pure_;

/* Queues what the feeds' policies want done now: rollbacks of what was withdrawn, applies of what is
 * offered, and rollbacks of what these supersede. */
void manager_follow_feeds(struct Manager *m);

/* After a refresh: what feeds have had done before may be done again, each of it once. */
void manager_forget_followed(struct Manager *m);

/* Queues one of these, as of feed, and says so; where it cannot be queued the feed's next refresh comes to
 * it again. */
void manager_submit_for_feed(struct Manager *m, const OperationKind *kind, const Patch *p, const Feed *feed,
                             const char *why);

void manager_clear_feeds(struct Manager *m);
