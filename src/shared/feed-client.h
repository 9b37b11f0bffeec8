/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "feed-index.h"
#include "feed-list.h"
#include "feed-trust.h"
#include "timestamp.h"

/* A refresh of one feed, without a network: it says which file it needs next, gets the bytes, verifies them,
 * and ends with the index of the host's kernel. docs/feed-format.md specifies the steps.
 *
 *      for (;;) {
 *              const FeedRequest *request = feed_client_next(client);
 *              if (!request)
 *                      break;
 *              (fetch request->path, or find it by its hash in a cache)
 *              r = found ? feed_client_answer(client, data, size, f) : feed_client_missing(client, f);
 *              (write down the trust, which may have moved, also where that failed)
 *              if (r < 0)
 *                      return r;
 *      }
 */

typedef struct FeedClient FeedClient;

typedef enum FeedStep {
        FEED_STEP_TIMESTAMP,
        FEED_STEP_ROOT,
        FEED_STEP_FEED,
        FEED_STEP_INDEX,
        FEED_STEP_END,
} FeedStep;

#define FEED_PATH_SIZE 96

typedef struct FeedRequest {
        FeedStep step;
        char path[FEED_PATH_SIZE]; /* under the feed's address */
        size_t size_max;           /* whoever sends more is to be cut off */
        const FileRef *file;       /* NULL: what it must be is not known beforehand, so no cache has it */
} FeedRequest;

/* Decodes an envelope that nobody has verified: dsse_decode(), or a way to it through another process. */
typedef int (*FeedDecode)(void *context, const char *text, size_t size, DsseEnvelope **ret, Failure *f);

typedef struct FeedClientOptions {
        uint8_t build_id[BUILD_ID_SIZE]; /* of the host's kernel */
        time_t now;
        FeedDecode decode; /* NULL: dsse_decode(), in this process */
        void *context;
} FeedClientOptions;

/* Begins a refresh. trust is borrowed, and moved forward as soon as something is proven: whatever fails
 * after that, the trust is right. Errors: -ENOMEM. */
int feed_client_new(FeedTrust *trust, const FeedClientOptions *options, FeedClient **ret, Failure *f);

/* What is needed next; NULL at the end, and after a failure. Valid until the next call of another function.
 */
const FeedRequest *feed_client_next(const FeedClient *client);

/* Gives the bytes of the file that was asked for. Errors:
 *   FAILURE_DOWNLOAD_MISMATCH  not the bytes that were signed
 *   FAILURE_ENVELOPE_INVALID, FAILURE_PAYLOAD_TYPE_WRONG, FAILURE_KEY_UNKNOWN, FAILURE_SIGNATURE_INVALID
 *   FAILURE_ROOT_INVALID, FAILURE_METADATA_INVALID
 *   FAILURE_FEED_ROLLBACK      older than what was seen before
 *   FAILURE_FEED_EXPIRED, FAILURE_ROOT_EXPIRED
 *   FAILURE_TOO_LARGE          more than was asked for */
int feed_client_answer(FeedClient *client, const void *data, size_t size, Failure *f);

/* Says that the feed does not have the file. Not always a failure: that there is no newer root is learned
 * so. Errors: FAILURE_FEED_INCOMPLETE, and what kept the present root from being enough. */
int feed_client_missing(FeedClient *client, Failure *f);

/* What was verified, borrowed; NULL before its step, and the index also where the feed has no patch for the
 * host's kernel. */
const Timestamp *feed_client_timestamp(const FeedClient *client) _pure_;
const FeedList *feed_client_list(const FeedClient *client) _pure_;
const FeedIndex *feed_client_index(const FeedClient *client) _pure_;

/* The time that expiry is judged by: the clock's, unless the publisher has signed a later one. */
time_t feed_client_now(const FeedClient *client) _pure_;

FeedClient *feed_client_free(FeedClient *client);
DEFINE_CLEANUP(FeedClient *, feed_client_free);

/* The first address of a feed, and that of its N-th root. */
#define FEED_PATH_TIMESTAMP "timestamp.json"
#define FEED_PATH_ROOT      "root/%" PRIu64 ".json"
