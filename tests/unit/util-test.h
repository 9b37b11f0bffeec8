/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* cmocka needs these before it, in this order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "failure.h"

/* Test functions that need a folder have these as setup and teardown; *state is its path. */
int test_folder_setup(void **state);
int test_folder_teardown(void **state);

/* Writes a file into a folder, creating it. */
void test_write(const char *folder, const char *name, const void *data, size_t size);
void test_write_text(const char *folder, const char *name, const char *text);

/* Asserts that r is a failure of this kind, with a sentence that has text in it, and clears *f. */
#define assert_failure(r, f, kind_, text) test_assert_failure(r, f, kind_, text, __FILE__, __LINE__)
void test_assert_failure(int r, Failure *f, FailureKind kind, const char *text, const char *file, int line);

/* Asserts success, and that nothing was reported. */
#define assert_success(r, f) test_assert_success(r, f, __FILE__, __LINE__)
void test_assert_success(int r, const Failure *f, const char *file, int line);
