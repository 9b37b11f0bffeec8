/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "feed-rollout.h"

#define HOST "0123456789abcdef0123456789abcdef"

/* Those of docs/feed-format.md: other implementations come to the same. */
static void test_buckets_of_the_specification(void **state)
{
        assert_int_equal(feed_rollout_bucket(HOST, "fix", "1.0"), 361);
        assert_int_equal(feed_rollout_bucket(HOST, "fix", "1.1"), 4467);
        assert_int_equal(feed_rollout_bucket("ffffffffffffffffffffffffffffffff", "fix", "1.0"), 2092);
}

/* A tenth of the hosts are a tenth, and another tenth for the next version. */
static void test_buckets_are_even(void **state)
{
        size_t first = 0, both = 0;

        for (unsigned i = 0; i < 20000; i++) {
                char host[33];
                bool in;

                (void) snprintf(host, sizeof(host), "%032x", i);
                in = feed_rollout_bucket(host, "fix", "1.0") < 1000;
                first += in;
                both += in && feed_rollout_bucket(host, "fix", "1.1") < 1000;
        }
        assert_in_range(first, 1850, 2150);
        assert_in_range(both, 140, 260);
}

static void test_reach(void **state)
{
        FeedPatch patch = { .percent = 10 };

        assert_int_equal(feed_rollout_reach(&patch, 0), 1000);
        patch.not_before = 1000;
        assert_int_equal(feed_rollout_reach(&patch, 999), 0);
        assert_int_equal(feed_rollout_reach(&patch, 1000), 1000);
        assert_int_equal(feed_rollout_reach(&patch, INT64_MAX), 1000);
        patch.ramp = 90;
        assert_int_equal(feed_rollout_reach(&patch, 1000), 1000);
        assert_int_equal(feed_rollout_reach(&patch, 1045), 5500);
        assert_int_equal(feed_rollout_reach(&patch, 1089), 9900);
        assert_int_equal(feed_rollout_reach(&patch, 1090), 10000);
        assert_int_equal(feed_rollout_reach(&patch, INT64_MAX), 10000);
        patch.percent = 0;
        assert_int_equal(feed_rollout_reach(&patch, 1000), 0);
        patch.percent = 100;
        assert_int_equal(feed_rollout_reach(&patch, 1000), 10000);
}

static FeedOffer offer_one(FeedPatch *patch, const char *channel, time_t now)
{
        FeedIndex index = { .patches = patch, .n_patches = 1 };
        FeedHost host = { HOST, channel, now };
        FeedOffer offers[1];

        feed_rollout_offers(&index, &host, offers);
        return offers[0];
}

static void test_offers(void **state)
{
        FeedPatch patch = {
                .id = (char *) "fix", .version = (char *) "1.0", .channel = (char *) "stable", .percent = 100
        };

        assert_int_equal(offer_one(&patch, NULL, 50), FEED_OFFER_YES);
        assert_int_equal(offer_one(&patch, "beta", 50), FEED_OFFER_YES);
        patch.not_before = 51;
        assert_int_equal(offer_one(&patch, NULL, 50), FEED_OFFER_TOO_EARLY);
        assert_int_equal(offer_one(&patch, NULL, 51), FEED_OFFER_YES);
        patch.percent = 0;
        assert_int_equal(offer_one(&patch, NULL, 51), FEED_OFFER_LATER);
        patch.ramp = 10;
        assert_int_equal(offer_one(&patch, NULL, 61), FEED_OFFER_YES);
        patch.channel = (char *) "beta";
        assert_int_equal(offer_one(&patch, NULL, 61), FEED_OFFER_OTHER_CHANNEL);
        assert_int_equal(offer_one(&patch, "other", 61), FEED_OFFER_OTHER_CHANNEL);
        assert_int_equal(offer_one(&patch, "beta", 61), FEED_OFFER_YES);
        patch.withdrawn = FEED_WITHDRAWAL_KEEP;
        assert_int_equal(offer_one(&patch, "beta", 61), FEED_OFFER_WITHDRAWN);
}

/* Exactly the hosts whose bucket is below the percentage. */
static void test_offer_by_bucket(void **state)
{
        FeedPatch patch = { .id = (char *) "fix", .version = (char *) "1.0", .channel = (char *) "stable" };
        uint32_t bucket = feed_rollout_bucket(HOST, "fix", "1.0");

        for (patch.percent = 0; patch.percent <= 100; patch.percent++)
                assert_int_equal(offer_one(&patch, NULL, 1),
                                 bucket < patch.percent * 100 ? FEED_OFFER_YES : FEED_OFFER_LATER);
}

