/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "file-ref.h"
#include "root.h"

#include <time.h>

/* What a host believes of one feed: its root, and the highest versions that it has seen. They never go back,
 * but to 0 when a new root gives a role other keys: that is how one recovers from somebody who had the old
 * keys and signed a version that no later one could exceed. */
typedef struct FeedTrust {
        FileRef anchor;         /* the file that it began with: another one means to begin anew */
        DsseEnvelope *envelope; /* the root's */
        Root *root;

        uint64_t timestamp_version; /* 0: none was seen; likewise below */
        FileRef timestamp;          /* its payload: a version stands for one */
        time_t issued;              /* the time is not before that, whatever the clock says */

        uint64_t feed_version;
        FileRef feed; /* its envelope */
} FeedTrust;

/* Begins with the root that the administrator installed, which must be signed by its own root role. Decodes
 * in process, as the file is root's. Errors: those of dsse_decode() and root_from_envelope(). */
int feed_trust_new(const char *name, const void *anchor, size_t size, FeedTrust **ret, Failure *f);

/* Takes the next root over if it may follow, and *e with it; else changes nothing. Errors: as root_follow().
 */
int feed_trust_advance(FeedTrust *trust, DsseEnvelope **e, Failure *f);

/* As a file of the host's state. Errors of the reader: FAILURE_STATE_CORRUPT. */
#define FEED_TRUST_SIZE_MAX (512U * 1024)
int feed_trust_parse(const char *name, const void *data, size_t size, FeedTrust **ret, Failure *f);
int feed_trust_format(const FeedTrust *trust, char **ret_text, Failure *f);

FeedTrust *feed_trust_free(FeedTrust *trust);
DEFINE_CLEANUP(FeedTrust *, feed_trust_free);
