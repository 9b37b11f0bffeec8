/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "work.h"

#include "strv.h"

#include <dirent.h>
#include <fcntl.h>

#define SUFFIX     ".json"
#define LENGTH_MAX 110 /* with the suffix */

static void closedir_cleanup(DIR **dir)
{
        if (*dir)
                closedir(*dir);
}

static int list(const Work *work, const char *folder, char ***ret)
{
        _cleanup_close_ int fd = openat(work->dir_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(closedir_cleanup) DIR *dir = NULL;
        const struct dirent *entry;

        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        dir = fdopendir(fd);
        if (!dir)
                return -errno;
        TAKE_FD(fd);
        while ((errno = 0, entry = readdir(dir))) {
                size_t n = strlen(entry->d_name);

                if (entry->d_name[0] == '.' || n <= strlen(SUFFIX) ||
                    !streq(entry->d_name + n - strlen(SUFFIX), SUFFIX) || n > LENGTH_MAX)
                        continue;
                if (strv_append(ret, entry->d_name) < 0)
                        return -ENOMEM;
                (*ret)[strv_length(*ret) - 1][n - strlen(SUFFIX)] = 0;
        }
        return -errno;
}

int work_list_records(const Work *work, const char *folder, WorkLoad *load, WorkCompare *compare,
                      FeedIndex ***ret, size_t *ret_n, Failure *f)
{
        _cleanup_strv_free_ char **names = NULL;
        FeedIndex **records = NULL;
        size_t n = 0;
        int r;

        r = list(work, folder, &names);
        if (r >= 0) {
                records = calloc(strv_length(names) + 1, sizeof(*records));
                r = records ? 0 : -ENOMEM;
        }
        if (r < 0)
                return failure_set_errno(f, r, "Cannot list %s/%s", work->path, folder);
        for (char **name = names; name && *name; name++) {
                r = load(work, *name, &records[n], f);
                if (r < 0) {
                        work_patches_free(records, n);
                        return r;
                }
                n += r > 0;
        }
        if (n > 1)
                qsort(records, n, sizeof(*records), compare);
        *ret = records;
        *ret_n = n;
        return 0;
}
