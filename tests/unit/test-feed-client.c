/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* The ways of a refresh that are as they should be; test-feed-attacks.c has the others. */

#include "util-test.h"

#include "feed-patch.h"
#include "feed-test.h"
#include "zstd-data.h"

static FeedTrust *start(TestFeed *feed)
{
        test_feed_init(feed);
        test_feed_publish(feed);
        return test_feed_trust(feed);
}

static void test_first_refresh(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = start(&feed);
        _cleanup_(feed_client_freep) FeedClient *client = NULL;
        _cleanup_failure_ Failure f = {};

        assert_success(test_feed_refresh_at(&feed, trust, TEST_NOW, &client, &f), &f);
        assert_null(feed_client_next(client));
        assert_int_equal(feed_client_index(client)->n_patches, 1);
        assert_string_equal(feed_client_index(client)->patches[0].id, "fix");
        assert_int_equal(feed_client_list(client)->head.version, 1);
        assert_int_equal(feed_client_timestamp(client)->head.version, 1);
        assert_int_equal(feed_client_now(client), TEST_NOW);
        assert_int_equal(trust->timestamp_version, 1);
        assert_int_equal(trust->feed_version, 1);
        assert_int_equal(feed.n_requests, 3);
}

/* What a host asks for, and how much it takes: one small file, and then what that names by size and hash. */
static void test_requests(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = start(&feed);
        _cleanup_(feed_client_freep) FeedClient *client = NULL;
        FeedClientOptions options = { .now = TEST_NOW, .build_id = { 0x11 } };
        const FeedRequest *request;
        const TestFile *file;

        assert_int_equal(feed_client_new(trust, &options, &client, NULL), 0);
        request = feed_client_next(client);
        assert_string_equal(request->path, "timestamp.json");
        assert_null(request->file);
        file = test_feed_get(&feed, request->path);
        assert_true(file->size < 1024);
        assert_int_equal(feed_client_answer(client, file->data, file->size, NULL), 0);
        for (FeedStep step = FEED_STEP_FEED; step <= FEED_STEP_INDEX; step++) {
                request = feed_client_next(client);
                assert_int_equal(request->step, step);
                assert_int_equal(strncmp(request->path, "objects/", 8), 0);
                file = test_feed_get(&feed, request->path);
                assert_int_equal(request->size_max, file->size);
                assert_int_equal(request->file->size, file->size);
                assert_int_equal(feed_client_answer(client, file->data, file->size, NULL), 0);
        }
        assert_null(feed_client_next(client));
}

static void test_after_the_end(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = start(&feed);
        _cleanup_(feed_client_freep) FeedClient *client = NULL;
        _cleanup_failure_ Failure f = {};

        assert_success(test_feed_refresh_at(&feed, trust, TEST_NOW, &client, &f), &f);
        assert_failure(feed_client_answer(client, "", 0, &f), &f, FAILURE_INVALID_ARGUMENT, "has ended");
        assert_failure(feed_client_missing(client, &f), &f, FAILURE_INVALID_ARGUMENT, "has ended");
}

static void test_no_patch_for_this_kernel(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = start(&feed);
        _cleanup_(feed_client_freep) FeedClient *client = NULL;
        _cleanup_failure_ Failure f = {};

        feed.build_id[0] = 0x33;
        assert_success(test_feed_refresh_at(&feed, trust, TEST_NOW, &client, &f), &f);
        assert_null(feed_client_index(client));
        assert_non_null(feed_client_list(client));
        assert_int_equal(feed.n_requests, 2);
}

static void rotate(TestFeed *feed, const char *root_keys, const char *timestamp_keys, const char *signers)
{
        feed->root.version++;
        feed->root.keys[ROOT_ROLE_ROOT] = root_keys;
        feed->root.keys[ROOT_ROLE_TIMESTAMP] = timestamp_keys;
        feed->root.signers = signers;
        feed->timestamp_signers = timestamp_keys;
        feed->timestamp_version++;
        test_feed_publish(feed);
}

/* Every key changes, each time by those of before; the roots in between have expired. */
static void test_root_rotated_three_times(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = start(&feed);
        _cleanup_failure_ Failure f = {};

        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        feed.root.expires = "2026-01-01";
        rotate(&feed, "cd", "u", "abcd");
        rotate(&feed, "ef", "v", "cdef");
        feed.root.expires = "2028-01-01";
        rotate(&feed, "gh", "w", "efgh");
        feed.n_requests = 0;
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        assert_int_equal(trust->root->version, 4);
        assert_int_equal(trust->timestamp_version, 4);
        assert_int_equal(feed.n_requests, 6);
        /* From then on it is two fewer: the root is known. */
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        assert_int_equal(feed.n_requests, 9);
}

/* A root that changes nothing for the timestamp's role is told by the timestamp. */
static void test_root_named_by_the_timestamp(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = start(&feed);
        _cleanup_failure_ Failure f = {};

        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        feed.root.keys[ROOT_ROLE_PATCH] = "q";
        rotate(&feed, "ab", "t", "ab");
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        assert_int_equal(trust->root->version, 2);
}

