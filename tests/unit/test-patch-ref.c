/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "level.h"
#include "patch-ref.h"

static void repeat(char *text, char c, size_t n)
{
        memset(text, c, n);
        text[n] = 0;
}

static void test_id(void **state)
{
        static const char *const good[] = { "a", "0", "CVE-2026-1234", "fix_it.v2", "A-b_c.d" };
        static const char *const bad[] = { "",     ".",   "..",  ".a",  "-a", "_a",       "a/b", "../x",
                                           "a..b", "a b", "a\n", "a=b", "a~", "\xc3\xa4", "a+b", "a/../b" };
        char text[PATCH_ID_MAX + 2];

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_true(patch_id_is_valid(good[i]));
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(patch_id_is_valid(bad[i]));
        repeat(text, 'a', PATCH_ID_MAX);
        assert_true(patch_id_is_valid(text));
        repeat(text, 'a', PATCH_ID_MAX + 1);
        assert_false(patch_id_is_valid(text));
}

static void test_version(void **state)
{
        static const char *const good[] = { "1", "1.0", "1.0~rc1", "2026-11-21", "v1" };
        static const char *const bad[] = { "", "~1", ".1", "1_0", "1..0", "1/0", "1 0", "1=0", "1+2" };
        char text[PATCH_VERSION_MAX + 2];

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_true(patch_version_is_valid(good[i]));
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(patch_version_is_valid(bad[i]));
        repeat(text, '1', PATCH_VERSION_MAX);
        assert_true(patch_version_is_valid(text));
        repeat(text, '1', PATCH_VERSION_MAX + 1);
        assert_false(patch_version_is_valid(text));
}

static void test_parse(void **state)
{
        _cleanup_free_ char *id = NULL, *version = NULL, *id_alone = NULL, *none = (char *) 1;
        _cleanup_failure_ Failure f = {};

        assert_success(patch_ref_parse("fix=1.0", &id, &version, &f), &f);
        assert_string_equal(id, "fix");
        assert_string_equal(version, "1.0");
        assert_success(patch_ref_parse("fix", &id_alone, &none, &f), &f);
        assert_string_equal(id_alone, "fix");
        assert_null(none);
}

static void test_parse_refuses(void **state)
{
        static const char *const bad[] = {
                "", "=", "=1", "a=", "../a", "../a=1", "a=1=2", "a=../1", "a =1"
        };
        char *id = NULL, *version = NULL;
        _cleanup_failure_ Failure f = {};

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_failure(patch_ref_parse(bad[i], &id, &version, &f), &f, FAILURE_INVALID_PATCH_NAME,
                               "cannot be the");
        assert_null(id);
        assert_null(version);
}

static void assert_order(const char *low, const char *high)
{
        assert_true(patch_version_compare(low, high) < 0);
        assert_true(patch_version_compare(high, low) > 0);
        assert_int_equal(patch_version_compare(low, low), 0);
        assert_int_equal(patch_version_compare(high, high), 0);
}

static void test_compare(void **state)
{
        assert_order("1", "2");
        assert_order("9", "10");
        assert_order("1.9", "1.10");
        assert_order("1.0~rc1", "1.0");
        assert_order("1.0~rc1", "1.0~rc2");
        assert_order("1.0", "1.0.1");
        assert_order("1.0", "1.0a");
        assert_order("1.0a", "1.0.1");
        assert_order("99999999999999999999", "100000000000000000000");
        assert_int_equal(patch_version_compare("1.01", "1.1"), 0);
}

static void assert_level_order(const char *low, const char *high)
{
        assert_true(level_is_valid(low) && level_is_valid(high));
        assert_true(level_compare(low, high) < 0);
        assert_true(level_compare(high, low) > 0);
        assert_int_equal(level_compare(low, low), 0);
}

/* Each as `dpkg --compare-versions` has it. */
static void test_levels(void **state)
{
        assert_level_order("6.1.140-1", "6.1.148-1");
        assert_level_order("6.1.9-1", "6.1.10-1");
        assert_level_order("6.1.148-1~bpo11+1", "6.1.148-1");
        assert_level_order("6.1.148-1", "6.1.148-1+deb12u1");
        assert_level_order("6.1.148-9", "6.1.148-10");
        assert_level_order("6.1.148~rc1-2", "6.1.148-1");
        /* the epoch before all, the revision after all, and not part of what stands before it */
        assert_level_order("9.9-9", "1:1.0-1");
        assert_level_order("2:1", "10:1");
        assert_level_order("1.0-1", "1.0-a-1");
        assert_level_order("1.0-99", "1.0.1-1");
        assert_level_order("1.0", "1.0-1");
        assert_level_order("5.14.0-427.13.1.el9_4", "5.14.0-427.20.1.el9_4");
        assert_int_equal(level_compare("1.0", "1.0-0"), 0);
        assert_int_equal(level_compare("0:1.0-1", "1.0-1"), 0);
}

static void test_level_is_valid(void **state)
{
        static const char *const bad[] = { "", "v6.1", "-1", "6.1/1", "6.1 1", "6.1\n", "~1" };
        char longest[LEVEL_MAX + 2] = "";

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(level_is_valid(bad[i]));
        memset(longest, '1', LEVEL_MAX);
        assert_true(level_is_valid(longest));
        longest[LEVEL_MAX] = '1';
        assert_false(level_is_valid(longest));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_id),
                cmocka_unit_test(test_version),
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_parse_refuses),
                cmocka_unit_test(test_compare),
                cmocka_unit_test(test_levels),
                cmocka_unit_test(test_level_is_valid),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
