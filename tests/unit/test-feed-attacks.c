/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* What somebody can do who stands between a publisher and a host, or has some of the publisher's keys: the
 * attacks that The Update Framework names, each against the library that hosts use. Slow retrieval is about
 * time and is the downloader's; test-feed-attacks-keys.c has those about old metadata and stolen keys. */

#include "util-test.h"

#include "feed-patch.h"
#include "feed-test.h"
#include "sample-test.h"
#include "zstd-data.h"

static void put_text(TestFeed *feed, const char *path, const char *text)
{
        test_feed_put(feed, path, text, strlen(text));
}

static void object_path(const TestFeed *feed, const FeedTrust *trust, char path[FILE_REF_PATH_SIZE])
{
        file_ref_path(&trust->feed, path);
        assert_non_null(test_feed_get(feed, path));
}

static void test_arbitrary_installation(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);

        feed.timestamp_version = 6;
        feed.feed_version = 4;
        feed.timestamp_signers = "x";
        test_feed_publish(&feed);
        assert_refused(&feed, trust, FAILURE_KEY_UNKNOWN, "No trusted key");
        /* Another role's key is as good as a stranger's. */
        feed.timestamp_signers = "fpab";
        test_feed_publish(&feed);
        assert_refused(&feed, trust, FAILURE_KEY_UNKNOWN, "No trusted key");
        put_text(&feed, FEED_PATH_TIMESTAMP, "<html>404</html>");
        assert_refused(&feed, trust, FAILURE_ENVELOPE_INVALID, "");
}

/* The online key alone can neither make a feed nor change one. */
static void test_arbitrary_installation_with_the_timestamp_key(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        uint64_t version;

        feed.timestamp_version = 6;
        feed.feed_version = 4;
        feed.feed_signers = "t";
        test_feed_publish(&feed);
        version = trust->feed_version;
        assert_int_equal(test_feed_refresh(&feed, trust, NULL), -ENOKEY);
        assert_int_equal(trust->feed_version, version);
}

/* A manifest in an envelope of the patch role's, and a patch of an index that names it. */
static char *make_manifest(const char *signers, FeedPatch *patch, uint8_t build_id[BUILD_ID_SIZE])
{
        _cleanup_(manifest_freep) Manifest *m = NULL;
        char *text = test_feed_sign(PAYLOAD_TYPE_MANIFEST, sample_manifest, signers);

        assert_int_equal(manifest_parse(sample_manifest, strlen(sample_manifest), &m, NULL), 0);
        patch->id = TAKE_PTR(m->id);
        patch->version = TAKE_PTR(m->version);
        patch->severity = TAKE_PTR(m->severity);
        patch->supersedes = TAKE_PTR(m->supersedes);
        patch->depends = TAKE_PTR(m->depends);
        patch->conflicts = TAKE_PTR(m->conflicts);
        patch->module.size = m->module_size;
        memcpy(patch->module.sha256, m->module_sha256, SHA256_SIZE);
        memcpy(build_id, m->kernel_build_id, BUILD_ID_SIZE);
        file_ref_make(text, strlen(text), &patch->manifest);
        return text;
}

static int open_manifest(const FeedPatch *patch, const uint8_t *build_id, const FeedTrust *trust,
                         const char *text, Failure *f)
{
        _cleanup_(manifest_freep) Manifest *m = NULL;
        FeedClientOptions options = {};

        return feed_patch_open_manifest(patch, build_id, trust->root, &options, text, strlen(text), &m, f);
}

static void test_arbitrary_installation_of_a_manifest(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        _cleanup_(feed_patch_clear) FeedPatch patch = {}, other = {};
        _cleanup_free_ char *good = NULL, *bad = NULL;
        uint8_t build_id[BUILD_ID_SIZE];
        _cleanup_failure_ Failure f = {};

        good = make_manifest("p", &patch, build_id);
        assert_success(open_manifest(&patch, build_id, trust, good, &f), &f);
        /* Who may sign feeds may not sign patches. */
        bad = make_manifest("ft", &other, build_id);
        assert_failure(open_manifest(&other, build_id, trust, bad, &f), &f, FAILURE_KEY_UNKNOWN, "");
        assert_failure(open_manifest(&patch, build_id, trust, bad, &f), &f, FAILURE_DOWNLOAD_MISMATCH, "");
}

