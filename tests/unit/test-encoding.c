/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "base64.h"
#include "hex.h"

static void test_hex_encode(void **state)
{
        _cleanup_free_ char *text = hex_encode("\x00\x9f\xab", 3), *empty = hex_encode("", 0);

        assert_string_equal(text, "009fab");
        assert_string_equal(empty, "");
}

static void test_hex_decode(void **state)
{
        uint8_t bytes[3];

        assert_int_equal(hex_decode("009fAB", bytes, 3), 0);
        assert_memory_equal(bytes, "\x00\x9f\xab", 3);
        assert_int_equal(hex_decode("", bytes, 0), 0);
}

static void test_hex_decode_refuses(void **state)
{
        static const char *const bad[] = { "",         "0",       "00",      "009fa",  "009fab0",
                                           "009fabcd", "009fag",  " 009fa",  "0x9fab", "009f\n1",
                                           "-09fab",   "009fabz", "009fab\n" };
        uint8_t bytes[3] = { 1, 2, 3 };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(hex_decode(bad[i], bytes, 3), -EINVAL);
        assert_memory_equal(bytes, "\1\2\3", 3);
}

static const struct {
        const char *text;
        const char *bytes;
        size_t n;
} vectors[] = {
        /* RFC 4648, section 10 */
        { "", "", 0 },
        { "Zg==", "f", 1 },
        { "Zm8=", "fo", 2 },
        { "Zm9v", "foo", 3 },
        { "Zm9vYg==", "foob", 4 },
        { "Zm9vYmE=", "fooba", 5 },
        { "Zm9vYmFy", "foobar", 6 },
        { "+/+/", "\xfb\xff\xbf", 3 },
        { "AAAA", "\0\0\0", 3 },
        { "/w==", "\xff", 1 },
};

static void test_base64_vectors(void **state)
{
        FOREACH_ARRAY (v, vectors, ELEMENTSOF(vectors)) {
                _cleanup_free_ char *text = base64_encode(v->bytes, v->n);
                _cleanup_free_ uint8_t *bytes = NULL;
                size_t n;

                assert_string_equal(text, v->text);
                assert_int_equal(base64_decode(v->text, strlen(v->text), &bytes, &n), 0);
                assert_int_equal(n, v->n);
                assert_memory_equal(bytes, v->bytes, n);
                assert_int_equal(bytes[n], 0);
        }
}

static void test_base64_url_safe(void **state)
{
        _cleanup_free_ uint8_t *bytes = NULL;
        size_t n;

        assert_int_equal(base64_decode("-_-_", 4, &bytes, &n), 0);
        assert_int_equal(n, 3);
        assert_memory_equal(bytes, "\xfb\xff\xbf", 3);
}

static void test_base64_refuses(void **state)
{
        static const char *const bad[] = {
                "Z",    "Zg",    "Zg=",      "Zm9",  /* padding missing */
                "Zg=g", "=Zg=",  "Zm9v====", "====", /* padding in the wrong place */
                "Zh==", "Zm9=",                      /* bits that would be dropped */
                "+/-_", "Zm9v ", "Zm 9",     "Zm9v\nZm9v", "Zm9*", "Zm9\x80", /* alphabet */
        };
        uint8_t *bytes;
        size_t n;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(base64_decode(bad[i], strlen(bad[i]), &bytes, &n), -EINVAL);
        assert_int_equal(base64_decode("Zm\0v", 4, &bytes, &n), -EINVAL);
}

static void test_base64_every_byte(void **state)
{
        uint8_t all[256], *bytes;
        size_t n;

        for (size_t i = 0; i < sizeof(all); i++)
                all[i] = (uint8_t) i;
        for (size_t size = 0; size <= sizeof(all); size++) {
                _cleanup_free_ char *text = base64_encode(all, size);

                assert_int_equal(base64_decode(text, strlen(text), &bytes, &n), 0);
                assert_int_equal(n, size);
                assert_memory_equal(bytes, all, size);
                free(bytes);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_hex_encode),         cmocka_unit_test(test_hex_decode),
                cmocka_unit_test(test_hex_decode_refuses), cmocka_unit_test(test_base64_vectors),
                cmocka_unit_test(test_base64_url_safe),    cmocka_unit_test(test_base64_refuses),
                cmocka_unit_test(test_base64_every_byte),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
