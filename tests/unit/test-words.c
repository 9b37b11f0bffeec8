/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "nearest.h"
#include "patch-state.h"
#include "strv.h"

static void test_strv(void **state)
{
        _cleanup_strv_free_ char **strv = NULL;

        assert_int_equal(strv_length(NULL), 0);
        assert_false(strv_contains(NULL, "a"));
        strv_sort(NULL);
        assert_null(strv_free(NULL));
        assert_int_equal(strv_append(&strv, "b"), 0);
        assert_int_equal(strv_append(&strv, "c"), 0);
        assert_int_equal(strv_append(&strv, "a"), 0);
        assert_int_equal(strv_length(strv), 3);
        assert_true(strv_contains(strv, "c"));
        assert_false(strv_contains(strv, "d"));
        strv_sort(strv);
        assert_string_equal(strv[0], "a");
        assert_string_equal(strv[1], "b");
        assert_string_equal(strv[2], "c");
        assert_null(strv[3]);
}

static const char *const words[] = { "apply", NULL, "rollback", "list", "", "status", "info", "lint" };

static const char *nearest(const char *word)
{
        return nearest_find(word, words, ELEMENTSOF(words));
}

static void test_nearest(void **state)
{
        assert_string_equal(nearest("apply"), "apply");
        assert_string_equal(nearest("aply"), "apply");       /* dropped */
        assert_string_equal(nearest("applyy"), "apply");     /* added */
        assert_string_equal(nearest("appky"), "apply");      /* changed */
        assert_string_equal(nearest("lsit"), "list");        /* swapped */
        assert_string_equal(nearest("rolbakc"), "rollback"); /* two of seven */
        assert_string_equal(nearest("sttaus"), "status");
}

static void test_nearest_finds_none(void **state)
{
        char longest[200];

        assert_null(nearest(""));
        assert_null(nearest("x"));
        assert_null(nearest("aplz"));
        assert_null(nearest("nothing-like-it"));
        assert_null(nearest_find("apply", NULL, 0));
        memset(longest, 'a', sizeof(longest) - 1);
        longest[sizeof(longest) - 1] = 0;
        assert_null(nearest(longest));
}

/* Of equally near ones the first; a nearer one wins wherever it stands. */
static void test_nearest_of_several(void **state)
{
        assert_string_equal(nearest("lit"), "list");
        assert_string_equal(nearest("lin"), "lint");
        assert_string_equal(nearest("lint"), "lint");
}

static void test_states_have_names(void **state)
{
        for (PatchState a = 0; a < _PATCH_STATE_MAX; a++) {
                assert_non_null(patch_state_to_string(a));
                for (PatchState b = a + 1; b < _PATCH_STATE_MAX; b++)
                        assert_string_not_equal(patch_state_to_string(a), patch_state_to_string(b));
        }
        assert_string_equal(patch_state_to_string(PATCH_STATE_APPLIED), "applied");
        assert_string_equal(patch_state_to_string(_PATCH_STATE_MAX), "unknown");
}

/* A patch that is in force does not leave the kernel without being reverted first, and none gets in without
 * being applied. */
static void test_state_moves(void **state)
{
        assert_true(patch_state_may_become(PATCH_STATE_STORED, PATCH_STATE_APPLYING));
        assert_true(patch_state_may_become(PATCH_STATE_APPLYING, PATCH_STATE_APPLIED));
        assert_true(patch_state_may_become(PATCH_STATE_APPLIED, PATCH_STATE_REVERTING));
        assert_true(patch_state_may_become(PATCH_STATE_REVERTING, PATCH_STATE_STORED));
        assert_false(patch_state_may_become(PATCH_STATE_APPLIED, PATCH_STATE_STORED));
        assert_false(patch_state_may_become(PATCH_STATE_APPLIED, PATCH_STATE_WITHDRAWN));
        assert_false(patch_state_may_become(PATCH_STATE_STORED, PATCH_STATE_APPLIED));
        assert_false(patch_state_may_become(PATCH_STATE_AVAILABLE, PATCH_STATE_APPLIED));
        assert_false(patch_state_may_become(PATCH_STATE_STORED, _PATCH_STATE_MAX));
        assert_false(patch_state_may_become(_PATCH_STATE_MAX, PATCH_STATE_STORED));
        for (PatchState a = 0; a < _PATCH_STATE_MAX; a++)
                assert_true(patch_state_may_become(a, a));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_strv),
                cmocka_unit_test(test_nearest),
                cmocka_unit_test(test_nearest_finds_none),
                cmocka_unit_test(test_nearest_of_several),
                cmocka_unit_test(test_states_have_names),
                cmocka_unit_test(test_state_moves),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
