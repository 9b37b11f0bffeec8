/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-test.h"

#include "date.h"
#include "sign-test.h"

#include <assert.h>
#include <inttypes.h>

void test_feed_init(TestFeed *feed)
{
        *feed = (TestFeed){
                .root = {
                        .version = 1,
                        .expires = "2028-01-01",
                        .keys = { "ab", "p", "f", "t" },
                        .thresholds = { 2, 1, 1, 1 },
                        .signers = "ab",
                },
                .timestamp_version = 1,
                .feed_version = 1,
                .issued = "2026-11-20",
                .timestamp_expires = "2026-12-01",
                .feed_expires = "2027-06-01",
                .timestamp_signers = "t",
                .feed_signers = "f",
                .build_id = { 0x11 },
                .index_build_id = { 0x11 },
                .patch = {
                        .id = (char *) "fix",
                        .version = (char *) "1.0",
                        .manifest = { .size = 100, .sha256 = { 1 } },
                        .module = { .size = 200, .sha256 = { 2 } },
                        .percent = 100,
                },
        };
}

void test_feed_clear(TestFeed *feed)
{
        for (size_t i = 0; i < feed->n_files; i++)
                free(feed->files[i].data);
        memset(feed->files, 0, sizeof(feed->files));
        feed->n_files = 0;
}

const TestFile *test_feed_get(const TestFeed *feed, const char *path)
{
        FOREACH_ARRAY (file, feed->files, feed->n_files)
                if (file->data && streq(file->path, path))
                        return file;
        return NULL;
}

void test_feed_put(TestFeed *feed, const char *path, const void *data, size_t size)
{
        TestFile *file = (TestFile *) test_feed_get(feed, path);

        if (!file) {
                assert(feed->n_files < ELEMENTSOF(feed->files));
                file = &feed->files[feed->n_files++];
                (void) snprintf(file->path, sizeof(file->path), "%s", path);
        }
        free(file->data);
        file->data = NULL;
        file->size = size;
        if (data) {
                file->data = malloc(size + 1);
                assert(file->data);
                memcpy(file->data, data, size);
        }
}

char *test_feed_sign(const char *type, const char *payload, const char *signers)
{
        DsseEnvelope *e = sign_test_envelope(type, payload);
        char *text;
        int r;

        for (; *signers; signers++)
                sign_test_add(e, (uint8_t) *signers, "");
        r = dsse_encode(e, &text, NULL);
        assert(r == 0);
        dsse_free(e);
        return text;
}

/* The root's key of a letter, which is made where it is not there yet. */
static const PublicKey *root_key(Root *root, char letter)
{
        PublicKey key;

        sign_test_key((uint8_t) letter, NULL, &key);
        FOREACH_ARRAY (other, root->keys, root->n_keys)
                if (streq(other->id, key.id)) {
                        free(key.id);
                        return other;
                }
        root->keys[root->n_keys] = key;
        return &root->keys[root->n_keys++];
}

char *test_feed_make_root(const TestRoot *test)
{
        Root *root = calloc(1, sizeof(*root));
        char *payload, *text;
        int r;

        assert(root);
        root->version = test->version;
        r = date_parse(test->expires, &root->expires);
        assert(r == 0);
        root->keys = calloc(ROOT_KEYS_MAX, sizeof(*root->keys));
        assert(root->keys);
        for (RootRole role = 0; role < _ROOT_ROLE_MAX; role++) {
                RootRoleKeys *keys = &root->roles[role];

                keys->threshold = test->thresholds[role];
                keys->keys = calloc(ROOT_KEYS_MAX, sizeof(*keys->keys));
                assert(keys->keys);
                for (const char *letter = strempty(test->keys[role]); *letter; letter++)
                        keys->keys[keys->n_keys++] = root_key(root, *letter);
        }
        r = root_format(root, &payload, NULL);
        assert(r == 0);
        text = test_feed_sign(PAYLOAD_TYPE_ROOT, payload, test->signers);
        free(payload);
        root_free(root);
        return text;
}

void test_feed_put_root(TestFeed *feed)
{
        char *text = test_feed_make_root(&feed->root), path[FEED_PATH_SIZE];

        (void) snprintf(path, sizeof(path), FEED_PATH_ROOT, feed->root.version);
        test_feed_put(feed, path, text, strlen(text));
        free(text);
}