static void test_endless_data(void **state)
{
        static const char path[] = FEED_PATH_TIMESTAMP;
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        _cleanup_free_ char *much = calloc(1, 1024 * 1024);
        char object[FILE_REF_PATH_SIZE];
        const TestFile *file;

        assert_non_null(much);
        test_feed_put(&feed, path, much, TIMESTAMP_SIZE_MAX + 1);
        assert_refused(&feed, trust, FAILURE_TOO_LARGE, "The timestamp is larger than 16384 bytes");
        /* One byte behind the feed is one too many, though its beginning is genuine. */
        test_feed_publish(&feed);
        object_path(&feed, trust, object);
        file = test_feed_get(&feed, object);
        memcpy(much, file->data, file->size);
        test_feed_put(&feed, object, much, file->size + 1);
        assert_refused(&feed, trust, FAILURE_TOO_LARGE, "The feed is larger than");
        test_feed_put(&feed, "root/2.json", much, ENVELOPE_SIZE_MAX + 1);
        feed.timestamp_signers = "x";
        test_feed_put_timestamp(&feed);
        assert_refused(&feed, trust, FAILURE_TOO_LARGE, "The trust root is larger than 262144");
}

/* A server that makes roots for ever cannot keep a host busy for ever: it has to sign them. */
/* A small file that was signed, by somebody who may sign feeds, and that would become a large one. */
static void test_decompression_bomb(void **state)
{
        _cleanup_free_ char *zeros = calloc(1, 1024 * 1024), *module = NULL;
        _cleanup_free_ void *bomb = NULL;
        _cleanup_failure_ Failure f = {};
        FeedPatch patch = { .module = { .size = 1000 } };
        size_t size;

        assert_non_null(zeros);
        assert_success(zstd_compress(zeros, 1024 * 1024, &bomb, &size, &f), &f);
        assert_true(size < 1000);
        file_ref_make(bomb, size, &patch.zstd);
        assert_failure(feed_patch_open_module(&patch, true, bomb, size, &module, &f), &f,
                       FAILURE_DOWNLOAD_MISMATCH, "cannot be decompressed");
        assert_null(module);
}

/* What a patch drags along is signed by those who approve patches; the feed may not add to it. */
static void test_extraneous_dependencies(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        _cleanup_(feed_patch_clear) FeedPatch patch = {};
        _cleanup_free_ char *text = NULL;
        uint8_t build_id[BUILD_ID_SIZE];
        _cleanup_failure_ Failure f = {};

        text = make_manifest("p", &patch, build_id);
        free(patch.depends[0]);
        patch.depends[0] = strdup("backdoor");
        assert_failure(open_manifest(&patch, build_id, trust, text, &f), &f, FAILURE_METADATA_INVALID,
                       "'depends' differs");
}

/* Somebody with the online key signs a version that no later one exceeds. */
/* A new root that leaves a role's keys as they are makes nobody forget. */
/* The same old answer for ever. */
/* Nor one who sets the clock back, once a later time was signed. */
/* A clock that is years ahead takes everything for expired, and harms nothing. */
/* It withholds what is new, or answers with something else. */
static void test_malicious_mirror(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        char object[FILE_REF_PATH_SIZE];
        const TestFile *file;
        char *data;

        object_path(&feed, trust, object);
        file = test_feed_get(&feed, object);
        data = file->data;
        for (size_t i = 0; i < file->size; i++) {
                data[i] ^= 1;
                assert_refused(&feed, trust, FAILURE_DOWNLOAD_MISMATCH, "is not the one that was signed");
                data[i] ^= 1;
        }
        test_feed_put(&feed, object, "", 0);
        assert_refused(&feed, trust, FAILURE_DOWNLOAD_MISMATCH, "has 0 bytes");
        test_feed_put(&feed, object, NULL, 0);
        assert_refused(&feed, trust, FAILURE_FEED_INCOMPLETE, "lacks its feed, objects/");
        test_feed_put(&feed, FEED_PATH_TIMESTAMP, NULL, 0);
        assert_refused(&feed, trust, FAILURE_FEED_INCOMPLETE, "lacks its timestamp, timestamp.json");
}