static void test_superseded(void **state)
{
        char *old[] = { (char *) "old", NULL };
        FeedPatch patches[] = {
                { .id = (char *) "old", .version = (char *) "9" },
                { .id = (char *) "new", .version = (char *) "1.9" },
                { .id = (char *) "new", .version = (char *) "1.10", .supersedes = old },
                { .id = (char *) "other", .version = (char *) "1" },
        };
        FeedIndex index = { .patches = patches, .n_patches = ELEMENTSOF(patches) };
        FeedHost host = { HOST, NULL, 1 };
        FeedOffer offers[ELEMENTSOF(patches)];

        FOREACH_ARRAY (patch, patches, ELEMENTSOF(patches)) {
                patch->channel = (char *) "stable";
                patch->percent = 100;
        }
        feed_rollout_offers(&index, &host, offers);
        assert_int_equal(offers[0], FEED_OFFER_SUPERSEDED);
        assert_int_equal(offers[1], FEED_OFFER_SUPERSEDED);
        assert_int_equal(offers[2], FEED_OFFER_YES);
        assert_int_equal(offers[3], FEED_OFFER_YES);
        /* What this host does not get yet, and what is withdrawn, supersedes nothing. */
        patches[2].percent = 0;
        feed_rollout_offers(&index, &host, offers);
        assert_int_equal(offers[0], FEED_OFFER_YES);
        assert_int_equal(offers[1], FEED_OFFER_YES);
        assert_int_equal(offers[2], FEED_OFFER_LATER);
}

static void test_pinned(void **state)
{
        char *old[] = { (char *) "old", NULL };
        char *pins[] = { (char *) "old=8", (char *) "ne=1", NULL };
        FeedPatch patches[] = {
                { .id = (char *) "old", .version = (char *) "8" },
                { .id = (char *) "old", .version = (char *) "9" },
                { .id = (char *) "new", .version = (char *) "1", .supersedes = old },
                { .id = (char *) "other", .version = (char *) "1" },
        };
        FeedIndex index = { .patches = patches, .n_patches = ELEMENTSOF(patches) };
        FeedHost host = { .id = HOST, .now = 1, .pins = pins };
        FeedOffer offers[ELEMENTSOF(patches)];

        FOREACH_ARRAY (patch, patches, ELEMENTSOF(patches)) {
                patch->channel = (char *) "stable";
                patch->percent = 100;
        }
        feed_rollout_offers(&index, &host, offers);
        assert_int_equal(offers[0], FEED_OFFER_YES);
        assert_int_equal(offers[1], FEED_OFFER_PINNED);
        assert_int_equal(offers[2], FEED_OFFER_PINNED);
        assert_int_equal(offers[3], FEED_OFFER_YES);
        patches[1].withdrawn = FEED_WITHDRAWAL_KEEP;
        host.pins = NULL;
        feed_rollout_offers(&index, &host, offers);
        assert_int_equal(offers[0], FEED_OFFER_SUPERSEDED);
        assert_int_equal(offers[1], FEED_OFFER_WITHDRAWN);
        assert_int_equal(offers[2], FEED_OFFER_YES);
}

static void test_two_that_supersede_each_other(void **state)
{
        char *a[] = { (char *) "a", NULL }, *b[] = { (char *) "b", NULL };
        FeedPatch patches[] = {
                { .id = (char *) "a", .version = (char *) "1", .supersedes = b, .percent = 100 },
                { .id = (char *) "b", .version = (char *) "1", .supersedes = a, .percent = 100 },
        };
        FeedIndex index = { .patches = patches, .n_patches = 2 };
        FeedHost host = { HOST, NULL, 1 };
        FeedOffer offers[2];

        patches[0].channel = patches[1].channel = (char *) "stable";
        feed_rollout_offers(&index, &host, offers);
        assert_int_equal(offers[0], FEED_OFFER_YES);
        assert_int_equal(offers[1], FEED_OFFER_SUPERSEDED);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_buckets_of_the_specification),
                cmocka_unit_test(test_buckets_are_even),
                cmocka_unit_test(test_reach),
                cmocka_unit_test(test_offers),
                cmocka_unit_test(test_offer_by_bucket),
                cmocka_unit_test(test_superseded),
                cmocka_unit_test(test_pinned),
                cmocka_unit_test(test_two_that_supersede_each_other),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
