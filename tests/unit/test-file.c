/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "file.h"

#include <fcntl.h>
#include <sys/stat.h>

static int open_folder(void **state)
{
        int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

static void test_read_whole(void **state)
{
        _cleanup_close_ int dir = open_folder(state);
        _cleanup_free_ char *data = NULL;
        size_t size;

        test_write(*state, "f", "a\0b", 3);
        assert_int_equal(file_read(dir, "f", 100, &data, &size), 0);
        assert_int_equal(size, 3);
        assert_memory_equal(data, "a\0b\0", 4);
}

static void test_read_bound(void **state)
{
        _cleanup_close_ int dir = open_folder(state);
        _cleanup_free_ char *exact = NULL;
        char *data = (char *) "untouched";
        size_t size = 77;

        test_write_text(*state, "f", "12345");
        assert_int_equal(file_read(dir, "f", 5, &exact, &size), 0);
        assert_int_equal(size, 5);
        assert_int_equal(file_read(dir, "f", 4, &data, &size), -EFBIG);
        assert_string_equal(data, "untouched");
        assert_int_equal(size, 5);
}

static void test_read_large(void **state)
{
        _cleanup_close_ int dir = open_folder(state);
        _cleanup_free_ char *data = NULL, *large = malloc(100000);
        size_t size;

        for (size_t i = 0; i < 100000; i++)
                large[i] = (char) (i * 7);
        test_write(*state, "f", large, 100000);
        assert_int_equal(file_read(dir, "f", 100000, &data, &size), 0);
        assert_int_equal(size, 100000);
        assert_memory_equal(data, large, size);
        assert_int_equal(file_read(dir, "f", 99999, &data, &size), -EFBIG);
}

static void test_read_odd_files(void **state)
{
        _cleanup_close_ int dir = open_folder(state);
        char *data;

        test_write_text(*state, "target", "x");
        assert_int_equal(symlinkat("target", dir, "link"), 0);
        assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
        assert_int_equal(mkdirat(dir, "folder", 0700), 0);
        assert_int_equal(file_read(dir, "link", 10, &data, NULL), -ELOOP);
        assert_int_equal(file_read(dir, "fifo", 10, &data, NULL), -EINVAL);
        assert_int_equal(file_read(dir, "folder", 10, &data, NULL), -EISDIR);
        assert_int_equal(file_read(dir, "absent", 10, &data, NULL), -ENOENT);
}

static void test_read_line(void **state)
{
        _cleanup_close_ int dir = open_folder(state);
        _cleanup_free_ char *line = NULL, *empty = NULL;

        test_write_text(*state, "f", " 1 \t\n\n");
        test_write_text(*state, "empty", "\n");
        assert_int_equal(file_read_line(dir, "f", &line), 0);
        assert_string_equal(line, " 1");
        assert_int_equal(file_read_line(dir, "empty", &empty), 0);
        assert_string_equal(empty, "");
}

static void assert_file(int dir, const char *name, const char *text)
{
        _cleanup_free_ char *data = NULL;
        size_t size;

        assert_int_equal(file_read(dir, name, 1000, &data, &size), 0);
        assert_int_equal(size, strlen(text));
        assert_string_equal(data, text);
}

static void test_write_atomic(void **state)
{
        _cleanup_close_ int dir = open_folder(state);
        struct stat st;

        assert_int_equal(file_write_atomic(dir, "f", "one", 3, 0640), 0);
        assert_file(dir, "f", "one");
        assert_int_equal(file_write_atomic(dir, "f", "two!", 4, 0640), 0);
        assert_file(dir, "f", "two!");
        assert_int_equal(fstatat(dir, "f", &st, 0), 0);
        assert_int_equal(st.st_mode & 0777, 0640);
        assert_int_equal(faccessat(dir, ".f.tmp", F_OK, 0), -1);
}

/* What it does not do, no test can see. */
static void test_write_unsynced(void **state)
{
        _cleanup_close_ int dir = open_folder(state);

        assert_int_equal(file_write_unsynced(dir, "f", "one", 3, 0640), 0);
        assert_int_equal(file_write_unsynced(dir, "f", "two!", 4, 0640), 0);
        assert_file(dir, "f", "two!");
        assert_int_equal(faccessat(dir, ".f.tmp", F_OK, 0), -1);
}

/* What a crash in the middle of a write left behind is no hindrance. */
static void test_write_atomic_after_crash(void **state)
{
        _cleanup_close_ int dir = open_folder(state);

        test_write_text(*state, ".f.tmp", "half of a longer text");
        assert_int_equal(file_write_atomic(dir, "f", "whole", 5, 0644), 0);
        assert_file(dir, "f", "whole");
}

static void test_write_atomic_failure(void **state)
{
        _cleanup_close_ int dir = open_folder(state);
        char name[300];

        memset(name, 'n', 299);
        name[299] = 0;
        assert_int_equal(file_write_atomic(dir, name, "x", 1, 0644), -ENAMETOOLONG);
        assert_int_equal(file_write_atomic(dir, "absent/f", "x", 1, 0644), -ENOENT);
        /* A folder cannot be replaced by a file; it stays, the temporary does not. */
        assert_int_equal(mkdirat(dir, "f", 0700), 0);
        assert_int_equal(file_write_atomic(dir, "f", "x", 1, 0644), -EISDIR);
        assert_int_equal(faccessat(dir, ".f.tmp", F_OK, 0), -1);
        assert_int_equal(faccessat(dir, "f", F_OK, 0), 0);
}

static void test_write_attribute(void **state)
{
        _cleanup_close_ int dir = open_folder(state);

        test_write_text(*state, "enabled", "?");
        assert_int_equal(file_write_attribute(dir, "enabled", "1"), 0);
        assert_file(dir, "enabled", "1");
        assert_int_equal(file_write_attribute(dir, "absent", "1"), -ENOENT);
        assert_int_equal(faccessat(dir, "absent", F_OK, 0), -1);
}

static void test_write_attribute_error(void **state)
{
        if (access("/dev/full", W_OK) < 0)
                skip();
        assert_int_equal(file_write_attribute(AT_FDCWD, "/dev/full", "1"), -ENOSPC);
}

static void test_remove(void **state)
{
        _cleanup_close_ int dir = open_folder(state);

        test_write_text(*state, "f", "x");
        assert_int_equal(file_remove(dir, "f"), 0);
        assert_int_equal(faccessat(dir, "f", F_OK, 0), -1);
        assert_int_equal(file_remove(dir, "f"), -ENOENT);
}

static void test_dir_create(void **state)
{
        _cleanup_close_ int fd = -EBADF, again = -EBADF;
        _cleanup_free_ char *path = NULL;
        struct stat a, b;

        assert_true(asprintf(&path, "%s/x/y//z", (char *) *state) > 0);
        fd = dir_create_open(path, 0700);
        assert_true(fd >= 0);
        again = dir_create_open(path, 0700);
        assert_true(again >= 0);
        assert_int_equal(fstat(fd, &a), 0);
        assert_int_equal(fstat(again, &b), 0);
        assert_int_equal(a.st_ino, b.st_ino);
        assert_int_equal(a.st_mode & 0777, 0700);
}

static void test_dir_create_failure(void **state)
{
        _cleanup_free_ char *path = NULL;

        test_write_text(*state, "file", "x");
        assert_true(asprintf(&path, "%s/file/y", (char *) *state) > 0);
        assert_int_equal(dir_create_open(path, 0700), -ENOTDIR);
}

static void test_write_all_error(void **state)
{
        _cleanup_close_ int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

        if (fd < 0)
                skip();
        assert_int_equal(write_all(fd, "x", 1), -ENOSPC);
        assert_int_equal(write_all(-1, "x", 1), -EBADF);
        assert_int_equal(write_all(-1, "", 0), 0);
}

#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, test_folder_setup, test_folder_teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                WITH_FOLDER(test_read_whole),
                WITH_FOLDER(test_read_bound),
                WITH_FOLDER(test_read_large),
                WITH_FOLDER(test_read_odd_files),
                WITH_FOLDER(test_read_line),
                WITH_FOLDER(test_write_atomic),
                WITH_FOLDER(test_write_unsynced),
                WITH_FOLDER(test_write_atomic_after_crash),
                WITH_FOLDER(test_write_atomic_failure),
                WITH_FOLDER(test_write_attribute),
                cmocka_unit_test(test_write_attribute_error),
                WITH_FOLDER(test_remove),
                WITH_FOLDER(test_dir_create),
                WITH_FOLDER(test_dir_create_failure),
                cmocka_unit_test(test_write_all_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
