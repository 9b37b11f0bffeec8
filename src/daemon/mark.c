/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "mark.h"

#include "cleanup.h"
#include "date.h"
#include "file.h"
#include "log-ids.h"
#include "log.h"
#include "strv.h"
#include "text.h"

#include <dirent.h>
#include <fcntl.h>

#define FILE_SIZE_MAX (16U * 1024)
#define SUFFIX        ".json"

DEFINE_CLEANUP(JsonObject *, json_object_put);

static char *mark_path(const char *state_dir, const char *folder, const char *name)
{
        return text_format("%s/%s/%s" SUFFIX, state_dir, folder, name);
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
        folder_fd = dir_create_open(folder_path, 0700);
        if (folder_fd < 0)
                return failure_set_errno(f, folder_fd, "Cannot create %s", folder_path);
        r = file_write_atomic(AT_FDCWD, path, text, strlen(text), 0600);
        return r < 0 ? failure_set_errno(f, r, "Cannot write %s", path) : 0;
}

static void set_aside(const char *path)
{
        _cleanup_free_ char *aside = NULL;

        aside = text_format("%s.broken", path);
        if (!aside || rename(path, aside) < 0)
                log_error("Cannot set %s aside: %s", path, aside ? strerror(errno) : strerror(ENOMEM));
        else
                log_full(LOG_ERR, LOG_ID_STATE_LOST, NULL, "%s is damaged and was set aside as %s.", path,
                         aside);
}

int mark_read(const char *state_dir, const char *folder, const char *name, JsonObject **ret)
{
        _cleanup_free_ char *path = mark_path(state_dir, folder, name), *text = NULL;
        _cleanup_(json_object_putp) JsonObject *o = NULL;
        int r;

        if (!path)
                return -ENOMEM;
        r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, &text, NULL);
        if (r == -ENOENT || r == -ENOMEM || r == -EIO)
                return r;
        if (r >= 0)
                o = json_tokener_parse(text);
        if (!o || !json_object_is_type(o, json_type_object)) {
                set_aside(path);
                return -ENOENT;
        }
        *ret = TAKE_PTR(o);
        return 0;
}

int mark_exists(const char *state_dir, const char *folder, const char *name)
{
        _cleanup_free_ char *path = mark_path(state_dir, folder, name);

        if (!path)
                return -ENOMEM;
        if (access(path, F_OK) >= 0)
                return 1;
        return errno == ENOENT ? 0 : -errno;
}

int mark_remove(const char *state_dir, const char *folder, const char *name, Failure *f)
{
        _cleanup_free_ char *path = mark_path(state_dir, folder, name);
        int r;

        if (!path)
                return failure_set_errno(f, -ENOMEM, "Cannot write to %s", state_dir);
        r = file_remove(AT_FDCWD, path);
        return r < 0 && r != -ENOENT ? failure_set_errno(f, r, "Cannot remove %s", path) : 0;
}

int mark_list(const char *state_dir, const char *folder, char ***ret_names, Failure *f)
{
        _cleanup_free_ char *path = NULL;
        _cleanup_strv_free_ char **names = NULL;
        struct dirent *entry;
        DIR *dir;
        int r = 0;

        path = text_format("%s/%s", state_dir, folder);
        if (!path)
                return failure_set_errno(f, -ENOMEM, "Cannot read %s", state_dir);
        dir = opendir(path);
        if (!dir && errno != ENOENT)
                return failure_set_errno(f, -errno, "Cannot read %s", path);
        while (dir && r >= 0 && (entry = readdir(dir))) {
                size_t n = strlen(entry->d_name);
                _cleanup_free_ char *name = NULL;

                if (entry->d_name[0] == '.' || n <= strlen(SUFFIX) ||
                    !streq(entry->d_name + n - strlen(SUFFIX), SUFFIX))
                        continue;
                name = strndup(entry->d_name, n - strlen(SUFFIX));
                r = name ? strv_append(&names, name) : -ENOMEM;
        }
        if (dir)
                closedir(dir);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read %s", path);
        strv_sort(names);
        *ret_names = TAKE_PTR(names);
        return 0;
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

char *mark_now(void)
{
        char text[DATE_TEXT_SIZE];

        /* A clock before 1970 or after 9999 is no reason to fail. */
        if (date_format(time(NULL), text) < 0)
                return strdup("1970-01-01T00:00:00Z");
        return strdup(text);
}