static void test_expired_root_is_followed(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = NULL;
        _cleanup_failure_ Failure f = {};

        test_feed_init(&feed);
        feed.root.expires = "2026-11-21";
        test_feed_publish(&feed);
        trust = test_feed_trust(&feed);
        assert_failure(test_feed_refresh(&feed, trust, &f), &f, FAILURE_ROOT_EXPIRED, "has no newer one");
        feed.root.version = 2;
        feed.root.expires = "2026-11-22";
        test_feed_put_root(&feed);
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        assert_int_equal(trust->root->version, 2);
}

/* A publisher adds a root that changes the timestamp's key, and then the timestamp. Hosts that look in
 * between see the new root with the old timestamp, and are as well served as before. */
static void test_reader_between_two_steps_of_a_publisher(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = start(&feed);
        _cleanup_failure_ Failure f = {};

        feed.root.version = 2;
        feed.root.keys[ROOT_ROLE_TIMESTAMP] = "u";
        test_feed_put_root(&feed);
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        assert_int_equal(trust->root->version, 1);
        feed.timestamp_signers = "u";
        feed.timestamp_version = 2;
        test_feed_put_timestamp(&feed);
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
        assert_int_equal(trust->root->version, 2);
}

static void test_feed_needs_its_roles(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = NULL;
        _cleanup_failure_ Failure f = {};

        test_feed_init(&feed);
        feed.root.keys[ROOT_ROLE_FEED] = feed.root.keys[ROOT_ROLE_TIMESTAMP] = NULL;
        test_feed_publish(&feed);
        trust = test_feed_trust(&feed);
        assert_failure(test_feed_refresh(&feed, trust, &f), &f, FAILURE_ROOT_INVALID,
                       "names no key for the role timestamp");
        /* A later root may give them to somebody. */
        feed.root.version = 2;
        feed.root.keys[ROOT_ROLE_FEED] = "f";
        feed.root.keys[ROOT_ROLE_TIMESTAMP] = "t";
        test_feed_put_root(&feed);
        assert_success(test_feed_refresh(&feed, trust, &f), &f);
}

static int refuse_to_decode(void *context, const char *text, size_t size, DsseEnvelope **ret, Failure *f)
{
        ++*(int *) context;
        return failure_set(f, FAILURE_FAILED, "Not today.");
}

/* A host has another process do it. */
static void test_decoder_of_the_caller(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = start(&feed);
        _cleanup_(feed_client_freep) FeedClient *client = NULL;
        _cleanup_failure_ Failure f = {};
        int calls = 0;
        FeedClientOptions options = { .now = TEST_NOW, .decode = refuse_to_decode, .context = &calls };

        assert_int_equal(feed_client_new(trust, &options, &client, NULL), 0);
        assert_failure(feed_client_answer(client, "{}", 2, &f), &f, FAILURE_FAILED, "Not today");
        assert_int_equal(calls, 1);
        assert_null(feed_client_next(client));
}

static void test_module_as_it_is(void **state)
{
        FeedPatch patch = {};
        _cleanup_free_ char *module = NULL;
        _cleanup_failure_ Failure f = {};

        file_ref_make("module", 6, &patch.module);
        assert_success(feed_patch_open_module(&patch, false, "module", 6, &module, &f), &f);
        assert_string_equal(module, "module");
        assert_failure(feed_patch_open_module(&patch, false, "modulf", 6, &module, &f), &f,
                       FAILURE_DOWNLOAD_MISMATCH, "The module is not the one");
}

static void test_module_compressed(void **state)
{
        _cleanup_free_ char *module = NULL;
        _cleanup_free_ void *packed = NULL, *other = NULL;
        FeedPatch patch = {};
        _cleanup_failure_ Failure f = {};
        size_t size;

        file_ref_make("module", 6, &patch.module);
        assert_int_equal(zstd_compress("module", 6, &packed, &size, NULL), 0);
        file_ref_make(packed, size, &patch.zstd);
        assert_success(feed_patch_open_module(&patch, true, packed, size, &module, &f), &f);
        assert_string_equal(module, "module");
        /* A frame that was signed, and holds another module. */
        assert_int_equal(zstd_compress("modulf", 6, &other, &size, NULL), 0);
        file_ref_make(other, size, &patch.zstd);
        assert_failure(feed_patch_open_module(&patch, true, other, size, &module, &f), &f,
                       FAILURE_DOWNLOAD_MISMATCH, "The decompressed module is not the one");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_first_refresh),
                cmocka_unit_test(test_requests),
                cmocka_unit_test(test_after_the_end),
                cmocka_unit_test(test_no_patch_for_this_kernel),
                cmocka_unit_test(test_root_rotated_three_times),
                cmocka_unit_test(test_root_named_by_the_timestamp),
                cmocka_unit_test(test_expired_root_is_followed),
                cmocka_unit_test(test_reader_between_two_steps_of_a_publisher),
                cmocka_unit_test(test_feed_needs_its_roles),
                cmocka_unit_test(test_decoder_of_the_caller),
                cmocka_unit_test(test_module_as_it_is),
                cmocka_unit_test(test_module_compressed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
