/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* A kernel's module loader made of folders, for tests of the daemon on a bus of their own: what sysfs would
 * show is files below $KPATCHD_TEST_ROOT/sys. A test makes it fail, or take its time, by files in
 * $KPATCHD_TEST_ROOT/fake: no-core (kpatch_core is not installed), insert-errno (the errno of the next
 * insert), refuse (a module that is refused, and where one follows only while that is in force), delay-ms
 * (how long an insert takes), wait (while it is there, an insert that is made does not come back),
 * stragglers (who is behind: switches begin a transition and do not end it), idle (the next switch is taken
 * and not made; it is removed then), replaces (the livepatch that takes the place of all others). */

#include "cleanup.h"
#include "file.h"
#include "host.h"
#include "module-file.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
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

#define PATCHES     "sys/kernel/kpatch"
#define LIVEPATCHES "sys/kernel/livepatch"

static int put_line(const char *module, const char *file, const char *text)
{
        char line[256];

        (void) snprintf(line, sizeof(line), "%s\n", text);
        return put_file(PATCHES, module, file, line, strlen(line));
}

/* Begins a switch, and ends it where nobody is behind. */
static int put_state(const char *module, bool on)
{
        _cleanup_free_ char *stragglers = NULL;
        char path[PATH_MAX];
        size_t size = 0;
        int r;

        root_path(path, "fake", "idle", "");
        if (unlink(path) == 0)
                on = !on;
        root_path(path, "fake", "stragglers", "");
        if (file_read(AT_FDCWD, path, 4096, &stragglers, &size) < 0)
                size = 0;
        r = put_file(PATCHES, module, "/stragglers", strempty(stragglers), size);
        if (r >= 0)
                r = put_line(module, "/enabled", on ? "1" : "0");
        if (r < 0)
                return r;
        if (size > 0)
                return put_line(module, "/state", on ? "applying" : "reverting");
        return put_line(module, "/state", on ? "applied" : "disabled");
}

/* A patch that replaces takes the place of all others. */
static int supersede(const char *by)
{
        char path[PATH_MAX];
        struct dirent *entry;
        int r = 0;
        DIR *dir;

        root_path(path, PATCHES, "", "");
        dir = opendir(path);
        if (!dir)
                return -errno;
        while (r >= 0 && (entry = readdir(dir))) {
                if (entry->d_name[0] == '.' || entry->d_type != DT_DIR || streq(entry->d_name, by))
                        continue;
                r = put_line(entry->d_name, "/enabled", "0");
                if (r >= 0)
                        r = put_line(entry->d_name, "/state", "superseded");
        }
        closedir(dir);
        return r;
}

static int register_patch(const ModuleFile *m, const char *parameters)
{
        bool strict = streq(parameters, "policy=strict");
        int r;

        r = put_folder(PATCHES, m->name, "");
        if (r >= 0)
                r = put_line(m->name, "/policy", strict ? "strict" : "gradual");
        if (r >= 0)
                r = put_file(PATCHES, m->name, "/force", "", 0);
        if (r >= 0)
                r = put_line(m->name, "/pause_last_us", "41");
        if (r >= 0)
                r = put_line(m->name, "/pause_tasks", "7");
        if (r >= 0 && m->replace)
                r = supersede(m->name);
        return r < 0 ? r : put_state(m->name, true);
}

static int put_livepatch_line(const char *module, const char *file, const char *text)
{
        return put_file(LIVEPATCHES, module, file, text, strlen(text));
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void) st;
        (void) type;
        (void) ftw;
        return remove(path) < 0 ? -errno : 0;
}

static int remove_folder(const char *folder, const char *name)
{
        char path[PATH_MAX];

        root_path(path, folder, name, "");
        return nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT ? 0 : -EIO;
}

/* A livepatch that has got out of force loses its folder. */
static int put_livepatch_state(const char *module, bool on)
{
        char path[PATH_MAX];
        int r;

        root_path(path, "fake", "stragglers", "");
        if (access(path, F_OK) < 0 && !on)
                return remove_folder(LIVEPATCHES, module);
        r = put_livepatch_line(module, "/transition", access(path, F_OK) < 0 ? "0\n" : "1\n");
        return r < 0 ? r : put_livepatch_line(module, "/enabled", on ? "1\n" : "0\n");
}

