/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "zstd-data.h"

#define SIZE 100000

typedef struct Sample {
        char *plain;
        void *packed;
        size_t packed_size;
} Sample;

static void sample_clear(Sample *sample)
{
        free(sample->plain);
        free(sample->packed);
}

static Sample make_sample(void)
{
        Sample sample = { .plain = malloc(SIZE) };
        uint32_t x = 1;

        assert_non_null(sample.plain);
        for (size_t i = 0; i < SIZE; i++) {
                x = x * 1103515245 + 12345;
                sample.plain[i] = (char) (x >> 28);
        }
        assert_int_equal(zstd_compress(sample.plain, SIZE, &sample.packed, &sample.packed_size, NULL), 0);
        return sample;
}

static void test_round_trip(void **state)
{
        _cleanup_(sample_clear) Sample sample = make_sample();
        _cleanup_free_ char *plain = NULL;
        _cleanup_failure_ Failure f = {};

        assert_true(sample.packed_size < SIZE);
        assert_success(zstd_decompress(sample.packed, sample.packed_size, SIZE, "file", &plain, &f), &f);
        assert_memory_equal(plain, sample.plain, SIZE);
        assert_int_equal(plain[SIZE], 0);
}

static void test_same_input_same_bytes(void **state)
{
        _cleanup_(sample_clear) Sample one = make_sample(), other = make_sample();

        assert_int_equal(one.packed_size, other.packed_size);
        assert_memory_equal(one.packed, other.packed, one.packed_size);
}

static void refuse(const void *data, size_t size, size_t expected, const char *why)
{
        _cleanup_failure_ Failure f = {};
        char *plain = NULL;

        assert_failure(zstd_decompress(data, size, expected, "file", &plain, &f), &f,
                       FAILURE_DOWNLOAD_MISMATCH, why);
        assert_null(plain);
}

static void test_another_size(void **state)
{
        _cleanup_(sample_clear) Sample sample = make_sample();

        refuse(sample.packed, sample.packed_size, SIZE - 1, "cannot be decompressed");
        refuse(sample.packed, sample.packed_size, 0, "cannot be decompressed");
        refuse(sample.packed, sample.packed_size, SIZE + 1,
               "has 100000 bytes when decompressed where 100001");
}

static void test_truncated(void **state)
{
        _cleanup_(sample_clear) Sample sample = make_sample();

        for (size_t n = 0; n < sample.packed_size; n += n < 64 ? 1 : 1009)
                refuse(sample.packed, n, SIZE, "not one Zstandard frame");
}

static void test_something_behind(void **state)
{
        _cleanup_(sample_clear) Sample sample = make_sample();
        _cleanup_free_ char *twice = malloc(2 * sample.packed_size);

        assert_non_null(twice);
        memcpy(twice, sample.packed, sample.packed_size);
        memcpy(twice + sample.packed_size, sample.packed, sample.packed_size);
        refuse(twice, 2 * sample.packed_size, 2 * (size_t) SIZE, "not one Zstandard frame");
        refuse(twice, sample.packed_size + 1, SIZE, "not one Zstandard frame");
        refuse("plain", 5, 5, "not one Zstandard frame");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip),       cmocka_unit_test(test_same_input_same_bytes),
                cmocka_unit_test(test_another_size),     cmocka_unit_test(test_truncated),
                cmocka_unit_test(test_something_behind),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
