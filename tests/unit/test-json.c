/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "json-read.h"
#include "json-scan.h"

/* Parses a text that holds one object. */
static int read_text(const char *text, size_t size, struct json_object **ret, JsonPlace *ret_place,
                     Failure *f)
{
        *ret_place = (JsonPlace){ .document = "text", .kind = FAILURE_MANIFEST_INVALID, .failure = f };
        return json_read_document(text, size, ret_place, ret);
}

static void assert_refused(const char *text, size_t size, const char *why)
{
        _cleanup_failure_ Failure f = {};
        struct json_object *document = NULL;
        JsonPlace place;

        assert_failure(read_text(text, size, &document, &place, &f), &f, FAILURE_MANIFEST_INVALID, why);
        assert_null(document);
}

static void test_accepts(void **state)
{
        static const char *const good[] = {
                "{}",
                " {\t\"a\" : [ 1 , -2.5e+3, 0, -0, 0.0E-1, 10, true, false, null, \"x\" ] }\r\n",
                "{\"a\":{\"a\":{\"a\":1}}}",
                "{\"a\":\"\\u00e4\\n\\\"\\\\ \xc3\xa4 \xf0\x9f\x98\x80\"}",
                "{\"a:b\":\"{[,:]}\"}",
        };

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                _cleanup_(json_object_putp) struct json_object *document = NULL;
                _cleanup_failure_ Failure f = {};
                JsonPlace place;

                assert_success(read_text(good[i], strlen(good[i]), &document, &place, &f), &f);
        }
}

/* Each of these some reader of JSON takes; two readers must not see two things in one signed text. */
static void test_refuses(void **state)
{
        static const struct {
                const char *text, *why;
        } cases[] = {
                { "", "is not JSON" },
                { " ", "is not JSON" },
                { "{", "is not JSON" },
                { "{}x", "does not have" },
                { "{} {}", "is not JSON" },
                { "{}}", "closes more" },
                { "[]", "not a JSON object" },
                { "1", "is not JSON" },
                { "\"x\"", "not a JSON object" },
                { "null", "is not JSON" },
                { "null ", "not a JSON object" },
                { "{'a':1}", "does not have" },
                { "{a:1}", "is not JSON" },
                { "{\"a\":1,}", "is not JSON" },
                { "{\"a\":[1,]}", "is not JSON" },
                { "{\"a\":NaN}", "does not have" },
                { "{\"a\":Infinity}", "does not have" },
                { "{\"a\":TRUE}", "does not have" },
                { "{/* c */}", "does not have" },
                { "{\"a\":1,\"a\":2}", "a field twice" },
                { "{\"a\":1,\"\\u0061\":2}", "a field twice" },
                { "{\"b\":[{\"a\":1,\"a\":1}]}", "a field twice" },
                { "{\"a\":\"\\u0000\"}", "NUL" },
                { "{\"a\\u0000b\":1}", "NUL" },
                { "{\"a\":\"\n\"}", "control character" },
                { "{\"a\":\"\x1f\"}", "control character" },
                { "{\"a\":\"\\x\"}", "is not JSON" },
                { "{\"a\":\"", "within a string" },
                { "{\"a\":\"\\", "within a string" },
                { "{\"a\":\"\\u00\"}", "is not JSON" },
                { "{\"a\" 1}", "is not JSON" },
                { "\xef\xbb\xbf{}", "does not have" },
                { "{\"a\":01}", "a number" },
                { "{\"a\":-01}", "a number" },
                { "{\"a\":00}", "a number" },
                { "{\"a\":-}", "a number" },
                { "{\"a\":1.}", "a number" },
                { "{\"a\":.5}", "does not have" },
                { "{\"a\":+1}", "does not have" },
                { "{\"a\":1e}", "a number" },
                { "{\"a\":1e+}", "a number" },
                { "{\"a\":1 2}", "is not JSON" },
                { "{\"a\":1-2}", "is not JSON" },
        };

        FOREACH_ARRAY (c, cases, ELEMENTSOF(cases))
                assert_refused(c->text, strlen(c->text), c->why);
}

static void test_refuses_nul_bytes(void **state)
{
        assert_refused("{}\0", 3, "does not have");
        assert_refused("{\"a\":\"\0\"}", 9, "control character");
        assert_refused("{\0}", 3, "does not have");
}

static void test_utf8(void **state)
{
        static const char *const bad[] = {
                "\x80",
                "\xbf",
                "\xc3",
                "\xc3(",
                "\xc0\x80", /* overlong */
                "\xc1\xbf",
                "\xe0\x9f\xbf",
                "\xed\xa0\x80",
                "\xed\xbf\xbf", /* surrogates */
                "\xf0\x8f\xbf\xbf",
                "\xf4\x90\x80\x80", /* above U+10FFFF */
                "\xf5\x80\x80\x80",
                "\xff",
                "\xe2\x82",
                "\xf0\x9f\x98",
        };
        static const char *const good[] = { "\xc2\x80",        "\xdf\xbf",     "\xe0\xa0\x80",
                                            "\xed\x9f\xbf",    "\xee\x80\x80", "\xf0\x90\x80\x80",
                                            "\xf4\x8f\xbf\xbf" };
        char text[32];
        size_t n;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                (void) snprintf(text, sizeof(text), "{\"a\":\"%s\"}", bad[i]);
                assert_refused(text, strlen(text), "UTF-8");
        }
        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                (void) snprintf(text, sizeof(text), "{\"a\":\"%s\"}", good[i]);
                assert_null(json_scan(text, strlen(text), &n));
                assert_int_equal(n, 1);
        }
}

