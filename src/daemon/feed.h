/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "failure.h"

#include <stdint.h>

/* What /etc/kpatchd/feeds.d/NAME.conf says: where patches come from, and what this host does with them.
 * kpatchd.conf(5) lists the settings. What is trusted of a feed stands in NAME.root.json beside it. */

typedef enum FeedPolicy {
        FEED_POLICY_OFF,      /* refreshed where it is named only */
        FEED_POLICY_NOTIFY,   /* what there is is shown */
        FEED_POLICY_DOWNLOAD, /* and stored */
        FEED_POLICY_APPLY,    /* and put in force */
        _FEED_POLICY_MAX,
} FeedPolicy;

const char *feed_policy_to_string(FeedPolicy policy) _const_;

/* 0 to 3, from low to critical; one without a severity counts as low. */
unsigned feed_severity_rank(const char *severity) _pure_;

typedef struct Feed {
        char *name;
        char **urls; /* strv: one that fails is followed by the next */
        char *channel;
        char **pins; /* strv of "id=version", or NULL */
        char *proxy;
        char *ca_file;
        FeedPolicy policy;
        unsigned apply_severity; /* the least rank that is applied */
        uint64_t connect_sec;
        uint64_t stall_sec;
        uint64_t rate_min;    /* bytes a second */
        uint64_t refresh_sec; /* for each address */
        char **health;        /* strv: the command that has to be content with what is applied; or NULL */
        uint64_t health_sec;
} Feed;

typedef struct FeedSet {
        Feed **feeds; /* sorted by name */
        size_t n;
} FeedSet;

/* Reads all feeds.d/NAME.conf. One that is wrong is left out as a whole, and one sentence about each thing
 * that is wrong is added to *ret_complaints, an owned strv. Errors: -ENOMEM. */
int feed_set_load(const char *conf_dir, FeedSet *ret, char ***ret_complaints);

/* The same, with the complaints in the log. */
int feed_set_read(const char *conf_dir, FeedSet *ret);

const Feed *feed_set_find(const FeedSet *set, const char *name) _pure_;

void feed_set_clear(FeedSet *set);
Feed *feed_free(Feed *feed);
DEFINE_CLEANUP(Feed *, feed_free);

#define _cleanup_feed_set_ _cleanup_(feed_set_clear)
