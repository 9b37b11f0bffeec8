/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "feed-index.h"

/* Which patches of an index are for this host, now. Every implementation must come to the same answer:
 * docs/feed-format.md has the rule and examples. */

typedef struct FeedHost {
        const char *id;      /* the machine id made for this purpose, 32 hexadecimal digits, lower case */
        const char *channel; /* besides "stable", which every host has; may be NULL */
        time_t now;
        /* strv of "id=version", or NULL: no other version of these comes, and nothing that supersedes them.
         */
        char *const *pins;
} FeedHost;

typedef enum FeedOffer {
        FEED_OFFER_YES,
        FEED_OFFER_WITHDRAWN,
        FEED_OFFER_OTHER_CHANNEL,
        FEED_OFFER_PINNED,     /* the host has pinned another one */
        FEED_OFFER_TOO_EARLY,  /* not_before has not come */
        FEED_OFFER_LATER,      /* the rollout has not come to this host */
        FEED_OFFER_SUPERSEDED, /* by one that is offered */
} FeedOffer;

/* 0 to 9999, spread evenly: a host whose bucket is below 100 times the percentage takes part. */
uint32_t feed_rollout_bucket(const char *host_id, const char *id, const char *version);

/* The percentage times 100 that a patch has reached. */
uint32_t feed_rollout_reach(const FeedPatch *patch, time_t now) _pure_;

/* Says so for each of the index's patches; ret_offers has room for them. */
void feed_rollout_offers(const FeedIndex *index, const FeedHost *host, FeedOffer *ret_offers);