static FileRef put_object(TestFeed *feed, const char *text)
{
        char path[FILE_REF_PATH_SIZE];
        FileRef ref;

        file_ref_make(text, strlen(text), &ref);
        file_ref_path(&ref, path);
        test_feed_put(feed, path, text, strlen(text));
        return ref;
}

static FileRef put_index(TestFeed *feed)
{
        FeedIndex index = { .release = (char *) "6.1.0-99-amd64", .patches = &feed->patch, .n_patches = 1 };
        FileRef ref;
        char *text;
        int r;

        memcpy(index.build_id, feed->index_build_id, BUILD_ID_SIZE);
        r = feed_index_format(&index, &text, NULL);
        assert(r == 0);
        ref = put_object(feed, text);
        free(text);
        return ref;
}

static void set_head(FeedHead *head, uint64_t version, const char *issued, const char *expires)
{
        int r;

        head->version = version;
        r = date_parse(issued, &head->issued);
        assert(r == 0);
        r = date_parse(expires, &head->expires);
        assert(r == 0);
}

static FileRef put_feed(TestFeed *feed)
{
        FeedKernel kernel = { .index = put_index(feed) };
        FeedList list = { .kernels = &kernel, .n_kernels = 1 };
        char *payload, *text;
        FileRef ref;
        int r;

        memcpy(kernel.build_id, feed->build_id, BUILD_ID_SIZE);
        set_head(&list.head, feed->feed_version, feed->issued, feed->feed_expires);
        r = feed_list_format(&list, &payload, NULL);
        assert(r == 0);
        text = test_feed_sign(PAYLOAD_TYPE_FEED, payload, feed->feed_signers);
        ref = put_object(feed, text);
        free(payload);
        free(text);
        return ref;
}

void test_feed_put_timestamp(TestFeed *feed)
{
        Timestamp t = { .root_version = feed->root.version, .feed_version = feed->feed_version };
        char *payload, *text;
        int r;

        t.feed = put_feed(feed);
        set_head(&t.head, feed->timestamp_version, feed->issued, feed->timestamp_expires);
        r = timestamp_format(&t, &payload, NULL);
        assert(r == 0);
        text = test_feed_sign(PAYLOAD_TYPE_TIMESTAMP, payload, feed->timestamp_signers);
        test_feed_put(feed, FEED_PATH_TIMESTAMP, text, strlen(text));
        free(payload);
        free(text);
}

void test_feed_publish(TestFeed *feed)
{
        test_feed_put_root(feed);
        test_feed_put_timestamp(feed);
}

FeedTrust *test_feed_trust(const TestFeed *feed)
{
        char *text = test_feed_make_root(&feed->root);
        FeedTrust *trust;
        int r;

        r = feed_trust_new("test", text, strlen(text), &trust, NULL);
        assert(r == 0);
        free(text);
        return trust;
}

static int serve(TestFeed *feed, FeedClient *client, Failure *f)
{
        const FeedRequest *request;
        int r = 0;

        while (r >= 0 && (request = feed_client_next(client))) {
                const TestFile *file = test_feed_get(feed, request->path);

                feed->n_requests++;
                r = file ? feed_client_answer(client, file->data, file->size, f)
                         : feed_client_missing(client, f);
        }
        return r;
}

int test_feed_refresh_at(TestFeed *feed, FeedTrust *trust, time_t now, FeedClient **ret_client, Failure *f)
{
        FeedClientOptions options = { .now = now };
        FeedClient *client;
        int r;

        memcpy(options.build_id, feed->build_id, BUILD_ID_SIZE);
        r = feed_client_new(trust, &options, &client, f);
        if (r < 0)
                return r;
        r = serve(feed, client, f);
        if (ret_client)
                *ret_client = client;
        else
                feed_client_free(client);
        return r;
}

int test_feed_refresh(TestFeed *feed, FeedTrust *trust, Failure *f)
{
        return test_feed_refresh_at(feed, trust, TEST_NOW, NULL, f);
}

FeedTrust *test_feed_start(TestFeed *feed)
{
        FeedTrust *trust;
        int r;

        test_feed_init(feed);
        feed->timestamp_version = 5;
        feed->feed_version = 3;
        test_feed_publish(feed);
        trust = test_feed_trust(feed);
        r = test_feed_refresh(feed, trust, NULL);
        assert(r == 0 && trust->timestamp_version == 5 && trust->feed_version == 3);
        return trust;
}
