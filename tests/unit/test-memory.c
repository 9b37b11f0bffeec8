/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Every allocation fails once. Whatever is done then ends with that error, and the sanitizers see that
 * nothing was leaked or used. The linker puts the functions here in the place of the C library's and
 * json-c's, for the code under test alone. */

#include "util-test.h"

#include "elf-test.h"
#include "feed-test.h"
#include "file.h"
#include "kernel.h"
#include "manifest.h"
#include "module-file.h"
#include "patch-ref.h"
#include "root.h"
#include "sample-test.h"
#include "sign-test.h"
#include "strv.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <sys/stat.h>

/* How many allocations succeed before the one that fails; -1: all do. */
static long countdown = -1;
static bool has_failed;

static bool fails(void)
{
        if (countdown < 0 || countdown-- > 0)
                return false;
        has_failed = true;
        return true;
}

/* clang-format off */
#define WRAP(type, name, failure, parameters, arguments) \
        type __real_##name parameters;                   \
        type __wrap_##name parameters;                   \
        type __wrap_##name parameters                    \
        {                                                \
                return fails() ? failure : __real_##name arguments; \
        }                                                \
        struct wrap_##name##_needs_a_semicolon

WRAP(void *, malloc, NULL, (size_t n), (n));
WRAP(void *, calloc, NULL, (size_t n, size_t size), (n, size));
WRAP(void *, realloc, NULL, (void *p, size_t n), (p, n));
WRAP(void *, reallocarray, NULL, (void *p, size_t n, size_t size), (p, n, size));
WRAP(char *, strdup, NULL, (const char *s), (s));
WRAP(char *, strndup, NULL, (const char *s, size_t n), (s, n));
WRAP(struct json_tokener *, json_tokener_new_ex, NULL, (int depth), (depth));
WRAP(struct json_object *, json_object_new_object, NULL, (void), ());
WRAP(struct json_object *, json_object_new_array, NULL, (void), ());
WRAP(struct json_object *, json_object_new_string, NULL, (const char *s), (s));
WRAP(struct json_object *, json_object_new_int64, NULL, (int64_t i), (i));
WRAP(struct json_object *, json_object_new_uint64, NULL, (uint64_t i), (i));
WRAP(struct json_object *, json_object_new_boolean, NULL, (json_bool b), (b));
WRAP(int, json_object_object_add, -1, (struct json_object *o, const char *k, struct json_object *v), (o, k, v));
WRAP(int, json_object_array_add, -1, (struct json_object *o, struct json_object *v), (o, v));
WRAP(const char *, json_object_to_json_string_ext, NULL, (struct json_object *o, int flags), (o, flags));
/* clang-format on */

int __real_vasprintf(char **ret, const char *format, va_list ap) _printf_(2, 0);
int __wrap_vasprintf(char **ret, const char *format, va_list ap) _printf_(2, 0);
int __wrap_asprintf(char **ret, const char *format, ...) _printf_(2, 3);

int __wrap_vasprintf(char **ret, const char *format, va_list ap)
{
        /* The standard leaves *ret undefined. */
        *ret = (char *) 1;
        return fails() ? -1 : __real_vasprintf(ret, format, ap);
}

int __wrap_asprintf(char **ret, const char *format, ...)
{
        va_list ap;
        int r;

        va_start(ap, format);
        r = __wrap_vasprintf(ret, format, ap);
        va_end(ap);
        return r;
}

typedef int (*Operation)(void *context, Failure *f);

/* Does operation with each of its allocations failing in turn. One that goes on without what it could not
 * allocate may succeed. */
static void try_each(Operation operation, void *context, bool goes_on)
{
        for (long n = 0;; n++) {
                _cleanup_failure_ Failure f = {};
                int r;

                assert_true(n < 10000);
                has_failed = false;
                countdown = n;
                r = operation(context, &f);
                countdown = -1;
                if (!has_failed) {
                        assert_int_equal(r, 0);
                        assert_true(n > 0);
                        return;
                }
                if (goes_on && r == 0)
                        continue;
                assert_int_equal(r, -ENOMEM);
                assert_true(f.kind == FAILURE_NO_MEMORY || f.kind == FAILURE_NONE);
        }
}

