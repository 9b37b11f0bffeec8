/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "state-file.h"

#include "cleanup.h"
#include "file.h"
#include "log-ids.h"
#include "log.h"
#include "text.h"

#include <fcntl.h>
#include <sys/stat.h>

bool state_is_damage(int error)
{
        switch (-error) {
        case EBADMSG:
        case EFBIG:
        case EINVAL: /* what is no file, as file_read() says it */
        case EISDIR:
        case ELOOP:
        case ENXIO:
                return true;
        default:
                return false;
        }
}

void state_set_aside(const char *path)
{
        _cleanup_free_ char *aside = text_format("%s" STATE_LOST_SUFFIX, path);

        if (!aside || rename(path, aside) < 0)
                log_error("%s is damaged and cannot be set aside: %s", path,
                          strerror(aside ? errno : ENOMEM));
        else
                log_full(LOG_ERR, LOG_ID_STATE_LOST, NULL, "%s is damaged and was set aside as %s.", path,
                         aside);
}

/* The part of a path that is there and is no folder. */
static void clear_way(const char *path)
{
        _cleanup_free_ char *part = strdup(path);
        struct stat st;
        char *slash;

        while (part && lstat(part, &st) < 0 && (slash = strrchr(part, '/')))
                *slash = 0;
        if (part && *part && !S_ISDIR(st.st_mode))
                state_set_aside(part);
}

int state_create_folder(const char *path)
{
        int fd = dir_create_open(path, 0700);

        if (fd != -ENOTDIR)
                return fd;
        clear_way(path);
        return dir_create_open(path, 0700);
}

int state_write(const char *path, const void *data, size_t size)
{
        int r = file_write_atomic(AT_FDCWD, path, data, size, 0600);

        if (r != -EISDIR)
                return r;
        state_set_aside(path);
        return file_write_atomic(AT_FDCWD, path, data, size, 0600);
}

int state_open_folder(const char *path, DIR **ret)
{
        DIR *dir = opendir(path);

        if (!dir && errno == ENOTDIR)
                state_set_aside(path);
        else if (!dir && errno != ENOENT)
                return -errno;
        *ret = dir;
        return 0;
}
