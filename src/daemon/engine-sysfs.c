/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "engine-sysfs.h"

#include "cleanup.h"
#include "file.h"
#include "module-file.h"
#include "strv.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/mman.h>

#define NOTES_MAX (64U * 1024)

static int make_path(const Host *host, char path[PATH_MAX], const char *format, va_list ap) _printf_(3, 0);

static int make_path(const Host *host, char path[PATH_MAX], const char *format, va_list ap)
{
        int n = snprintf(path, PATH_MAX, "%s/", host->sysfs);

        if (n >= PATH_MAX || vsnprintf(path + n, PATH_MAX - (size_t) n, format, ap) >= PATH_MAX - n)
                return -ENAMETOOLONG;
        return 0;
}

int sysfs_read(const Host *host, char **ret, const char *format, ...)
{
        char path[PATH_MAX];
        va_list ap;
        int r;

        va_start(ap, format);
        r = make_path(host, path, format, ap);
        va_end(ap);
        return r < 0 ? r : file_read_line(AT_FDCWD, path, ret);
}

int sysfs_write(const Host *host, const char *value, const char *format, ...)
{
        char path[PATH_MAX];
        va_list ap;
        int r;

        va_start(ap, format);
        r = make_path(host, path, format, ap);
        va_end(ap);
        return r < 0 ? r : host->kmod->set(path, value);
}

bool sysfs_has(const Host *host, const char *format, ...)
{
        char path[PATH_MAX];
        va_list ap;
        int r;

        va_start(ap, format);
        r = make_path(host, path, format, ap);
        va_end(ap);
        return r >= 0 && access(path, F_OK) == 0;
}

int sysfs_list(const Host *host, const char *below, char ***ret)
{
        _cleanup_strv_free_ char **names = NULL;
        char path[PATH_MAX];
        struct dirent *entry;
        int r = 0;
        DIR *dir;

        (void) snprintf(path, sizeof(path), "%s/%s", host->sysfs, below);
        dir = opendir(path);
        if (!dir && errno != ENOENT)
                return -errno;
        while (dir && r >= 0 && (entry = readdir(dir)))
                if (entry->d_name[0] != '.' && entry->d_type == DT_DIR)
                        r = strv_append(&names, entry->d_name);
        if (dir)
                closedir(dir);
        if (r < 0)
                return r;
        strv_sort(names);
        *ret = TAKE_PTR(names);
        return 0;
}

int sysfs_module_is(const Host *host, const EngineModule *m)
{
        _cleanup_free_ char *notes = NULL;
        uint8_t build_id[BUILD_ID_SIZE];
        char path[PATH_MAX];
        size_t size;
        int r;

        (void) snprintf(path, sizeof(path), "%s/module/%s", host->sysfs, m->name);
        if (access(path, F_OK) < 0)
                return -errno;
        if (!m->build_id)
                return 1;
        (void) snprintf(path, sizeof(path), "%s/module/%s/notes/.note.gnu.build-id", host->sysfs, m->name);
        r = file_read(AT_FDCWD, path, NOTES_MAX, &notes, &size);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        r = elf_notes_find_build_id(notes, size, build_id);
        if (r < 0)
                return 0;
        return memcmp(build_id, m->build_id, BUILD_ID_SIZE) == 0;
}

int engine_insert(const Host *host, const EngineModule *m, const char *parameters, const void *data,
                  size_t size)
{
        _cleanup_close_ int fd = memfd_create(m->name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, data, size);
        if (r >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
                r = -errno;
        return r < 0 ? r : host->kmod->insert(fd, parameters);
}

const char *engine_explain_insert(int r)
{
        switch (-r) {
        case EKEYREJECTED:
        case ENOKEY:
                return "this kernel loads signed modules only (module.sig_enforce, Secure Boot), and it is not signed by a "
                       "key that the kernel trusts; kpatchd(8) says how it is signed, under Secure Boot";
        case EEXIST:
                return "a module of that name is loaded already";
        case EPERM:
                return "loading modules is not permitted here (lockdown, modules_disabled, or no CAP_SYS_MODULE)";
        case ENOEXEC:
                return "the module does not fit this kernel";
        default:
                return NULL;
        }
}