/* Those that it takes the place of lose their folders, unless tasks hold it up. */
static int supersede_livepatches(const char *by)
{
        _cleanup_free_ char *line = NULL;
        char path[PATH_MAX];
        struct dirent *entry;
        int r = 0;
        DIR *dir;

        root_path(path, "fake", "stragglers", "");
        if (access(path, F_OK) == 0)
                return 0;
        root_path(path, "fake", "replaces", "");
        if (file_read_line(AT_FDCWD, path, &line) < 0 || !streq(line, by))
                return 0;
        root_path(path, LIVEPATCHES, "", "");
        dir = opendir(path);
        if (!dir)
                return -errno;
        while (r >= 0 && (entry = readdir(dir)))
                if (entry->d_name[0] != '.' && !streq(entry->d_name, by))
                        r = remove_folder(LIVEPATCHES, entry->d_name);
        closedir(dir);
        return r;
}

/* One function, whatever the module has. */
static int register_livepatch(const char *module)
{
        int r;

        r = supersede_livepatches(module);
        if (r >= 0)
                r = put_folder(LIVEPATCHES, module, "/vmlinux/cmdline_proc_show,1");
        if (r >= 0)
                r = put_livepatch_line(module, "/force", "");
        return r < 0 ? r : put_livepatch_state(module, true);
}

static bool is_refused(const char *module)
{
        _cleanup_free_ char *line = NULL;
        char path[PATH_MAX], *beside;

        root_path(path, "fake", "refuse", "");
        if (file_read_line(AT_FDCWD, path, &line) < 0)
                return false;
        beside = line;
        if (!streq(strsep(&beside, " "), module))
                return false;
        root_path(path, LIVEPATCHES, strempty(beside), "");
        return !beside || access(path, F_OK) == 0;
}

static void wait_while_told(void)
{
        const struct timespec pause = { .tv_nsec = 10000000 };
        char path[PATH_MAX];

        root_path(path, "fake", "wait", "");
        while (access(path, F_OK) == 0)
                nanosleep(&pause, NULL);
}

static int insert(int fd, const char *parameters)
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
        if (is_refused(m->name))
                return -EINVAL;
        r = put_note(m);
        if (r >= 0)
                r = streq(m->engine, "livepatch") ? register_livepatch(m->name)
                                                  : register_patch(m, parameters);
        wait_while_told();
        return r;
}

/* path ends in MODULE/FILE. */
static int set(const char *path, const char *value)
{
        _cleanup_free_ char *module = NULL;
        const char *file = strrchr(path, '/'), *name;
        int r = 0;

        if (access(path, W_OK) < 0)
                return -errno;
        for (name = file; name[-1] != '/';)
                name--;
        module = strndup(name, (size_t) (file - name));
        if (!module)
                return -ENOMEM;
        if (strstr(path, LIVEPATCHES))
                return streq(file, "/enabled") ? put_livepatch_state(module, streq(value, "1"))
                                               : put_livepatch_line(module, "/transition", "0\n");
        if (streq(file, "/enabled"))
                return put_state(module, streq(value, "1"));
        if (streq(file, "/policy"))
                return put_line(module, file, value);
        if (streq(file, "/force")) {
                _cleanup_free_ char *enabled = NULL;
                char of[PATH_MAX];

                root_path(of, PATCHES, module, "/enabled");
                r = file_read_line(AT_FDCWD, of, &enabled);
                if (r >= 0)
                        r = put_line(module, "/state", streq(enabled, "1") ? "applied" : "disabled");
        }
        return r;
}

static bool is_in_use(const char *name)
{
        _cleanup_free_ char *state = NULL;
        char path[PATH_MAX];

        root_path(path, LIVEPATCHES, name, "");
        if (access(path, F_OK) == 0)
                return true;
        root_path(path, PATCHES, name, "");
        if (access(path, F_OK) < 0)
                return false;
        root_path(path, PATCHES, name, "/state");
        return file_read_line(AT_FDCWD, path, &state) < 0 ||
               !(streq(state, "disabled") || streq(state, "superseded"));
}

static int remove_module(const char *name)
{
        char path[PATH_MAX];
        int r;

        root_path(path, "sys/module", name, "");
        if (access(path, F_OK) < 0)
                return -errno;
        if (is_in_use(name))
                return -EAGAIN;
        r = remove_folder(PATCHES, name);
        return r < 0 ? r : remove_folder("sys/module", name);
}

extern const KmodOps kmod_fake;
const KmodOps kmod_fake = {
        .find = find,
        .load = load,
        .insert = insert,
        .remove = remove_module,
        .set = set,
};
