/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "envelope.h"
#include "feed-client.h"
#include "feed-rollout.h"
#include "fetch.h"
#include "refresh-status.h"
#include "refresh.h"

/* What the parts of a refresh share. */

typedef struct RefreshRun {
        const Refresh *refresh;
        const char *url;   /* the address that is tried */
        uint64_t deadline; /* for that, CLOCK_MONOTONIC in s */
        Fetch *fetch;
        EnvelopeParser *parser; /* of all envelopes of this refresh */
        FeedTrust *trust;
        char *saved; /* the trust as it was written down last; or NULL */
        FeedClientOptions options;
        FeedClient *client;
        RefreshStatus status;
        char *timestamp; /* as it came */
        size_t timestamp_size;
        char *etag, *etag_url; /* of that, where it came anew */
        size_t n_stored;
        bool patches_failed; /* each by itself: all else came as it should, from one address at least */
} RefreshRun;

/* CLOCK_MONOTONIC in s. */
uint64_t refresh_clock(void);

/* Fetches a file of at most max bytes whole; the caller frees. *ret_end says whether it came. */
int refresh_get(RefreshRun *run, const char *path, size_t max, const char *etag, char **ret_data,
                size_t *ret_size, FetchEnd *ret_end, Failure *f);

/* The same for a large one that is known by its hash: goes on where an earlier download was cut off. The
 * caller checks what came. patch is for the sentence. Errors: FAILURE_FEED_INCOMPLETE too. */
int refresh_get_object(RefreshRun *run, const FileRef *ref, const char *patch, char **ret_data,
                       size_t *ret_size, Failure *f);

/* Runs the client to its end; the trust is written down as it moves. */
int refresh_metadata(RefreshRun *run, Failure *f);

/* Stores what is offered and wanted. */
int refresh_patches(RefreshRun *run, const FeedOffer *offers, Failure *f);
