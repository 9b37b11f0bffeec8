/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "kernel.h"
#include "module-file.h"

#include <elf.h>
#include <sys/stat.h>

#define ID "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\xff"

/* A note with its name and descriptor, both padded; returns where the next one goes. */
static uint8_t *put_note(uint8_t *p, uint32_t type, const char *name, uint32_t name_size,
                         const void *descriptor, uint32_t size)
{
        Elf64_Nhdr header = { name_size, size, type };

        memcpy(p, &header, sizeof(header));
        p += sizeof(header);
        memset(p, 0, (name_size + 3) / 4 * 4 + (size + 3) / 4 * 4);
        memcpy(p, name, name_size);
        p += (name_size + 3) / 4 * 4;
        memcpy(p, descriptor, size);
        return p + (size + 3) / 4 * 4;
}

/* As the kernel has them: notes of others stand before the one that is wanted. */
static size_t make_notes(uint8_t notes[512])
{
        uint8_t *p = notes;

        p = put_note(p, 18, "Xen", 4, "abcde", 5);
        p = put_note(p, NT_GNU_BUILD_ID, "Linux", 6, "12345678901234567890", 20);
        p = put_note(p, 5, "GNU", 4, "", 0);
        p = put_note(p, NT_GNU_BUILD_ID, "GNU", 4, ID, 20);
        p = put_note(p, 256, "Linux", 6, "", 0);
        return (size_t) (p - notes);
}

static void test_find_build_id(void **state)
{
        uint8_t notes[512], id[BUILD_ID_SIZE];

        assert_int_equal(elf_notes_find_build_id(notes, make_notes(notes), id), 0);
        assert_memory_equal(id, ID, BUILD_ID_SIZE);
}

static void test_find_build_id_truncated(void **state)
{
        uint8_t notes[512], id[BUILD_ID_SIZE];
        size_t size = make_notes(notes);
        bool found = false;

        for (size_t n = 0; n < size; n++) {
                _cleanup_free_ uint8_t *cut = malloc(n + (n == 0));
                int r;

                memcpy(cut, notes, n);
                r = elf_notes_find_build_id(cut, n, id);
                /* Once it is there whole it is found, whatever comes behind it. */
                assert_true(r == 0 || r == -EBADMSG || r == -ENOENT);
                assert_true(!found || r == 0);
                found = r == 0;
        }
        assert_true(found);
        assert_int_equal(elf_notes_find_build_id(notes, 0, id), -ENOENT);
}

static void test_find_build_id_refuses(void **state)
{
        static const uint32_t sizes[] = { 0, 8, 16, 19, 21, 32 };
        uint8_t notes[512], id[BUILD_ID_SIZE], *p;
        Elf64_Nhdr huge = { UINT32_MAX, UINT32_MAX, NT_GNU_BUILD_ID };

        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                p = put_note(notes, NT_GNU_BUILD_ID, "GNU", 4, "01234567890123456789012345678901", sizes[i]);
                assert_int_equal(elf_notes_find_build_id(notes, (size_t) (p - notes), id), -EBADMSG);
        }
        memset(notes, 0, sizeof(notes));
        memcpy(notes, &huge, sizeof(huge));
        assert_int_equal(elf_notes_find_build_id(notes, sizeof(notes), id), -EBADMSG);
        huge.n_namesz = 4;
        memcpy(notes, &huge, sizeof(huge));
        assert_int_equal(elf_notes_find_build_id(notes, sizeof(notes), id), -EBADMSG);
}

static void make_sysfs(const char *folder, const void *notes, size_t size)
{
        _cleanup_free_ char *path = NULL;

        assert_true(asprintf(&path, "%s/kernel", folder) > 0);
        assert_int_equal(mkdir(path, 0700), 0);
        test_write(path, "notes", notes, size);
}

static void test_read(void **state)
{
        _cleanup_(kernel_freep) Kernel *k = NULL, *own = NULL;
        _cleanup_failure_ Failure f = {};
        uint8_t notes[512];

        make_sysfs(*state, notes, make_notes(notes));
        assert_success(kernel_read(*state, "6.1.0-99-amd64", &k, &f), &f);
        assert_string_equal(k->release, "6.1.0-99-amd64");
        assert_string_equal(k->build_id_text, "0102030405060708090a0b0c0d0e0f10111213ff");
        assert_memory_equal(k->build_id, ID, BUILD_ID_SIZE);
        assert_success(kernel_read(*state, NULL, &own, &f), &f);
        assert_true(strlen(own->release) > 0);
}

static void test_read_refuses(void **state)
{
        _cleanup_failure_ Failure f = {};
        Kernel *k = NULL;

        assert_failure(kernel_read("/nonexistent", NULL, &k, &f), &f, FAILURE_FAILED,
                       "/nonexistent/kernel/notes");
        make_sysfs(*state, "no notes at all", 15);
        assert_failure(kernel_read(*state, NULL, &k, &f), &f, FAILURE_FAILED, "kernel/notes");
        assert_null(k);
}

static void test_cmdline(void **state)
{
        test_write_text(*state, "cmdline",
                        "BOOT_IMAGE=/vmlinuz ro kpatchd.apply=0\tquiet xkpatchd.apply=1\n");
        assert_true(kernel_cmdline_has(*state, CMDLINE_NO_APPLY));
        assert_true(kernel_cmdline_has(*state, "ro"));
        assert_true(kernel_cmdline_has(*state, "quiet"));
        assert_false(kernel_cmdline_has(*state, "kpatchd.apply"));
        assert_false(kernel_cmdline_has(*state, "kpatchd.apply=1"));
        assert_false(kernel_cmdline_has(*state, "kpatchd.apply=00"));
        assert_false(kernel_cmdline_has(*state, ""));
        assert_false(kernel_cmdline_has("/nonexistent", "ro"));
}

#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, test_folder_setup, test_folder_teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_find_build_id),
                cmocka_unit_test(test_find_build_id_truncated),
                cmocka_unit_test(test_find_build_id_refuses),
                WITH_FOLDER(test_read),
                WITH_FOLDER(test_read_refuses),
                WITH_FOLDER(test_cmdline),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
