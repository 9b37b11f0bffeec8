/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "history.h"

#include "cleanup.h"
#include "file.h"
#include "log.h"
#include "mark.h"
#include "state-file.h"
#include "text.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define FOLDER        "history"
#define FILE_NAME     "history.jsonl"
#define TAIL_MAX      (1024 * 1024)
#define LINE_MAX_SIZE 8192
#define FILES_MAX     100

DEFINE_CLEANUP(JsonObject *, json_object_put);

static void file_name(char name[NAME_MAX + 1], uint64_t age)
{
        if (age == 0)
                (void) snprintf(name, NAME_MAX + 1, FILE_NAME);
        else
                (void) snprintf(name, NAME_MAX + 1, FILE_NAME ".%llu", (unsigned long long) age);
}

static int format_line(const HistoryEvent *e, char **ret)
{
        _cleanup_(json_object_putp) JsonObject *o = json_object_new_object();
        const char *text;

        if (!o || json_object_object_add(o, "time", json_object_new_uint64((uint64_t) time(NULL))) < 0 ||
            json_object_object_add(o, "kind", json_object_new_string(e->kind)) < 0 ||
            json_object_object_add(o, "patch", json_object_new_string(strempty(e->patch))) < 0 ||
            json_object_object_add(o, "result", json_object_new_string(e->result)) < 0 ||
            json_object_object_add(o, "message", json_object_new_string(strempty(e->message))) < 0 ||
            json_object_object_add(o, "uid",
                                   json_object_new_int64(e->uid == (uid_t) -1 ? -1 : (int64_t) e->uid)) <
                            0 ||
            json_object_object_add(o, "comm", json_object_new_string(strempty(e->comm))) < 0 ||
            json_object_object_add(o, "duration_us", json_object_new_uint64(e->duration)) < 0 ||
            json_object_object_add(o, "generation", json_object_new_uint64(e->generation)) < 0 ||
            json_object_object_add(o, "recorded", json_object_new_boolean(e->recorded)) < 0)
                return -ENOMEM;
        text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
        *ret = text ? text_format("%s\n", text) : NULL;
        if (!*ret)
                return -ENOMEM;
        return 0;
}

/* Opens the file and locks it; somebody may have rotated it in between. */
static int open_locked(int folder_fd, int *ret_fd)
{
        for (;;) {
                _cleanup_close_ int fd = openat(folder_fd, FILE_NAME,
                                                O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
                struct stat ours, present;

                if (fd < 0)
                        return -errno;
                while (flock(fd, LOCK_EX) < 0)
                        if (errno != EINTR)
                                return -errno;
                if (fstat(fd, &ours) < 0)
                        return -errno;
                if (fstatat(folder_fd, FILE_NAME, &present, AT_SYMLINK_NOFOLLOW) < 0 ||
                    present.st_ino != ours.st_ino)
                        continue;
                *ret_fd = TAKE_FD(fd);
                return 0;
        }
}

/* The oldest goes, and each other one is a file older. What a crash in between leaves is a gap, no loss. */
static int rotate(int folder_fd, uint64_t files)
{
        char from[NAME_MAX + 1], to[NAME_MAX + 1];

        if (files == 0)
                return unlinkat(folder_fd, FILE_NAME, 0) < 0 ? -errno : 0;
        for (uint64_t age = files; age > 0; age--) {
                file_name(from, age - 1);
                file_name(to, age);
                if (renameat(folder_fd, from, folder_fd, to) < 0 && errno != ENOENT)
                        return -errno;
        }
        return fsync(folder_fd) < 0 ? -errno : 0;
}

/* A line that a crash has cut off is ended, so that the next one stands alone. */
static int append_line(int fd, const char *line)
{
        off_t size = lseek(fd, 0, SEEK_END);
        char last = '\n';
        int r;

        if (size < 0 || (size > 0 && pread(fd, &last, 1, size - 1) < 0))
                return -errno;
        r = last == '\n' ? 0 : write_all(fd, "\n", 1);
        if (r >= 0)
                r = write_all(fd, line, strlen(line));
        if (r >= 0 && fdatasync(fd) < 0)
                r = -errno;
        return r;
}

static int open_own(const char *folder, int folder_fd, int *ret_fd)
{
        _cleanup_free_ char *path = NULL;
        int r;

        r = open_locked(folder_fd, ret_fd);
        if (r != -EISDIR)
                return r;
        path = text_format("%s/" FILE_NAME, folder);
        if (!path)
                return -ENOMEM;
        state_set_aside(path);
        return open_locked(folder_fd, ret_fd);
}

static int append(const char *state_dir, const Config *config, const HistoryEvent *e)
{
        _cleanup_close_ int folder_fd = -EBADF, fd = -EBADF;
        _cleanup_free_ char *folder = NULL, *line = NULL;
        struct stat st;
        int r;

        r = format_line(e, &line);
        if (r < 0)
                return r;
        folder = text_format("%s/" FOLDER, state_dir);
        if (!folder)
                return -ENOMEM;
        folder_fd = state_create_folder(folder);
        if (folder_fd < 0)
                return folder_fd;
        r = open_own(folder, folder_fd, &fd);
        if (r < 0)
                return r;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_size > 0 && (uint64_t) st.st_size + strlen(line) > config->history_kib_max * 1024) {
                r = rotate(folder_fd, config->history_files);
                if (r < 0)
                        return r;
                fd = close_fd(fd);
                r = open_locked(folder_fd, &fd);
                if (r < 0)
                        return r;
                st.st_size = 0;
        }
        r = append_line(fd, line);
        /* The first line made the file. */
        if (r >= 0 && st.st_size == 0 && fsync(folder_fd) < 0)
                r = -errno;
        return r;
}

