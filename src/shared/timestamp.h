/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "feed-head.h"
#include "file-ref.h"

/* The payload of the role "timestamp": which feed is the present one. It lives for days, so that nobody can
 * show an old feed for longer. Parsed from verified bytes only. */
typedef struct Timestamp {
        FeedHead head;
        uint64_t root_version; /* the newest root; a reader with an older one needs those in between */
        uint64_t feed_version;
        FileRef feed; /* the feed's envelope */
} Timestamp;

/* Errors: FAILURE_METADATA_INVALID, naming the field. */
int timestamp_parse(const void *data, size_t size, Timestamp *ret, Failure *f);

/* The JSON that timestamp_parse() reads, with a newline at its end; the caller frees. */
int timestamp_format(const Timestamp *t, char **ret_text, Failure *f);
