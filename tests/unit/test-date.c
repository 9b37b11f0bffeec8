/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "date.h"

static void test_parse(void **state)
{
        static const struct {
                const char *text;
                time_t time;
        } cases[] = {
                { "1970-01-01T00:00:00Z", 0 },
                { "1970-01-01", 0 },
                { "2026-11-21T13:14:15Z", 1795266855 },
                { "2026-11-21", 1795219200 },
                { "2024-02-29", 1709164800 },
                { "2038-01-19T03:14:08Z", 2147483648 },
                { "9999-12-31T23:59:59Z", 253402300799 },
        };

        FOREACH_ARRAY (c, cases, ELEMENTSOF(cases)) {
                time_t t = -1;

                assert_int_equal(date_parse(c->text, &t), 0);
                assert_int_equal(t, c->time);
        }
}

static void test_parse_refuses(void **state)
{
        static const char *const bad[] = {
                "",
                "2026",
                "2026-11",
                "2026-11-2",
                "2026-11-211",
                "2026-02-29",
                "2026-13-01",
                "2026-00-10",
                "2026-01-00",
                "2026-04-31",
                "1969-12-31",
                "2026-11-21T13:14:15",
                "2026-11-21T13:14:15z",
                "2026-11-21T13:14:15+01:00",
                "2026-11-21 13:14:15Z",
                "2026-11-21T24:00:00Z",
                "2026-11-21T23:60:00Z",
                "2026-11-21T23:59:60Z",
                "2026-11-21T13:14:15.5Z",
                " 2026-11-21",
                "2026-11-21Z",
                "-026-11-21",
        };
        time_t t = 77;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(date_parse(bad[i], &t), -EINVAL);
        assert_int_equal(t, 77);
}

static void test_format(void **state)
{
        char text[DATE_TEXT_SIZE];

        assert_int_equal(date_format(1795266855, text), 0);
        assert_string_equal(text, "2026-11-21T13:14:15Z");
        assert_int_equal(date_format(0, text), 0);
        assert_string_equal(text, "1970-01-01T00:00:00Z");
        assert_int_equal(date_format(253402300799, text), 0);
        assert_string_equal(text, "9999-12-31T23:59:59Z");
        assert_int_equal(date_format(253402300800, text), -EINVAL);
        assert_int_equal(date_format(-1, text), -EINVAL);
        assert_string_equal(text, "9999-12-31T23:59:59Z");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_parse_refuses),
                cmocka_unit_test(test_format),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
