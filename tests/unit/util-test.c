/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

int test_folder_setup(void **state)
{
        const char *base = getenv("TMPDIR");
        char *path;

        if (asprintf(&path, "%s/kpatchd-unit-XXXXXX", base ? base : "/tmp") < 0)
                return -1;
        if (!mkdtemp(path)) {
                free(path);
                return -1;
        }
        *state = path;
        return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

int test_folder_teardown(void **state)
{
        int r = nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS);

        free(*state);
        return r;
}

void test_write(const char *folder, const char *name, const void *data, size_t size)
{
        _cleanup_close_ int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, data, size), size);
}

void test_write_text(const char *folder, const char *name, const char *text)
{
        test_write(folder, name, text, strlen(text));
}

void test_assert_failure(int r, Failure *f, FailureKind kind, const char *text, const char *file, int line)
{
        if (r >= 0 || f->kind != kind || !strstr(failure_sentence(f), text))
                print_error("got %d, '%s', for '%s' about '%s'\n", r, failure_sentence(f),
                            failure_bus_name(kind), text);
        _assert_true(r < 0, "failed", file, line);
        _assert_int_equal(f->kind, kind, file, line);
        /* What has no row of its own keeps the errno of its cause. */
        if (kind != FAILURE_FAILED)
                _assert_int_equal((unsigned long) r, (unsigned long) -failure_info(kind)->error, file, line);
        _assert_true(strstr(failure_sentence(f), text) != NULL, text, file, line);
        failure_clear(f);
}

void test_assert_success(int r, const Failure *f, const char *file, int line)
{
        if (r < 0)
                print_error("%s\n", failure_sentence(f));
        _assert_int_equal(r, 0, file, line);
        _assert_int_equal(f->kind, FAILURE_NONE, file, line);
}
