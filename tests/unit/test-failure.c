/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

static void test_every_row_is_filled(void **state)
{
        for (FailureKind kind = FAILURE_FAILED; kind < _FAILURE_MAX; kind++) {
                const FailureInfo *info = failure_info(kind);

                assert_int_equal(info->kind, kind);
                assert_non_null(info->bus_name);
                assert_int_equal(strncmp(info->bus_name, "org.kpatchd1.Error.", 19), 0);
                assert_true(strlen(info->bus_name) > 19);
                assert_true(info->error > 0);
                assert_in_range(info->exit_code, 1, 125);
                assert_non_null(info->sentence);
                assert_int_equal(info->sentence[strlen(info->sentence) - 1], '.');
        }
}

/* A person and a script tell failures apart by these, so that none stands for two. */
static void test_names_and_exit_codes_are_unique(void **state)
{
        for (FailureKind a = FAILURE_FAILED; a < _FAILURE_MAX; a++)
                for (FailureKind b = a + 1; b < _FAILURE_MAX; b++) {
                        assert_string_not_equal(failure_info(a)->bus_name, failure_info(b)->bus_name);
                        assert_string_not_equal(failure_info(a)->sentence, failure_info(b)->sentence);
                        assert_int_not_equal(failure_info(a)->exit_code, failure_info(b)->exit_code);
                }
}

static void test_by_name(void **state)
{
        for (FailureKind kind = FAILURE_FAILED; kind < _FAILURE_MAX; kind++) {
                assert_int_equal(failure_from_name(failure_bus_name(kind)), kind);
                assert_int_equal(failure_from_name(failure_bus_name(kind) + strlen("org.kpatchd1.Error.")),
                                 kind);
        }
        assert_int_equal(failure_from_name("org.freedesktop.DBus.Error.NoReply"), FAILURE_FAILED);
        assert_int_equal(failure_from_name("org.kpatchd1.Error.None"), FAILURE_FAILED);
        assert_int_equal(failure_from_name(""), FAILURE_FAILED);
}

static void test_out_of_range(void **state)
{
        assert_int_equal(failure_info(FAILURE_NONE)->kind, FAILURE_FAILED);
        assert_int_equal(failure_info(_FAILURE_MAX)->kind, FAILURE_FAILED);
        assert_int_equal(failure_info((FailureKind) -1)->kind, FAILURE_FAILED);
}

static void test_set(void **state)
{
        _cleanup_failure_ Failure f = {};

        assert_int_equal(failure_set(&f, FAILURE_NO_SUCH_PATCH, "No patch '%s'.", "x"), -ENOENT);
        assert_int_equal(f.kind, FAILURE_NO_SUCH_PATCH);
        assert_string_equal(failure_sentence(&f), "No patch 'x'.");
        assert_int_equal(failure_set(NULL, FAILURE_NO_SUCH_PATCH, "unheard"), -ENOENT);
}

static void test_set_errno(void **state)
{
        static const struct {
                int error;
                FailureKind kind;
        } cases[] = {
                { ENOMEM, FAILURE_NO_MEMORY }, { ENOSPC, FAILURE_NO_SPACE }, { EDQUOT, FAILURE_NO_SPACE },
                { EROFS, FAILURE_READ_ONLY },  { EFBIG, FAILURE_TOO_LARGE }, { EIO, FAILURE_FAILED },
        };

        FOREACH_ARRAY (c, cases, ELEMENTSOF(cases)) {
                _cleanup_failure_ Failure f = {};

                assert_int_equal(failure_set_errno(&f, -c->error, "Cannot %s", "write"), -c->error);
                assert_int_equal(f.kind, c->kind);
                assert_int_equal(strncmp(failure_sentence(&f), "Cannot write: ", 14), 0);
                assert_non_null(strstr(failure_sentence(&f), strerror(c->error)));
        }
}

/* The first cause is the one that counts. */
static void test_set_errno_keeps_the_first(void **state)
{
        _cleanup_failure_ Failure f = {};

        failure_set(&f, FAILURE_BUSY, "first");
        assert_int_equal(failure_set_errno(&f, -EIO, "second"), -EIO);
        assert_int_equal(f.kind, FAILURE_BUSY);
        assert_string_equal(failure_sentence(&f), "first");
        assert_int_equal(failure_set_errno(NULL, -EIO, "unheard"), -EIO);
}

static void test_clear(void **state)
{
        Failure f = {};

        failure_clear(&f);
        failure_set(&f, FAILURE_BUSY, "x");
        failure_clear(&f);
        assert_int_equal(f.kind, FAILURE_NONE);
        assert_null(f.sentence);
}

/* What is said when there is no memory for a better sentence. */
static void test_general_sentence(void **state)
{
        Failure f = { .kind = FAILURE_NO_SPACE };

        assert_string_equal(failure_sentence(&f), failure_info(FAILURE_NO_SPACE)->sentence);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_row_is_filled),
                cmocka_unit_test(test_names_and_exit_codes_are_unique),
                cmocka_unit_test(test_by_name),
                cmocka_unit_test(test_out_of_range),
                cmocka_unit_test(test_set),
                cmocka_unit_test(test_set_errno),
                cmocka_unit_test(test_set_errno_keeps_the_first),
                cmocka_unit_test(test_clear),
                cmocka_unit_test(test_general_sentence),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
