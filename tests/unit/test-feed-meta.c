/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* The payloads of a feed: what is read of them, and what refuses them. */

#include "util-test.h"

#include "feed-index.h"
#include "feed-list.h"
#include "sample-test.h"
#include "timestamp.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BUILD "00112233445566778899aabbccddeeff00112233"
#define REF   "{\"size\":10,\"sha256\":\"" HEX64 "\"}"

#define HEAD(type)      "\"type\":\"" type "\",\"version\":7,\"issued\":\"2026-11-21\",\"expires\":\"2026-11-28\""
#define TIMESTAMP(feed) "{" HEAD("timestamp") ",\"root\":2,\"feed\":" feed "}"
#define FEED(kernels)   "{" HEAD("feed") ",\"kernels\":" kernels "}"
#define INDEX(patches)                              \
        "{\"type\":\"index\",\"build_id\":\"" BUILD \
        "\",\"release\":\"6.1.0-99-amd64\",\"patches\":" patches "}"
#define REBOOT(reboot)                              \
        "{\"type\":\"index\",\"build_id\":\"" BUILD \
        "\",\"release\":\"6.1.0-99-amd64\",\"patches\":[],\"reboot\":" reboot "}"
#define FILES       "\"manifest\":" REF ",\"module\":" REF
#define PATCH(more) "{\"id\":\"fix\",\"version\":\"1.0\"," FILES more "}"

static void refuse_timestamp(const char *text, const char *why)
{
        _cleanup_failure_ Failure f = {};
        Timestamp t = {};

        assert_failure(timestamp_parse(text, strlen(text), &t, &f), &f, FAILURE_METADATA_INVALID, why);
        assert_int_equal(t.head.version, 0);
}

static void test_timestamp(void **state)
{
        _cleanup_failure_ Failure f = {};
        _cleanup_free_ char *text = NULL;
        Timestamp t, again;

        assert_success(timestamp_parse(sample_timestamp, strlen(sample_timestamp), &t, &f), &f);
        assert_int_equal(t.head.version, 17);
        assert_int_equal(t.head.expires - t.head.issued, 7 * 86400);
        assert_int_equal(t.root_version, 2);
        assert_int_equal(t.feed_version, 12);
        assert_int_equal(t.feed.size, 4711);
        assert_int_equal(t.feed.sha256[1], 0x23);
        assert_success(timestamp_format(&t, &text, &f), &f);
        assert_success(timestamp_parse(text, strlen(text), &again, &f), &f);
        assert_memory_equal(&t.feed, &again.feed, sizeof(t.feed));
        assert_int_equal(again.root_version, 2);
}

static void test_timestamp_refuses(void **state)
{
        refuse_timestamp("{}", "'type' is missing");
        refuse_timestamp("{" HEAD("feed") "}", "says that it is something else");
        refuse_timestamp("{" HEAD("timestamp") "}", "'root' is missing");
        refuse_timestamp(TIMESTAMP("1"), "'feed' is not an object");
        refuse_timestamp(TIMESTAMP("{}"), "'feed.version' is missing");
        refuse_timestamp(TIMESTAMP("{\"version\":1}"), "'feed.size' is missing");
        refuse_timestamp(TIMESTAMP("{\"version\":0,\"size\":1,\"sha256\":\"" HEX64 "\"}"), "is 0");
        refuse_timestamp(TIMESTAMP("{\"version\":1,\"size\":0,\"sha256\":\"" HEX64 "\"}"),
                         "'feed.size' is 0");
        refuse_timestamp(TIMESTAMP("{\"version\":1,\"size\":262145,\"sha256\":\"" HEX64 "\"}"),
                         "out of range");
        refuse_timestamp(TIMESTAMP("{\"version\":1,\"size\":1,\"sha256\":\"12\"}"), "64 hexadecimal");
        refuse_timestamp("{\"type\":\"timestamp\",\"version\":0}", "'version' is 0");
        refuse_timestamp("{\"type\":\"timestamp\",\"version\":1,\"issued\":\"now\"}",
                         "'issued' is not a date");
}

static void refuse_feed(const char *text, const char *why)
{
        _cleanup_failure_ Failure f = {};
        FeedList *list = NULL;

        assert_failure(feed_list_parse(text, strlen(text), &list, &f), &f, FAILURE_METADATA_INVALID, why);
        assert_null(list);
}