static void try_all(Operation operation, void *context)
{
        try_each(operation, context, false);
}

static int parse_manifest(void *context, Failure *f)
{
        _cleanup_(manifest_freep) Manifest *m = NULL;

        return manifest_parse(sample_manifest, strlen(sample_manifest), &m, f);
}

static int format_manifest(void *context, Failure *f)
{
        _cleanup_free_ char *text = NULL;

        return manifest_format(context, &text, f);
}

static void test_manifest(void **state)
{
        _cleanup_(manifest_freep) Manifest *m = NULL;

        assert_int_equal(manifest_parse(sample_manifest, strlen(sample_manifest), &m, NULL), 0);
        try_all(parse_manifest, NULL);
        try_all(format_manifest, m);
}

static int parse_root(void *context, Failure *f)
{
        _cleanup_(root_freep) Root *root = NULL;

        return root_parse("x", sample_root, strlen(sample_root), &root, f);
}

static int format_root(void *context, Failure *f)
{
        _cleanup_free_ char *text = NULL;

        return root_format(context, &text, f);
}

static void test_root(void **state)
{
        _cleanup_(root_freep) Root *root = NULL;

        assert_int_equal(root_parse("x", sample_root, strlen(sample_root), &root, NULL), 0);
        try_all(parse_root, NULL);
        try_all(format_root, root);
}

static int copy_timestamp(void *context, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        Timestamp t;
        int r;

        r = timestamp_parse(sample_timestamp, strlen(sample_timestamp), &t, f);
        return r < 0 ? r : timestamp_format(&t, &text, f);
}

static int copy_feed(void *context, Failure *f)
{
        _cleanup_(feed_list_freep) FeedList *list = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = feed_list_parse(sample_feed, strlen(sample_feed), &list, f);
        return r < 0 ? r : feed_list_format(list, &text, f);
}

static int copy_index(void *context, Failure *f)
{
        _cleanup_(feed_index_freep) FeedIndex *index = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = feed_index_parse(sample_index, strlen(sample_index), &index, f);
        return r < 0 ? r : feed_index_format(index, &text, f);
}

static int copy_trust(void *context, Failure *f)
{
        _cleanup_(feed_trust_freep) FeedTrust *again = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = feed_trust_format(context, &text, f);
        return r < 0 ? r : feed_trust_parse("test", text, strlen(text), &again, f);
}

/* From the same state each time, and with a root to follow. */
static int refresh(void *context, Failure *f)
{
        _cleanup_(feed_trust_freep) FeedTrust *trust = NULL;
        TestFeed *feed = context;
        const TestFile *anchor = test_feed_get(feed, "root/1.json");
        int r;

        r = feed_trust_new("test", anchor->data, anchor->size, &trust, f);
        return r < 0 ? r : test_feed_refresh(feed, trust, f);
}

static void test_feed(void **state)
{
        _cleanup_feed_ TestFeed feed;
        _cleanup_(feed_trust_freep) FeedTrust *trust = NULL;

        test_feed_init(&feed);
        test_feed_publish(&feed);
        trust = test_feed_trust(&feed);
        assert_int_equal(test_feed_refresh(&feed, trust, NULL), 0);
        feed.root.version = 2;
        test_feed_publish(&feed);
        try_all(copy_timestamp, NULL);
        try_all(copy_feed, NULL);
        try_all(copy_index, NULL);
        /* Never taken for damaged, which would have the host begin anew. */
        try_all(copy_trust, trust);
        /* A signature that cannot be checked counts as missing, so the refresh may end as if it was. */
        try_each(refresh, &feed, true);
}

