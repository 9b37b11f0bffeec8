/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "feed-test.h"

static void test_new_needs_a_signed_root(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_free_ char *text = NULL;
        _cleanup_failure_ Failure f = {};
        FeedTrust *trust = NULL;

        test_feed_init(&feed);
        feed.root.signers = "ax";
        text = test_feed_make_root(&feed.root);
        assert_failure(feed_trust_new("test", text, strlen(text), &trust, &f), &f, FAILURE_SIGNATURE_INVALID,
                       "1 of the trusted keys");
        assert_failure(feed_trust_new("test", "{}", 2, &trust, &f), &f, FAILURE_ENVELOPE_INVALID, "");
        assert_null(trust);
}

static void test_round_trip(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed), *again = NULL;
        _cleanup_free_ char *text = NULL, *same = NULL;
        _cleanup_failure_ Failure f = {};

        assert_success(feed_trust_format(trust, &text, &f), &f);
        assert_success(feed_trust_parse("test", text, strlen(text), &again, &f), &f);
        assert_string_equal(again->root->name, "test");
        assert_int_equal(again->root->version, 1);
        assert_int_equal(again->timestamp_version, 5);
        assert_int_equal(again->feed_version, 3);
        assert_int_equal(again->issued, TEST_NOW - 86400);
        assert_true(file_ref_equal(&again->anchor, &trust->anchor));
        assert_true(file_ref_equal(&again->timestamp, &trust->timestamp));
        assert_true(file_ref_equal(&again->feed, &trust->feed));
        assert_success(feed_trust_format(again, &same, &f), &f);
        assert_string_equal(same, text);
        assert_success(test_feed_refresh(&feed, again, &f), &f);
}

static void test_round_trip_of_a_new_one(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL;
        _cleanup_failure_ Failure f = {};

        test_feed_init(&feed);
        trust = test_feed_trust(&feed);
        assert_success(feed_trust_format(trust, &text, &f), &f);
        assert_success(feed_trust_parse("test", text, strlen(text), &again, &f), &f);
        assert_int_equal(again->timestamp_version, 0);
        assert_int_equal(again->feed_version, 0);
}

/* A state file that was cut or altered is never taken for an older one. */
static void test_damaged(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed), *again = NULL;
        _cleanup_free_ char *text = NULL;
        _cleanup_failure_ Failure f = {};
        size_t size, at;

        assert_success(feed_trust_format(trust, &text, &f), &f);
        size = strlen(text);
        for (size_t n = 0; n + 2 < size; n += 7)
                assert_failure(feed_trust_parse("test", text, n, &again, &f), &f, FAILURE_STATE_CORRUPT, "");
        /* The root's signatures protect it here as everywhere. */
        at = (size_t) (strstr(text, "payload") - text) + 20;
        text[at] = text[at] == 'A' ? 'B' : 'A';
        assert_failure(feed_trust_parse("test", text, size, &again, &f), &f, FAILURE_STATE_CORRUPT,
                       "'root' is not a signed trust root");
        assert_null(again);
}

static void refuse(const char *text, const char *why)
{
        _cleanup_failure_ Failure f = {};
        FeedTrust *trust = NULL;

        assert_failure(feed_trust_parse("test", text, strlen(text), &trust, &f), &f, FAILURE_STATE_CORRUPT,
                       why);
        assert_null(trust);
}

static void test_refuses(void **state)
{
        refuse("{}", "'format' is missing");
        refuse("{\"format\":2}", "'format' is not 1");
        refuse("{\"format\":1}", "'anchor' is missing");
        refuse("{\"format\":1,\"anchor\":{\"size\":0}}", "'anchor.size' is 0");
}

/* Whatever comes, and in whatever order: versions grow, or a root has taken its keys from the role. */
static void test_versions_never_go_back(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        size_t refreshed_well = 0;
        uint32_t x = 7;

        for (size_t i = 0; i < 400; i++) {
                uint64_t timestamp_before = trust->timestamp_version, feed_before = trust->feed_version;
                static const char *const signers[] = { "t", "t", "t", "f", "x" };

                x = x * 1103515245 + 12345;
                feed.timestamp_version = 1 + (x >> 16) % 20 + i / 30;
                feed.feed_version = 1 + (x >> 20) % 5 + i / 60;
                feed.timestamp_signers = signers[(x >> 24) % 5];
                feed.feed_signers = (x >> 27) % 4 ? "f" : "t";
                test_feed_clear(&feed);
                test_feed_publish(&feed);
                refreshed_well += test_feed_refresh(&feed, trust, NULL) == 0;
                assert_true(trust->timestamp_version >= timestamp_before);
                assert_true(trust->feed_version >= feed_before);
        }
        assert_true(refreshed_well > 3);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_new_needs_a_signed_root),
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_round_trip_of_a_new_one),
                cmocka_unit_test(test_damaged),
                cmocka_unit_test(test_refuses),
                cmocka_unit_test(test_versions_never_go_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