static void test_feed(void **state)
{
        _cleanup_(feed_list_freep) FeedList *list = NULL;
        _cleanup_failure_ Failure f = {};
        const FeedKernel *kernel;
        uint8_t build_id[BUILD_ID_SIZE] = { 0, 0x11, 0x22 };

        assert_success(feed_list_parse(sample_feed, strlen(sample_feed), &list, &f), &f);
        assert_int_equal(list->n_kernels, 2);
        assert_true(memcmp(list->kernels[0].build_id, list->kernels[1].build_id, BUILD_ID_SIZE) < 0);
        kernel = feed_list_find(list, list->kernels[1].build_id);
        assert_ptr_equal(kernel, &list->kernels[1]);
        assert_int_equal(kernel->index.size, 300);
        assert_null(feed_list_find(list, build_id));
}

static void test_feed_without_kernels(void **state)
{
        _cleanup_(feed_list_freep) FeedList *list = NULL;
        _cleanup_failure_ Failure f = {};
        uint8_t build_id[BUILD_ID_SIZE] = {};

        assert_success(feed_list_parse(FEED("{}"), strlen(FEED("{}")), &list, &f), &f);
        assert_null(feed_list_find(list, build_id));
}

static void test_feed_refuses(void **state)
{
        refuse_feed("{" HEAD("feed") "}", "'kernels' is missing");
        refuse_feed(FEED("[]"), "'kernels' is not an object");
        refuse_feed(FEED("{\"1\":" REF "}"), "40 hexadecimal digits");
        refuse_feed(FEED("{\"00112233445566778899AABBccddeeff00112233\":" REF "}"), "40 hexadecimal digits");
        refuse_feed(FEED("{\"" BUILD "\":1}"), "is not an object");
        refuse_feed(FEED("{\"" BUILD "\":" REF ",\"" BUILD "\":" REF "}"), "a field twice");
        refuse_feed(FEED("{\"" BUILD "\":{\"size\":524289,\"sha256\":\"" HEX64 "\"}}"), "out of range");
}

static void refuse_index(const char *text, const char *why)
{
        _cleanup_failure_ Failure f = {};
        FeedIndex *index = NULL;

        assert_failure(feed_index_parse(text, strlen(text), &index, &f), &f, FAILURE_METADATA_INVALID, why);
        assert_null(index);
}

static void test_index(void **state)
{
        _cleanup_(feed_index_freep) FeedIndex *index = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL, *same = NULL;
        _cleanup_failure_ Failure f = {};
        const FeedPatch *patch;

        assert_success(feed_index_parse(sample_index, strlen(sample_index), &index, &f), &f);
        assert_int_equal(index->n_patches, 2);
        patch = feed_index_find(index, "fix", "1.0");
        assert_string_equal(patch->channel, "beta");
        assert_int_equal(patch->percent, 10);
        assert_int_equal(patch->ramp, 3600);
        assert_int_equal(patch->not_before, 1795219200);
        assert_string_equal(patch->depends[0], "base");
        assert_string_equal(patch->cves[0], "CVE-2026-1");
        assert_int_equal(patch->zstd.size, 900);
        assert_int_equal(patch->withdrawn, FEED_WITHDRAWAL_NONE);
        patch = feed_index_find(index, "bad", "1.0");
        assert_string_equal(patch->channel, "stable");
        assert_int_equal(patch->percent, 100);
        assert_int_equal(patch->zstd.size, 0);
        assert_int_equal(patch->withdrawn, FEED_WITHDRAWAL_ROLLBACK);
        assert_string_equal(patch->reason, "It leaks.");
        assert_null(feed_index_find(index, "bad", "1.1"));
        assert_success(feed_index_format(index, &text, &f), &f);
        assert_success(feed_index_parse(text, strlen(text), &again, &f), &f);
        assert_success(feed_index_format(again, &same, &f), &f);
        assert_string_equal(text, same);
}

static void test_index_refuses(void **state)
{
        refuse_index("{\"type\":\"feed\"}", "something else");
        refuse_index("{\"type\":\"index\"}", "'build_id' is missing");
        refuse_index("{\"type\":\"index\",\"build_id\":\"" BUILD "\"}", "'release' is missing");
        refuse_index(INDEX("{}"), "'patches' is not a list");
        refuse_index(INDEX("[1]"), "'patches[0]' is not an object");
        refuse_index(INDEX("[{\"id\":\"../x\"}]"), "'patches[0].id' is not the id");
        refuse_index(INDEX("[{\"id\":\"fix\",\"version\":\"1.0\"}]"), "'patches[0].manifest' is missing");
        refuse_index(INDEX("[" PATCH("") "," PATCH("") "]"), "'patches[1].version' is there twice");
}

