/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Writes what the fuzzers start from: fuzz-corpus FOLDER makes FOLDER/envelope/ and others, one for each. */

#include "cleanup.h"
#include "elf-test.h"
#include "feed-test.h"
#include "fetch-message.h"
#include "file.h"
#include "names.h"
#include "sample-test.h"
#include "sign-test.h"

#include <fcntl.h>

static int put(const char *folder, const char *name, const void *data, size_t size)
{
        _cleanup_close_ int dir = dir_create_open(folder, 0755);

        return dir < 0 ? dir : file_write_atomic(dir, name, data, size, 0644);
}

static int put_text(const char *folder, const char *name, const char *text)
{
        return put(folder, name, text, strlen(text));
}

static int put_signed(const char *folder, const char *name, const char *type, const char *payload)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = sign_test_envelope(type, payload);
        _cleanup_free_ uint8_t *flat = NULL;
        _cleanup_free_ char *text = NULL, *flat_name = NULL;
        size_t size;
        int r;

        sign_test_add(e, 1, "a");
        sign_test_add(e, 2, "");
        r = dsse_encode(e, &text, NULL);
        if (r < 0)
                return r;
        r = put_text(folder, name, text);
        if (r < 0)
                return r;
        r = dsse_flatten(e, &flat, &size);
        if (r < 0)
                return r;
        if (asprintf(&flat_name, "flat-%s", name) < 0) {
                flat_name = NULL;
                return -ENOMEM;
        }
        return put(folder, flat_name, flat, size);
}

static int put_module(const char *folder, const char *name, const char *const *modinfo,
                      const uint8_t *build_id)
{
        _cleanup_(elf_image_clear) ElfImage image = elf_image_make(modinfo, build_id);

        return put(folder, name, image.data, image.size);
}

static int make_envelopes(const char *folder)
{
        int r;

        r = put_text(folder, "manifest", sample_manifest);
        if (r < 0)
                return r;
        r = put_text(folder, "root", sample_root);
        if (r < 0)
                return r;
        r = put_signed(folder, "signed-manifest", PAYLOAD_TYPE_MANIFEST, sample_manifest);
        if (r < 0)
                return r;
        r = put_signed(folder, "signed-root", PAYLOAD_TYPE_ROOT, sample_root);
        if (r < 0)
                return r;
        return put_signed(folder, "signed-small", "t", "{}");
}

static int make_modules(const char *folder)
{
        int r;

        r = put_module(folder, "core", elf_modinfo_core, elf_build_id);
        if (r < 0)
                return r;
        r = put_module(folder, "livepatch", elf_modinfo_livepatch, elf_build_id);
        if (r < 0)
                return r;
        return put_module(folder, "no-build-id", elf_modinfo_core, NULL);
}

/* The state of a host that has refreshed, as that of one that has not has no versions. */
static int make_trust(const char *folder)
{
        _cleanup_(feed_trust_freep) FeedTrust *trust = NULL;
        _cleanup_free_ char *text = NULL;
        TestFeed feed;
        int r;

        trust = test_feed_start(&feed);
        test_feed_clear(&feed);
        r = feed_trust_format(trust, &text, NULL);
        return r < 0 ? r : put_text(folder, "trust", text);
}

static int make_roots(const char *folder)
{
        int r;

        r = put_text(folder, "root", sample_root);
        return r < 0 ? r : make_trust(folder);
}

static int make_timestamps(const char *folder)
{
        return put_text(folder, "timestamp", sample_timestamp);
}

static int make_feeds(const char *folder)
{
        return put_text(folder, "feed", sample_feed);
}

static int make_indexes(const char *folder)
{
        return put_text(folder, "index", sample_index);
}

/* Bytes that are put together piece by piece. */
typedef struct Bytes {
        char data[16384];
        size_t size;
} Bytes;

static void add(Bytes *b, const void *data, size_t size)
{
        memcpy(b->data + b->size, data, size);
        b->size += size;
}

static void add_frame(Bytes *b, FetchFrameKind kind, const void *data, size_t size)
{
        const FetchFrame frame = { .kind = kind, .size = (uint32_t) size };

        add(b, &frame, sizeof(frame));
        add(b, data, size);
}

