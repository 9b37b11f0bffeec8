/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "file-owned.h"
#include "file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define GOOD "/a/b/file.ko"

/* GOOD, as it should be. */
static int make(void **state)
{
        int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(mkdirat(fd, "a", 0755), 0);
        assert_int_equal(mkdirat(fd, "a/b", 0750), 0);
        test_write_text(*state, "a/b/file.ko", "module");
        assert_int_equal(fchmodat(fd, "a/b/file.ko", 0644, 0), 0);
        return fd;
}

static void refused(int root, const char *path, int error, const char *bad)
{
        size_t n = 0;

        assert_int_equal(file_open_owned(root, path, geteuid(), &n), error);
        assert_int_equal(file_open_owned(root, path, geteuid(), NULL), error);
        assert_true(n <= strlen(path) + 1);
        if (bad) {
                assert_int_equal(n, strlen(bad));
                assert_memory_equal(path, bad, n);
        }
}

static void test_what_is_owned(void **state)
{
        _cleanup_close_ int root = make(state), fd = file_open_owned(root, GOOD, geteuid(), NULL);
        _cleanup_free_ char *data = NULL;
        size_t size;

        assert_true(fd >= 0);
        assert_int_equal(file_read_fd(fd, 100, &data, &size), 0);
        assert_string_equal(data, "module");
}

static void test_of_another_owner(void **state)
{
        _cleanup_close_ int root = make(state);
        size_t n;

        assert_int_equal(file_open_owned(root, GOOD, geteuid() + 1, &n), -EPERM);
        assert_int_equal(n, 1);
}

static void test_writable_by_others(void **state)
{
        static const struct {
                const char *name;
                mode_t mode, usual;
        } table[] = {
                { ".", 0770, 0700 },           { ".", 0702, 0700 },           { "a", 0775, 0755 },
                { "a", 01777, 0755 },          { "a/b", 0720, 0750 },         { "a/b", 0702, 0750 },
                { "a/b/file.ko", 0664, 0644 }, { "a/b/file.ko", 0602, 0644 },
        };
        _cleanup_close_ int root = make(state);

        FOREACH_ARRAY (row, table, ELEMENTSOF(table)) {
                _cleanup_close_ int fd = -EBADF;
                char bad[64];

                snprintf(bad, sizeof(bad), "/%s", streq(row->name, ".") ? "" : row->name);
                assert_int_equal(fchmodat(root, row->name, row->mode, 0), 0);
                refused(root, GOOD, -EACCES, bad);
                assert_int_equal(fchmodat(root, row->name, row->usual, 0), 0);
                fd = file_open_owned(root, GOOD, geteuid(), NULL);
                assert_true(fd >= 0);
        }
}

static void test_links(void **state)
{
        _cleanup_close_ int root = make(state);

        assert_int_equal(symlinkat("file.ko", root, "a/b/link.ko"), 0);
        assert_int_equal(symlinkat("b", root, "a/link"), 0);
        assert_int_equal(symlinkat("/dev/null", root, "a/null"), 0);
        refused(root, "/a/b/link.ko", -ELOOP, "/a/b/link.ko");
        refused(root, "/a/link/file.ko", -ELOOP, "/a/link");
        refused(root, "/a/null", -ELOOP, "/a/null");
}

static void test_paths(void **state)
{
        static const char *const wrong[] = {
                "",
                "/",
                "a/b/file.ko",
                "//a/b/file.ko",
                "/a//b/file.ko",
                "/a/b/file.ko/",
                "/a/./b/file.ko",
                "/a/../a/b/file.ko",
                "/..",
                "/a/b",
                "/a/b/.",
                "/a/b/..",
        };
        _cleanup_close_ int root = make(state);
        char name[NAME_MAX + 3] = "/";

        FOREACH_ARRAY (path, wrong, ELEMENTSOF(wrong)) {
                size_t n;
                int r = file_open_owned(root, *path, geteuid(), &n);

                /* Of "file.ko/" it is told that it is no folder. */
                assert_true(r == -EINVAL || r == -ENOTDIR);
        }
        refused(root, "/a/none.ko", -ENOENT, "/a/none.ko");
        refused(root, "/none/file.ko", -ENOENT, "/none");
        refused(root, "/a/b/file.ko/x", -ENOTDIR, "/a/b/file.ko");
        memset(name + 1, 'x', NAME_MAX + 1);
        refused(root, name, -EINVAL, NULL);
}

static void test_odd_files(void **state)
{
        _cleanup_close_ int root = make(state);

        assert_int_equal(mkfifoat(root, "a/fifo", 0600), 0);
        refused(root, "/a/fifo", -EINVAL, "/a/fifo");
        refused(root, "/a/b", -EINVAL, "/a/b");
}

#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, test_folder_setup, test_folder_teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                WITH_FOLDER(test_what_is_owned),
                WITH_FOLDER(test_of_another_owner),
                WITH_FOLDER(test_writable_by_others),
                WITH_FOLDER(test_links),
                WITH_FOLDER(test_paths),
                WITH_FOLDER(test_odd_files),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
