/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "attempt.h"

#include "cleanup.h"
#include "file.h"
#include "log-ids.h"
#include "log.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <sys/file.h>

#define FILE_SIZE_MAX 4096U

typedef struct json_object JsonObject;

DEFINE_CLEANUP(JsonObject *, json_object_put);

static char *attempt_path(const char *state_dir)
{
        char *path;

        return asprintf(&path, "%s/attempt.json", state_dir) < 0 ? NULL : path;
}

int attempt_record(const char *state_dir, const char *kind, const char *ref, Failure *f)
{
        _cleanup_(json_object_putp) JsonObject *o = json_object_new_object();
        _cleanup_free_ char *path = attempt_path(state_dir), *boot_id = NULL;
        _cleanup_close_ int folder_fd = -EBADF;
        const char *text;
        int r;

        if (!o || !path)
                return failure_set_errno(f, -ENOMEM, "Cannot record the attempt");
        r = file_read_line(AT_FDCWD, "/proc/sys/kernel/random/boot_id", &boot_id);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the boot id");
        folder_fd = dir_create_open(state_dir, 0700);
        if (folder_fd < 0)
                return failure_set_errno(f, folder_fd, "Cannot create %s", state_dir);

        json_object_object_add(o, "kind", json_object_new_string(kind));
        json_object_object_add(o, "patch", json_object_new_string(ref));
        json_object_object_add(o, "boot_id", json_object_new_string(boot_id));
        text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
        if (!text)
                return failure_set_errno(f, -ENOMEM, "Cannot record the attempt");
        r = file_write_atomic(AT_FDCWD, path, text, strlen(text), 0600);
        return r < 0 ? failure_set_errno(f, r, "Cannot record the attempt in %s", path) : 0;
}

int attempt_clear(const char *state_dir, Failure *f)
{
        _cleanup_free_ char *path = attempt_path(state_dir);
        int r;

        if (!path)
                return failure_set_errno(f, -ENOMEM, "Cannot clear the attempt");
        r = file_remove(AT_FDCWD, path);
        return r < 0 && r != -ENOENT ? failure_set_errno(f, r, "Cannot remove %s", path) : 0;
}

static const char *get_string(JsonObject *o, const char *key)
{
        JsonObject *value;

        if (!o || !json_object_object_get_ex(o, key, &value) ||
            !json_object_is_type(value, json_type_string))
                return "?";
        return json_object_get_string(value);
}

/* Whether some process is in the middle of an operation right now; takes the lock only to look. */
static bool is_under_way(const char *state_dir)
{
        _cleanup_close_ int fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

void attempt_report_interrupted(const char *state_dir)
{
        _cleanup_(json_object_putp) JsonObject *o = NULL;
        _cleanup_free_ char *path = attempt_path(state_dir), *aside = NULL, *text = NULL;
        int r;

        if (!path || is_under_way(state_dir))
                return;
        r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, &text, NULL);
        if (r == -ENOENT)
                return;
        if (r >= 0)
                o = json_tokener_parse(text);
        log_full(LOG_WARNING, LOG_ID_INTERRUPTED, NULL,
                 "The last operation (%s of %s) was interrupted; what the kernel shows is what counts.",
                 get_string(o, "kind"), get_string(o, "patch"));
        /* Kept for who looks into it. */
        if (asprintf(&aside, "%s/attempt.interrupted.json", state_dir) < 0)
                aside = NULL;
        if (!aside || rename(path, aside) < 0)
                log_warning("Cannot set %s aside: %s", path, strerror(errno));
}