static void test_index_refuses_rollouts(void **state)
{
        refuse_index(INDEX("[" PATCH(",\"percent\":101") "]"), "'patches[0].percent' is out of range");
        refuse_index(INDEX("[" PATCH(",\"percent\":-1") "]"), "out of range");
        refuse_index(INDEX("[" PATCH(",\"ramp\":10") "]"), "needs 'not_before'");
        refuse_index(INDEX("[" PATCH(",\"channel\":\"a b\"") "]"), "is not a word");
        refuse_index(INDEX("[" PATCH(",\"severity\":\"bad\"") "]"), "is none of low");
        refuse_index(INDEX("[" PATCH(",\"depends\":[\"a/b\"]") "]"), "ids of patches");
}

static void test_index_refuses_withdrawals(void **state)
{
        refuse_index(INDEX("[" PATCH(",\"withdrawn\":true") "]"), "is not an object");
        refuse_index(INDEX("[" PATCH(",\"withdrawn\":{\"reason\":\"x\"}") "]"),
                     "'patches[0].withdrawn.action'");
        refuse_index(INDEX("[" PATCH(",\"withdrawn\":{\"reason\":\"x\",\"action\":\"panic\"}") "]"),
                     "is neither keep nor rollback");
        refuse_index(INDEX("[" PATCH(",\"withdrawn\":{\"action\":\"keep\"}") "]"), "reason' is missing");
        refuse_index(INDEX("[" PATCH(",\"withdrawn\":{\"action\":\"keep\",\"reason\":\"a\\nb\"}") "]"),
                     "control characters");
}

static void test_index_advises_a_boot(void **state)
{
        _cleanup_(feed_index_freep) FeedIndex *index = NULL, *silent = NULL;
        _cleanup_failure_ Failure f = {};

        assert_success(feed_index_parse(sample_index, strlen(sample_index), &index, &f), &f);
        assert_string_equal(index->reboot_kind, "unpatchable");
        assert_string_equal(index->reboot_reason, "No function to replace.");
        assert_success(feed_index_parse(INDEX("[]"), strlen(INDEX("[]")), &silent, &f), &f);
        assert_null(silent->reboot_kind);
        feed_index_freep(&silent);
        /* Of a kind that is not known yet. */
        assert_success(feed_index_parse(REBOOT("{\"kind\":\"on-fire\",\"reason\":\"x\"}"),
                                        strlen(REBOOT("{\"kind\":\"on-fire\",\"reason\":\"x\"}")), &silent,
                                        &f),
                       &f);
        assert_string_equal(silent->reboot_kind, "on-fire");
        refuse_index(REBOOT("1"), "'reboot' is not an object");
        refuse_index(REBOOT("{\"reason\":\"x\"}"), "'reboot.kind' is missing");
        refuse_index(REBOOT("{\"kind\":\"superseded\"}"), "'reboot.reason' is missing");
        refuse_index(REBOOT("{\"kind\":\"a b\",\"reason\":\"x\"}"), "is not a word");
        refuse_index(REBOOT("{\"kind\":\"superseded\",\"reason\":\"a\\nb\"}"), "control characters");
}

static void test_file_path(void **state)
{
        char path[FILE_REF_PATH_SIZE];
        FileRef ref;

        file_ref_make("abc", 3, &ref);
        file_ref_path(&ref, path);
        assert_string_equal(path, "objects/ba/"
                                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_int_equal(strlen(path) + 1, sizeof(path));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_timestamp),
                cmocka_unit_test(test_timestamp_refuses),
                cmocka_unit_test(test_feed),
                cmocka_unit_test(test_feed_without_kernels),
                cmocka_unit_test(test_feed_refuses),
                cmocka_unit_test(test_index),
                cmocka_unit_test(test_index_refuses),
                cmocka_unit_test(test_index_refuses_rollouts),
                cmocka_unit_test(test_index_refuses_withdrawals),
                cmocka_unit_test(test_index_advises_a_boot),
                cmocka_unit_test(test_file_path),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
