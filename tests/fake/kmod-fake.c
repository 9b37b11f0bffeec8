/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* A kernel's module loader made of folders, for tests of the daemon on a bus of their own: what sysfs would
 * show is files below $KPATCHD_TEST_ROOT/sys. A test makes it fail, or take its time, by files in
 * $KPATCHD_TEST_ROOT/fake: no-core (kpatch_core is not installed), insert-errno (the errno of the next
 * insert), delay-ms (how long an insert takes). */

#include "cleanup.h"
#include "file.h"
#include "host.h"
#include "module-file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>

/* A path below the test's root, of three parts. */
static void root_path(char path[PATH_MAX], const char *folder, const char *name, const char *rest)
{
        (void) snprintf(path, PATH_MAX, "%s/%s/%s%s", getenv("KPATCHD_TEST_ROOT"), folder, name, rest);
}

static long control_value(const char *name)
{
        _cleanup_free_ char *text = NULL;
        char path[PATH_MAX];

        root_path(path, "fake", name, "");
        return file_read_line(AT_FDCWD, path, &text) < 0 ? 0 : strtol(text, NULL, 10);
}

static int put_file(const char *folder, const char *name, const char *rest, const void *data, size_t size)
{
        char path[PATH_MAX];

        root_path(path, folder, name, rest);
        return file_write_atomic(AT_FDCWD, path, data, size, 0644);
}

static int put_folder(const char *folder, const char *name, const char *rest)
{
        char path[PATH_MAX];
        int fd;

        root_path(path, folder, name, rest);
        fd = dir_create_open(path, 0755);
        close_fd(fd);
        return fd < 0 ? fd : 0;
}

static int find(const char *name)
{
        char path[PATH_MAX];

        root_path(path, "fake", "no-core", "");
        return streq(name, "kpatch_core") && access(path, F_OK) < 0 ? 0 : -ENOENT;
}

static int load(const char *name)
{
        int r = find(name);

        return r < 0 ? r : put_folder("sys/kernel", "kpatch", "");
}

/* The note as sysfs shows it: header, "GNU", the build-id. */
static int put_note(const ModuleFile *m)
{
        uint8_t note[16 + BUILD_ID_SIZE] = {
                4, 0, 0, 0, BUILD_ID_SIZE, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0
        };
        int r;

        memcpy(note + 16, m->build_id, BUILD_ID_SIZE);
        r = put_folder("sys/module", m->name, "/notes");
        return r < 0 ? r : put_file("sys/module", m->name, "/notes/.note.gnu.build-id", note, sizeof(note));
}

static int insert(int fd)
{
        _cleanup_(module_file_freep) ModuleFile *m = NULL;
        _cleanup_free_ char *data = NULL;
        long delay = control_value("delay-ms"), error = control_value("insert-errno");
        struct timespec t = { delay / 1000, delay % 1000 * 1000000 };
        char folder[PATH_MAX];
        size_t size;
        int r;

        nanosleep(&t, NULL);
        if (error != 0)
                return (int) -error;
        r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : file_read_fd(fd, MODULE_SIZE_MAX, &data, &size);
        if (r >= 0)
                r = module_file_parse(data, size, &m, NULL);
        if (r < 0)
                return -ENOEXEC;
        root_path(folder, "sys/module", m->name, "");
        if (access(folder, F_OK) >= 0)
                return -EEXIST;
        r = put_note(m);
        if (r >= 0)
                r = put_folder("sys/kernel/kpatch", m->name, "");
        return r < 0 ? r : put_file("sys/kernel/kpatch", m->name, "/enabled", "1\n", 2);
}

static int remove_module(const char *name)
{
        static const struct {
                const char *folder, *rest;
        } paths[] = {
                { "sys/kernel/kpatch", "/enabled" },
                { "sys/kernel/kpatch", "" },
                { "sys/module", "/notes/.note.gnu.build-id" },
                { "sys/module", "/notes" },
                { "sys/module", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                char path[PATH_MAX];

                root_path(path, paths[i].folder, name, paths[i].rest);
                if (remove(path) < 0)
                        return -errno;
        }
        return 0;
}

extern const KmodOps kmod_fake;
const KmodOps kmod_fake = {
        .find = find,
        .load = load,
        .insert = insert,
        .remove = remove_module,
};