static void test_malicious_mirror_withholds_a_root(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);

        feed.root.version = 2;
        test_feed_put_timestamp(&feed);
        assert_refused(&feed, trust, FAILURE_FEED_INCOMPLETE, "lacks the trust root of version 2");
}

/* Parts that are genuine, but of different times. */
static void test_mix_and_match(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        char old[FILE_REF_PATH_SIZE], new[FILE_REF_PATH_SIZE];
        _cleanup_(feed_trust_freep) FeedTrust *other = NULL;
        const TestFile *file;

        object_path(&feed, trust, old);
        feed.timestamp_version = 6;
        feed.feed_version = 4;
        feed.patch.version = (char *) "1.1";
        test_feed_publish(&feed);
        other = test_feed_trust(&feed);
        assert_int_equal(test_feed_refresh(&feed, other, NULL), 0);
        object_path(&feed, other, new);
        /* Of one length, so that only the hash tells them apart. */
        file = test_feed_get(&feed, old);
        assert_int_equal(file->size, test_feed_get(&feed, new)->size);
        test_feed_put(&feed, new, file->data, file->size);
        trust->timestamp_version = 6;
        trust->timestamp = other->timestamp;
        assert_refused(&feed, trust, FAILURE_DOWNLOAD_MISMATCH, "The feed is not the one");
}

/* The publisher's own: a feed whose version is not the one that the timestamp names. */
static void test_mix_and_match_of_versions(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        _cleanup_free_ char *payload = NULL, *text = NULL;
        Timestamp t = { .head = { 6, TEST_NOW, TEST_NOW + 3600 }, .root_version = 1, .feed_version = 9 };

        t.feed = trust->feed;
        assert_int_equal(timestamp_format(&t, &payload, NULL), 0);
        text = test_feed_sign(PAYLOAD_TYPE_TIMESTAMP, payload, "t");
        put_text(&feed, FEED_PATH_TIMESTAMP, text);
        trust->timestamp_version = 6;
        file_ref_make(payload, strlen(payload), &trust->timestamp);
        assert_refused(&feed, trust, FAILURE_METADATA_INVALID, "version 3 where the timestamp names 9");
}

/* Two contents of one version: one host would be told another story than the next. */
/* An older root is never asked for, and not taken in the place of the next. */
/* One of two root keys is not enough, neither of the old root's nor of the new one's. */
/* Another kernel's patch. */
static void test_wrong_software(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = test_feed_start(&feed);
        _cleanup_(feed_patch_clear) FeedPatch patch = {};
        _cleanup_(feed_client_freep) FeedClient *client = NULL;
        _cleanup_free_ char *text = NULL;
        uint8_t build_id[BUILD_ID_SIZE];
        _cleanup_failure_ Failure f = {};

        text = make_manifest("p", &patch, build_id);
        build_id[0] ^= 1;
        assert_failure(open_manifest(&patch, build_id, trust, text, &f), &f, FAILURE_METADATA_INVALID,
                       "'kernel.build_id' differs");
        feed.timestamp_version = 6;
        feed.feed_version = 4;
        feed.index_build_id[0] = 0x22;
        test_feed_publish(&feed);
        assert_failure(test_feed_refresh_at(&feed, trust, TEST_NOW, &client, &f), &f,
                       FAILURE_METADATA_INVALID, "is for another one");
        assert_null(feed_client_index(client));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_arbitrary_installation),
                cmocka_unit_test(test_arbitrary_installation_with_the_timestamp_key),
                cmocka_unit_test(test_arbitrary_installation_of_a_manifest),
                cmocka_unit_test(test_endless_data),
                cmocka_unit_test(test_decompression_bomb),
                cmocka_unit_test(test_extraneous_dependencies),
                cmocka_unit_test(test_malicious_mirror),
                cmocka_unit_test(test_malicious_mirror_withholds_a_root),
                cmocka_unit_test(test_mix_and_match),
                cmocka_unit_test(test_mix_and_match_of_versions),
                cmocka_unit_test(test_wrong_software),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
