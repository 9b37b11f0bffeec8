/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* The attacks of The Update Framework that are about time and about keys: what was genuine once, and what
 * somebody signed who has some of the keys. */

#include "util-test.h"

#include "feed-test.h"

static void put_text(TestFeed *feed, const char *path, const char *text)
{
        test_feed_put(feed, path, text, strlen(text));
}

static void test_endless_roots(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);

        for (size_t i = 0; i < 300; i++) {
                feed.root.version++;
                test_feed_put_root(&feed);
        }
        feed.timestamp_signers = "x";
        test_feed_put_timestamp(&feed);
        assert_refused(&feed, trust, FAILURE_ROOT_INVALID, "more than 256 new trust roots");
        assert_int_equal(trust->root->version, 257);
        /* The next refresh goes on where that one stopped. */
        assert_refused(&feed, trust, FAILURE_KEY_UNKNOWN, "");
        assert_int_equal(trust->root->version, 301);
}

static void test_fast_forward_and_recovery(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        _cleanup_failure_ Failure f = {};

        feed.timestamp_version = JSON_INTEGER_MAX;
        test_feed_put_timestamp(&feed);
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        feed.timestamp_version = 7;
        test_feed_put_timestamp(&feed);
        assert_refused(&feed, trust, FAILURE_FEED_ROLLBACK, "older than the 9007199254740991");
        /* A new root with another key for the role makes the host forget it. */
        feed.root.version = 2;
        feed.root.keys[ROOT_ROLE_TIMESTAMP] = "u";
        feed.timestamp_signers = "u";
        test_feed_publish(&feed);
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        assert_int_equal(trust->timestamp_version, 7);
        assert_int_equal(trust->feed_version, 3);
}

static void test_fast_forward_of_the_feed_and_recovery(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        _cleanup_failure_ Failure f = {};

        feed.timestamp_version = 6;
        feed.feed_version = JSON_INTEGER_MAX;
        test_feed_put_timestamp(&feed);
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        feed.timestamp_version = 7;
        feed.feed_version = 4;
        test_feed_put_timestamp(&feed);
        assert_refused(&feed, trust, FAILURE_FEED_ROLLBACK, "The feed has version 4");
        feed.root.version = 2;
        feed.root.keys[ROOT_ROLE_FEED] = "g";
        feed.feed_signers = "g";
        test_feed_publish(&feed);
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        assert_int_equal(trust->feed_version, 4);
        assert_int_equal(trust->timestamp_version, 7);
}

static void test_rotation_of_other_keys_resets_nothing(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);

        feed.root.version = 2;
        feed.root.keys[ROOT_ROLE_PATCH] = "q";
        feed.timestamp_version = 4;
        feed.feed_version = 2;
        test_feed_publish(&feed);
        assert_refused(&feed, trust, FAILURE_FEED_ROLLBACK, "The timestamp has version 4");
        assert_int_equal(trust->root->version, 2);
}

static void test_indefinite_freeze(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        _cleanup_failure_ Failure f = {};

        assert_success(test_feed_refresh_at(&feed, trust, 1796083199, NULL, &f), &f);
        assert_failure(test_feed_refresh_at(&feed, trust, 1796083200, NULL, &f), &f, FAILURE_FEED_EXPIRED,
                       "The timestamp of version 5");
        /* Somebody with the online key cannot keep an old feed alive either. */
        feed.timestamp_version = 6;
        feed.timestamp_expires = "2040-01-01";
        test_feed_put_timestamp(&feed);
        assert_failure(test_feed_refresh_at(&feed, trust, 1811808000, NULL, &f), &f, FAILURE_FEED_EXPIRED,
                       "The feed of version 3");
}

static void test_indefinite_freeze_by_the_clock(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        _cleanup_(feed_client_freep) FeedClient *client = NULL;
        _cleanup_failure_ Failure f = {};

        /* A clock that begins in 1970 does not keep a host from fresh metadata. */
        assert_success(test_feed_refresh_at(&feed, trust, 0, &client, &f), &f);
        assert_int_equal(feed_client_now(client), TEST_NOW - 24 * 3600);
        feed.timestamp_version = 6;
        feed.timestamp_expires = "2026-11-19";
        test_feed_put_timestamp(&feed);
        assert_failure(test_feed_refresh_at(&feed, trust, 0, NULL, &f), &f, FAILURE_FEED_EXPIRED, "");
}