static int decode_envelope(void *context, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;

        return dsse_decode(context, strlen(context), &e, f);
}

static int encode_envelope(void *context, Failure *f)
{
        _cleanup_free_ char *text = NULL;

        return dsse_encode(context, &text, f);
}

static int flatten_envelope(void *context, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *again = NULL;
        _cleanup_free_ uint8_t *flat = NULL;
        size_t size;
        int r;

        r = dsse_flatten(context, &flat, &size);
        return r < 0 ? r : dsse_unflatten(flat, size, &again);
}

static int verify_envelope(void *context, Failure *f)
{
        PublicKey key = { .id = (char *) "one" };
        const PublicKey *keys[] = { &key };
        int r;

        r = dsse_verify(context, "t", keys, 1, 1, f);
        /* A key of zeros did not sign it. */
        if (r != -EKEYREJECTED)
                return r;
        failure_clear(f);
        return 0;
}

static void test_envelope(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = sign_test_envelope("t", "{}");
        _cleanup_free_ char *text = NULL;

        sign_test_add(e, 1, "one");
        sign_test_add(e, 2, "two");
        assert_int_equal(dsse_encode(e, &text, NULL), 0);
        try_all(decode_envelope, text);
        try_all(encode_envelope, e);
        try_all(flatten_envelope, e);
        /* The sentence may be missing. */
        try_each(verify_envelope, e, true);
}

static int parse_module(void *context, Failure *f)
{
        _cleanup_(module_file_freep) ModuleFile *m = NULL;
        const ElfImage *image = context;

        return module_file_parse(image->data, image->size, &m, f);
}

static void test_module(void **state)
{
        _cleanup_(elf_image_clear) ElfImage image = elf_image_make(elf_modinfo_core, elf_build_id);

        try_all(parse_module, &image);
}

static int split_reference(void *context, Failure *f)
{
        _cleanup_free_ char *id = NULL, *version = NULL;

        return patch_ref_parse("fix=1.0", &id, &version, f);
}

static int append_words(void *context, Failure *f)
{
        _cleanup_strv_free_ char **strv = NULL;
        int r;

        r = strv_append(&strv, "a");
        return r < 0 ? r : strv_append(&strv, "b");
}

static void test_small(void **state)
{
        try_all(split_reference, NULL);
        try_all(append_words, NULL);
}

static int read_kernel(void *context, Failure *f)
{
        _cleanup_(kernel_freep) Kernel *k = NULL;

        return kernel_read(context, "6.1.0", &k, f);
}

static int create_folder(void *context, Failure *f)
{
        int fd = dir_create_open(context, 0700);

        close_fd(fd);
        return fd < 0 ? fd : 0;
}

static int load_roots(void *context, Failure *f)
{
        Root **roots;
        size_t n;
        int r;

        r = root_load_all(context, &roots, &n, f);
        if (r >= 0)
                root_free_many(roots, n);
        return r;
}

static void test_files(void **state)
{
        static const uint8_t notes[] = "\4\0\0\0\24\0\0\0\3\0\0\0GNU\0"
                                       "12345678901234567890";
        _cleanup_free_ char *kernel = NULL;

        assert_true(asprintf(&kernel, "%s/kernel", (char *) *state) > 0);
        assert_int_equal(mkdir(kernel, 0700), 0);
        test_write(kernel, "notes", notes, sizeof(notes) - 1);
        /* What cannot be loaded is left out, and said on standard error, for want of memory as well. */
        test_write_text(*state, "a.root.json", "{}");
        try_all(read_kernel, *state);
        try_all(create_folder, *state);
        try_each(load_roots, *state, true);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_manifest),
                cmocka_unit_test(test_root),
                cmocka_unit_test(test_feed),
                cmocka_unit_test(test_envelope),
                cmocka_unit_test(test_module),
                cmocka_unit_test(test_small),
                cmocka_unit_test_setup_teardown(test_files, test_folder_setup, test_folder_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
