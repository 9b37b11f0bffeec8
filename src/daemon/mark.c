/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "mark.h"

#include "cleanup.h"
#include "date.h"
#include "file.h"
#include "log.h"
#include "state-file.h"
#include "strv.h"
#include "text.h"

#include <fcntl.h>
#include <sys/stat.h>

#define FILE_SIZE_MAX (16U * 1024)
#define SUFFIX        ".json"

DEFINE_CLEANUP(JsonObject *, json_object_put);

static char *mark_path(const char *state_dir, const char *folder, const char *name)
{
        return text_format("%s/%s/%s" SUFFIX, state_dir, folder, name);
}

/* Where one that is damaged was moved to. */
static char *lost_path(const char *state_dir, const char *folder, const char *name)
{
        return text_format("%s/%s/%s" SUFFIX STATE_LOST_SUFFIX, state_dir, folder, name);
}

int mark_write(const char *state_dir, const char *folder, const char *name, JsonObject *o, Failure *f)
{
        _cleanup_free_ char *path = mark_path(state_dir, folder, name), *folder_path = NULL;
        _cleanup_close_ int folder_fd = -EBADF;
        const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
                                                                             JSON_C_TO_STRING_NOSLASHESCAPE);
        int r;

        folder_path = text_format("%s/%s", state_dir, folder);
        if (!text || !path || !folder_path)
                return failure_set_errno(f, -ENOMEM, "Cannot write to %s", state_dir);
        folder_fd = state_create_folder(folder_path);
        if (folder_fd < 0)
                return failure_set_errno(f, folder_fd, "Cannot create %s", folder_path);
        r = state_write(path, text, strlen(text));
        return r < 0 ? failure_set_errno(f, r, "Cannot write %s", path) : 0;
}

int mark_read(const char *state_dir, const char *folder, const char *name, JsonObject **ret)
{
        _cleanup_free_ char *path = mark_path(state_dir, folder, name), *text = NULL;
        _cleanup_(json_object_putp) JsonObject *o = NULL;
        int r;

        if (!path)
                return -ENOMEM;
        r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, &text, NULL);
        if (r < 0)
                return state_is_damage(r) ? -EBADMSG : r;
        o = json_tokener_parse(text);
        if (!o || !json_object_is_type(o, json_type_object))
                return -EBADMSG;
        *ret = TAKE_PTR(o);
        return 0;
}

void mark_set_aside(const char *state_dir, const char *folder, const char *name)
{
        _cleanup_free_ char *path = mark_path(state_dir, folder, name);

        if (path)
                state_set_aside(path);
}

int mark_read_or_lose(const char *state_dir, const char *folder, const char *name, JsonObject **ret)
{
        _cleanup_free_ char *folder_path = NULL;
        int r = mark_read(state_dir, folder, name, ret);

        if (r == -EBADMSG)
                mark_set_aside(state_dir, folder, name);
        else if (r == -ENOTDIR) {
                folder_path = text_format("%s/%s", state_dir, folder);
                if (!folder_path)
                        return -ENOMEM;
                state_set_aside(folder_path);
        } else
                return r;
        return -ENOENT;
}

static int path_exists(const char *path)
{
        if (!path)
                return -ENOMEM;
        if (access(path, F_OK) >= 0)
                return 1;
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
}

int mark_exists(const char *state_dir, const char *folder, const char *name)
{
        _cleanup_free_ char *path = mark_path(state_dir, folder, name);

        return path_exists(path);
}

int mark_was_lost(const char *state_dir, const char *folder, const char *name)
{
        _cleanup_free_ char *path = lost_path(state_dir, folder, name);

        return path_exists(path);
}

static int drop(const char *path, Failure *f)
{
        int r = path ? file_remove(AT_FDCWD, path) : -ENOMEM;

        if (r == -EISDIR)
                r = rmdir(path) < 0 ? -errno : 0;
        return r < 0 && r != -ENOENT && r != -ENOTDIR
                               ? failure_set_errno(f, r, "Cannot remove %s", path ? path : "a note")
                               : 0;
}

int mark_remove(const char *state_dir, const char *folder, const char *name, Failure *f)
{
        _cleanup_free_ char *path = mark_path(state_dir, folder, name);

        return drop(path, f);
}

int mark_remove_lost(const char *state_dir, const char *folder, const char *name, Failure *f)
{
        _cleanup_free_ char *path = lost_path(state_dir, folder, name);

        return drop(path, f);
}

/* The name that a file is of, or NULL. */
static char *name_of_file(const char *file, const char *suffix)
{
        size_t n = strlen(file);

        if (file[0] == '.' || n <= strlen(suffix) || !streq(file + n - strlen(suffix), suffix))
                return NULL;
        return strndup(file, n - strlen(suffix));
}

static int list(const char *state_dir, const char *folder, bool with_lost, char ***ret_names, Failure *f)
{
        _cleanup_free_ char *path = NULL;
        _cleanup_strv_free_ char **names = NULL;
        struct dirent *entry;
        DIR *dir = NULL;
        int r;

        path = text_format("%s/%s", state_dir, folder);
        if (!path)
                return failure_set_errno(f, -ENOMEM, "Cannot read %s", state_dir);
        r = state_open_folder(path, &dir);
        while (dir && r >= 0 && (entry = readdir(dir))) {
                _cleanup_free_ char *name = name_of_file(entry->d_name, SUFFIX);

                if (!name && with_lost)
                        name = name_of_file(entry->d_name, SUFFIX STATE_LOST_SUFFIX);
                if (name && !strv_contains(names, name))
                        r = strv_append(&names, name);
        }
        if (dir)
                closedir(dir);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read %s", path);
        strv_sort(names);
        *ret_names = TAKE_PTR(names);
        return 0;
}

int mark_list(const char *state_dir, const char *folder, char ***ret_names, Failure *f)
{
        return list(state_dir, folder, false, ret_names, f);
}

int mark_list_with_lost(const char *state_dir, const char *folder, char ***ret_names, Failure *f)
{
        return list(state_dir, folder, true, ret_names, f);
}

const char *mark_get_text(JsonObject *o, const char *key)
{
        JsonObject *value;

        if (!json_object_object_get_ex(o, key, &value) || !json_object_is_type(value, json_type_string))
                return "";
        return json_object_get_string(value);
}

uint64_t mark_get_number(JsonObject *o, const char *key)
{
        JsonObject *value;

        if (!json_object_object_get_ex(o, key, &value) || !json_object_is_type(value, json_type_int))
                return 0;
        return json_object_get_uint64(value);
}

static char *date_text(time_t time)
{
        char text[DATE_TEXT_SIZE];

        /* A clock before 1970 or after 9999 is no reason to fail. */
        if (date_format(time, text) < 0)
                return strdup("1970-01-01T00:00:00Z");
        return strdup(text);
}

char *mark_now(void)
{
        return date_text(time(NULL));
}

char *mark_written(const char *state_dir, const char *folder, const char *name)
{
        _cleanup_free_ char *path = mark_path(state_dir, folder, name),
                            *lost = lost_path(state_dir, folder, name);
        struct stat st = {};

        if (!path || !lost)
                return NULL;
        if (lstat(path, &st) < 0 && lstat(lost, &st) < 0)
                st = (struct stat){};
        return date_text(st.st_mtime);
}