static void test_clock_ahead(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        _cleanup_failure_ Failure f = {};

        assert_failure(test_feed_refresh_at(&feed, trust, TEST_NOW + INT64_C(20) * 365 * 86400, NULL, &f),
                       &f, FAILURE_ROOT_EXPIRED, "has no newer one");
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
}

static void test_rollback(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);

        feed.timestamp_version = 4;
        test_feed_publish(&feed);
        assert_refused(&feed, trust, FAILURE_FEED_ROLLBACK, "The timestamp has version 4, older than the 5");
        feed.timestamp_version = 6;
        feed.feed_version = 2;
        test_feed_publish(&feed);
        assert_refused(&feed, trust, FAILURE_FEED_ROLLBACK, "The feed has version 2, older than the 3");
}

static void test_rollback_by_a_version_used_twice(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        _cleanup_failure_ Failure f = {};

        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        feed.patch.version = (char *) "0.9";
        test_feed_publish(&feed);
        assert_refused(&feed, trust, FAILURE_FEED_ROLLBACK, "The timestamp of version 5 is another one");
        feed.timestamp_version = 6;
        test_feed_publish(&feed);
        assert_refused(&feed, trust, FAILURE_FEED_ROLLBACK, "The feed of version 3 is another one");
}

static void test_rollback_of_the_root(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        _cleanup_free_ char *first = test_feed_make_root(&feed.root);
        _cleanup_failure_ Failure f = {};

        feed.root.version = 2;
        test_feed_publish(&feed);
        feed.timestamp_version = 6;
        test_feed_put_timestamp(&feed);
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        put_text(&feed, "root/3.json", first);
        feed.timestamp_signers = "x";
        test_feed_put_timestamp(&feed);
        assert_refused(&feed, trust, FAILURE_ROOT_INVALID, "version 1 cannot follow that of version 2");
        assert_int_equal(trust->root->version, 2);
}

static void test_key_compromise_below_threshold(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);

        feed.root.version = 2;
        feed.root.keys[ROOT_ROLE_ROOT] = "ax";
        feed.root.keys[ROOT_ROLE_TIMESTAMP] = "x";
        feed.root.signers = "ax";
        feed.timestamp_signers = "x";
        test_feed_publish(&feed);
        assert_refused(&feed, trust, FAILURE_SIGNATURE_INVALID, "1 of the trusted keys");
        /* The same key twice is one key. */
        feed.root.signers = "axaa";
        test_feed_publish(&feed);
        assert_refused(&feed, trust, FAILURE_SIGNATURE_INVALID, "1 of the trusted keys");
        /* And a root that its own keys did not sign is none. */
        feed.root.signers = "ab";
        test_feed_publish(&feed);
        assert_refused(&feed, trust, FAILURE_SIGNATURE_INVALID, "1 of the trusted keys");
        assert_int_equal(trust->root->version, 1);
}

static void test_key_compromise_below_threshold_of_the_feed(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = NULL;
        _cleanup_failure_ Failure f = {};

        test_feed_init(&feed);
        feed.root.keys[ROOT_ROLE_FEED] = "fg";
        feed.root.thresholds[ROOT_ROLE_FEED] = 2;
        test_feed_publish(&feed);
        trust = test_feed_trust(&feed);
        assert_failure(test_feed_refresh(&feed, trust, &f), &f, FAILURE_SIGNATURE_INVALID,
                       "1 of the trusted");
        assert_int_equal(trust->feed_version, 0);
        feed.timestamp_version = 2;
        feed.feed_signers = "fg";
        test_feed_publish(&feed);
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_endless_roots),
                cmocka_unit_test(test_fast_forward_and_recovery),
                cmocka_unit_test(test_fast_forward_of_the_feed_and_recovery),
                cmocka_unit_test(test_rotation_of_other_keys_resets_nothing),
                cmocka_unit_test(test_indefinite_freeze),
                cmocka_unit_test(test_indefinite_freeze_by_the_clock),
                cmocka_unit_test(test_clock_ahead),
                cmocka_unit_test(test_rollback),
                cmocka_unit_test(test_rollback_by_a_version_used_twice),
                cmocka_unit_test(test_rollback_of_the_root),
                cmocka_unit_test(test_key_compromise_below_threshold),
                cmocka_unit_test(test_key_compromise_below_threshold_of_the_feed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