/* Copies of their own size, so that a sanitizer sees a read beyond the end. */
static void test_truncated(void **state)
{
        static const char text[] =
                        "{\"a\":\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 \\u00e4\",\"n\":-1.5e+7}";

        for (size_t n = 0; n < sizeof(text) - 1; n++) {
                _cleanup_free_ char *cut = malloc(n + (n == 0));

                memcpy(cut, text, n);
                assert_refused(cut, n, "");
        }
}

/* text must be JSON_CONTAINERS_MAX * 3 + 100 long */
static void make_nested(char *text, size_t depth)
{
        char *p = stpcpy(text, "{\"a\":");

        memset(p, '[', depth);
        p += depth;
        memset(p, ']', depth);
        p += depth;
        (void) stpcpy(p, "}");
}

static void make_many(char *text, size_t n)
{
        char *p = stpcpy(text, "{\"a\":[{}");

        while (--n > 0)
                p = stpcpy(p, ",{}");
        (void) stpcpy(p, "]}");
}

static void assert_accepted(const char *text)
{
        _cleanup_(json_object_putp) struct json_object *document = NULL;
        _cleanup_failure_ Failure f = {};
        JsonPlace place;

        assert_success(read_text(text, strlen(text), &document, &place, &f), &f);
}

static void test_bounds(void **state)
{
        char text[JSON_CONTAINERS_MAX * 3 + 100];

        make_nested(text, JSON_DEPTH_MAX - 1);
        assert_accepted(text);
        make_nested(text, JSON_DEPTH_MAX);
        assert_refused(text, strlen(text), "nested too deeply");
        make_many(text, JSON_CONTAINERS_MAX - 2);
        assert_accepted(text);
        make_many(text, JSON_CONTAINERS_MAX - 1);
        assert_refused(text, strlen(text), "too many objects");
        assert_accepted("{\"a\":[[[[[[[1]]]]]]]}");
}

static void test_getters(void **state)
{
        static const char text[] = "{\"s\":\"xyz\",\"e\":\"\",\"i\":7,\"z\":-1,\"big\":18446744073709551616,"
                                   "\"f\":1.0,\"b\":true,\"o\":{\"n\":1},\"l\":[{},1]}";
        _cleanup_(json_object_putp) struct json_object *document = NULL;
        _cleanup_failure_ Failure f = {};
        struct json_object *array;
        JsonPlace place, inner;
        const char *s = NULL;
        uint64_t i = 0;
        bool b = false;

        assert_success(read_text(text, strlen(text), &document, &place, &f), &f);
        assert_int_equal(json_read_string(&place, "s", true, 3, &s), 1);
        assert_string_equal(s, "xyz");
        assert_failure(json_read_string(&place, "s", true, 2, &s), &f, FAILURE_MANIFEST_INVALID,
                       "The text's field 's' is too long.");
        assert_failure(json_read_string(&place, "e", true, 2, &s), &f, FAILURE_MANIFEST_INVALID,
                       "'e' is empty");
        assert_failure(json_read_string(&place, "i", true, 2, &s), &f, FAILURE_MANIFEST_INVALID,
                       "not a string");
        assert_failure(json_read_string(&place, "no", true, 2, &s), &f, FAILURE_MANIFEST_INVALID,
                       "is missing");
        assert_int_equal(json_read_string(&place, "no", false, 2, &s), 0);
        assert_string_equal(s, "xyz");

        assert_int_equal(json_read_integer(&place, "i", true, 7, &i), 1);
        assert_int_equal(i, 7);
        assert_failure(json_read_integer(&place, "i", true, 6, &i), &f, FAILURE_MANIFEST_INVALID,
                       "out of range");
        assert_failure(json_read_integer(&place, "z", true, 9, &i), &f, FAILURE_MANIFEST_INVALID,
                       "out of range");
        assert_failure(json_read_integer(&place, "big", true, JSON_INTEGER_MAX, &i), &f,
                       FAILURE_MANIFEST_INVALID, "'big'");
        assert_failure(json_read_integer(&place, "f", true, 9, &i), &f, FAILURE_MANIFEST_INVALID,
                       "not an integer");
        assert_int_equal(json_read_bool(&place, "b", true, &b), 1);
        assert_true(b);
        assert_failure(json_read_bool(&place, "i", true, &b), &f, FAILURE_MANIFEST_INVALID, "neither true");

        assert_int_equal(json_read_object(&place, "o", true, &inner), 1);
        assert_int_equal(json_read_integer(&inner, "n", true, 1, &i), 1);
        assert_failure(json_read_string(&inner, "n", true, 1, &s), &f, FAILURE_MANIFEST_INVALID, "'o.n'");
        assert_int_equal(json_read_array(&place, "l", true, 2, &array), 1);
        assert_failure(json_read_array(&place, "l", true, 1, &array), &f, FAILURE_MANIFEST_INVALID,
                       "too many");
        assert_int_equal(json_read_element(&place, "l", array, 0, &inner), 1);
        assert_failure(json_read_bool(&inner, "x", true, &b), &f, FAILURE_MANIFEST_INVALID, "'l[0].x'");
        assert_failure(json_read_element(&place, "l", array, 1, &inner), &f, FAILURE_MANIFEST_INVALID,
                       "'l[1]'");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_accepts),           cmocka_unit_test(test_refuses),
                cmocka_unit_test(test_refuses_nul_bytes), cmocka_unit_test(test_utf8),
                cmocka_unit_test(test_truncated),         cmocka_unit_test(test_bounds),
                cmocka_unit_test(test_getters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
