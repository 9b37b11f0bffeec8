/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "feed-client.h"

/* A small feed with a server that is a list of files. Keys are letters: those of sign-test.h, whose seed is
 * the letter's number. */

#define TEST_NOW INT64_C(1795219200) /* 2026-11-21 */

typedef struct TestFile {
        char path[FEED_PATH_SIZE];
        char *data;
        size_t size;
} TestFile;

typedef struct TestRoot {
        uint64_t version;
        const char *expires;
        const char *keys[_ROOT_ROLE_MAX]; /* "ab": the keys a and b; NULL: no such role */
        unsigned thresholds[_ROOT_ROLE_MAX];
        const char *signers;
} TestRoot;

typedef struct TestFeed {
        TestFile files[400];
        size_t n_files;
        size_t n_requests; /* of all refreshes */

        TestRoot root; /* the newest */
        uint64_t timestamp_version;
        uint64_t feed_version;
        const char *issued;
        const char *timestamp_expires;
        const char *feed_expires;
        const char *timestamp_signers;
        const char *feed_signers;
        uint8_t build_id[BUILD_ID_SIZE];
        uint8_t index_build_id[BUILD_ID_SIZE];
        FeedPatch patch; /* of the index; its strings are borrowed */
} TestFeed;

/* Version 1 of everything, not published yet; root has the keys a and b with threshold 2, the others p, f
 * and t. */
void test_feed_init(TestFeed *feed);
void test_feed_clear(TestFeed *feed);

/* Writes a file of the server; NULL removes it. */
void test_feed_put(TestFeed *feed, const char *path, const void *data, size_t size);
const TestFile *test_feed_get(const TestFeed *feed, const char *path);

/* An envelope around a text, signed by the letters. The caller frees. */
char *test_feed_sign(const char *type, const char *payload, const char *signers);

/* The envelope of a root; the caller frees. */
char *test_feed_make_root(const TestRoot *test);

/* Write to the server: the newest root under its number, and index, feed and timestamp. */
void test_feed_put_root(TestFeed *feed);
void test_feed_put_timestamp(TestFeed *feed);
void test_feed_publish(TestFeed *feed);

/* Version 5 of the timestamp and 3 of the feed, published, and a host that has refreshed from it once. */
FeedTrust *test_feed_start(TestFeed *feed);

/* The trust of a host that has installed the newest root. */
FeedTrust *test_feed_trust(const TestFeed *feed);

/* A refresh as a host makes it at a time. *ret_client (may be NULL) is the caller's, also after a failure.
 */
int test_feed_refresh_at(TestFeed *feed, FeedTrust *trust, time_t now, FeedClient **ret_client, Failure *f);
int test_feed_refresh(TestFeed *feed, FeedTrust *trust, Failure *f);

#define _cleanup_feed_ __attribute__((cleanup(test_feed_clear)))

/* A refresh that fails, and that leaves the host with the versions that it had. */
#define assert_refused(feed, trust, kind, text)                                                  \
        do {                                                                                     \
                _cleanup_failure_ Failure f_ = {};                                               \
                uint64_t timestamp_ = (trust)->timestamp_version, feed_ = (trust)->feed_version; \
                assert_failure(test_feed_refresh(feed, trust, &f_), &f_, kind, text);            \
                assert_int_equal((trust)->timestamp_version, timestamp_);                        \
                assert_int_equal((trust)->feed_version, feed_);                                  \
        } while (0)