/* As fuzz-fetch-answer.c asks: from offset 16 on. */
static int make_fetch_answers(const char *folder)
{
        static const char content[] = "{\"payload\":\"\"}";
        const FetchEnd done = { .result = FETCH_DONE, .etag = "\"1\"" };
        const FetchEnd slow = { .result = FETCH_TOO_SLOW, .sentence = "the server is too slow" };
        const FetchEnd not_modified = { .result = FETCH_NOT_MODIFIED };
        const uint64_t offset = 16;
        Bytes whole = {}, failed = {}, second = {};
        int r;

        add_frame(&whole, FETCH_FRAME_BEGIN, &offset, sizeof(offset));
        add_frame(&whole, FETCH_FRAME_DATA, content, sizeof(content));
        add_frame(&whole, FETCH_FRAME_DATA, content, sizeof(content));
        add_frame(&whole, FETCH_FRAME_END, &done, sizeof(done));
        add_frame(&failed, FETCH_FRAME_END, &slow, sizeof(slow));
        add_frame(&second, FETCH_FRAME_END, &not_modified, sizeof(not_modified));
        add(&second, whole.data, whole.size);
        r = put(folder, "whole", whole.data, whole.size);
        if (r >= 0)
                r = put(folder, "failed", failed.data, failed.size);
        return r < 0 ? r : put(folder, "second", second.data, second.size);
}

/* As fuzz-fetch-request.c reads them. */
static int put_request(const char *folder, const char *name, uint8_t status, uint8_t result,
                       const char *words, const FetchRequest *request)
{
        const uint8_t head[] = { status, result, (uint8_t) (strlen(words) >> 8), (uint8_t) strlen(words) };
        Bytes b = {};

        add(&b, head, sizeof(head));
        add(&b, words, strlen(words));
        add(&b, request, sizeof(*request));
        add(&b, request, sizeof(*request));
        return put(folder, name, b.data, b.size);
}

static int make_fetch_requests(const char *folder)
{
        FetchRequest request = { .version = FETCH_VERSION,
                                 .connect_sec = 15,
                                 .stall_sec = 30,
                                 .rate_min = 4096,
                                 .total_sec = 60,
                                 .size_max = 4096,
                                 .url = "https://example.org/timestamp.json",
                                 .feed = "shop" };
        int r;

        r = put_request(folder, "whole", 0, 0, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\n\n{}", &request);
        if (r >= 0)
                r = put_request(folder, "missing", 3, 0, "HTTP/1.1 404 Not Found\r\n", &request);
        if (r < 0)
                return r;
        request.offset = 100;
        (void) fetch_set_text(request.etag, sizeof(request.etag), "\"1\"");
        (void) fetch_set_text(request.proxy, sizeof(request.proxy), "https://gate.example.org");
        r = put_request(folder, "rest", 1, 0, "HTTP/1.1 206 Partial Content\r\n\nrest", &request);
        (void) fetch_set_text(request.url, sizeof(request.url), "file:///srv/feed/timestamp.json");
        return r < 0 ? r : put_request(folder, "file", 6, 5, "", &request);
}

static const struct {
        const char *name;
        int (*make)(const char *folder);
} corpora[] = {
        { "envelope", make_envelopes },
        { "feed", make_feeds },
        { "index", make_indexes },
        { "fetch-answer", make_fetch_answers },
        { "fetch-request", make_fetch_requests },
        { "module", make_modules },
        { "root", make_roots },
        { "timestamp", make_timestamps },
};

int main(int argc, char **argv)
{
        int r = 0;

        if (argc != 2)
                return EXIT_FAILURE;
        FOREACH_ARRAY (corpus, corpora, ELEMENTSOF(corpora)) {
                _cleanup_free_ char *folder = NULL;

                if (asprintf(&folder, "%s/%s", argv[1], corpus->name) < 0) {
                        folder = NULL;
                        return EXIT_FAILURE;
                }
                r = corpus->make(folder);
                if (r < 0)
                        break;
        }
        if (r < 0)
                fprintf(stderr, "Cannot write the corpus to %s: %s\n", argv[1], strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