void history_append(const char *state_dir, const Config *config, const HistoryEvent *e)
{
        int r = append(state_dir, config, e);

        if (r < 0)
                log_warning("Cannot write to the history: %s", strerror(-r));
}

/* Parses one line and shows it. Returns what visit returns, or 1 for a line that is none. */
static int visit_line(char *line, HistoryVisit visit, void *userdata)
{
        _cleanup_(json_object_putp) JsonObject *o = NULL;
        HistoryEvent e;
        JsonObject *uid, *recorded;

        text_sanitize(line);
        o = json_tokener_parse(line);
        if (!o || !json_object_is_type(o, json_type_object))
                return 1;
        e = (HistoryEvent){
                .time = mark_get_number(o, "time"),
                .kind = mark_get_text(o, "kind"),
                .patch = mark_get_text(o, "patch"),
                .result = mark_get_text(o, "result"),
                .message = mark_get_text(o, "message"),
                .uid = (uid_t) -1,
                .comm = mark_get_text(o, "comm"),
                .duration = mark_get_number(o, "duration_us"),
                .generation = mark_get_number(o, "generation"),
        };
        if (json_object_object_get_ex(o, "uid", &uid) && json_object_get_int64(uid) >= 0)
                e.uid = (uid_t) json_object_get_int64(uid);
        e.recorded = json_object_object_get_ex(o, "recorded", &recorded) &&
                     json_object_get_boolean(recorded);
        return visit(&e, userdata);
}

static int read_tail(int folder_fd, const char *name, char **ret)
{
        _cleanup_close_ int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        _cleanup_free_ char *text = NULL;
        off_t size;
        ssize_t n;

        if (fd < 0)
                return -errno;
        size = lseek(fd, 0, SEEK_END);
        if (size < 0)
                return -errno;
        text = calloc(1, TAIL_MAX + 1);
        if (!text)
                return -ENOMEM;
        n = pread(fd, text, TAIL_MAX, size > TAIL_MAX ? size - TAIL_MAX : 0);
        if (n < 0)
                return -errno;
        /* What a power cut left of a block that was never written. */
        for (ssize_t i = 0; i < n; i++)
                if (text[i] == 0)
                        text[i] = '?';
        *ret = TAKE_PTR(text);
        return 0;
}

static int visit_file(int folder_fd, const char *name, HistoryVisit visit, void *userdata)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = read_tail(folder_fd, name, &text);
        if (r < 0)
                return r;
        for (;;) {
                char *newline = strrchr(text, '\n'), *line = newline ? newline + 1 : text;

                if (line[0] && strlen(line) < LINE_MAX_SIZE) {
                        r = visit_line(line, visit, userdata);
                        if (r <= 0)
                                return r;
                }
                if (!newline)
                        return 1;
                *newline = 0;
        }
}

int history_visit(const char *state_dir, HistoryVisit visit, void *userdata)
{
        _cleanup_close_ int folder_fd = -EBADF;
        _cleanup_free_ char *folder = NULL;

        folder = text_format("%s/" FOLDER, state_dir);
        if (!folder)
                return -ENOMEM;
        folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder_fd < 0)
                return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
        for (uint64_t age = 0; age <= FILES_MAX; age++) {
                char name[NAME_MAX + 1];
                int r;

                file_name(name, age);
                r = visit_file(folder_fd, name, visit, userdata);
                if (r == 0 || (r < 0 && r != -ENOENT && !state_is_damage(r)))
                        return r;
        }
        return 0;
}
