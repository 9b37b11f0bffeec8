/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "engine-core.h"

#include "cleanup.h"
#include "file.h"
#include "module-file.h"
#include "strv.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/mman.h>

#define CORE_MODULE "kpatch_core"
#define NOTES_MAX   (64U * 1024)

static int read_line(const Host *host, char **ret, const char *format, ...) _printf_(3, 4);

static int read_line(const Host *host, char **ret, const char *format, ...)
{
        char below[PATH_MAX], path[PATH_MAX];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(below, sizeof(below), format, ap);
        va_end(ap);
        if (snprintf(path, sizeof(path), "%s/%s", host->sysfs, below) >= (int) sizeof(path))
                return -ENAMETOOLONG;
        return file_read_line(AT_FDCWD, path, ret);
}

static bool core_is_loaded(const Host *host)
{
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s/kernel/kpatch", host->sysfs);
        return access(path, F_OK) == 0;
}

static int core_probe(const Host *host, char **ret_sentence)
{
        _cleanup_free_ char *version = NULL, *sentence = NULL;
        bool available = true;
        int r;

        if (core_is_loaded(host)) {
                (void) read_line(host, &version, "module/" CORE_MODULE "/version");
                r = asprintf(&sentence, CORE_MODULE " %s is loaded.", strempty(version));
        } else if (host->kmod->find(CORE_MODULE) >= 0)
                r = asprintf(&sentence, CORE_MODULE " is installed and is loaded on first use.");
        else {
                available = false;
                r = asprintf(&sentence,
                             "No " CORE_MODULE
                             " module is installed for kernel %s; build it for this kernel.",
                             host->kernel->release);
        }
        if (r < 0) {
                sentence = NULL;
                return -ENOMEM;
        }
        *ret_sentence = TAKE_PTR(sentence);
        return available;
}

static int core_prepare(const Host *host, Failure *f)
{
        int r;

        if (core_is_loaded(host))
                return 0;
        r = host->kmod->load(CORE_MODULE);
        if (r == -ENOENT)
                return failure_set(f, FAILURE_ENGINE_UNAVAILABLE,
                                   "No " CORE_MODULE
                                   " module is installed for kernel %s; build it for this kernel "
                                   "and run depmod.",
                                   host->kernel->release);
        if (r == -EPERM)
                return failure_set(
                                f, FAILURE_ENGINE_UNAVAILABLE,
                                CORE_MODULE
                                " may not be loaded: it is on a blacklist in modprobe.d, or loading modules is "
                                "not permitted here.");
        if (r < 0)
                return failure_set(f, FAILURE_ENGINE_UNAVAILABLE,
                                   "The kernel did not load " CORE_MODULE " (%s); the kernel log says why.",
                                   strerror(-r));
        if (!core_is_loaded(host))
                return failure_set(f, FAILURE_ENGINE_UNAVAILABLE,
                                   CORE_MODULE
                                   " is loaded but shows no %s/kernel/kpatch; the kernel log says why.",
                                   host->sysfs);
        return 0;
}

/* 1 when the loaded module of that name has the build-id of the manifest's, 0 when another one, -ENOENT when
 * none is loaded. */
static int module_is_ours(const Host *host, const EngineModule *m)
{
        _cleanup_free_ char *notes = NULL;
        uint8_t build_id[BUILD_ID_SIZE];
        char path[PATH_MAX];
        size_t size;
        int r;

        (void) snprintf(path, sizeof(path), "%s/module/%s", host->sysfs, m->name);
        if (access(path, F_OK) < 0)
                return -errno;
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

static int core_read_state(const Host *host, const EngineModule *m, EngineState *ret, Failure *f)
{
        _cleanup_free_ char *enabled = NULL;
        int r;

        r = module_is_ours(host, m);
        if (r == -ENOENT) {
                *ret = ENGINE_STATE_ABSENT;
                return 0;
        }
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the state of module %s", m->name);
        if (r == 0) {
                *ret = ENGINE_STATE_OTHER;
                return 0;
        }
        r = read_line(host, &enabled, "kernel/kpatch/%s/enabled", m->name);
        if (r < 0 && r != -ENOENT && r != -ENODEV)
                return failure_set_errno(f, r, "Cannot read the state of patch %s", m->ref);
        *ret = r >= 0 && streq(enabled, "1") ? ENGINE_STATE_ON : ENGINE_STATE_OFF;
        return 0;
}

/* The core's own sentence on its last refusal, if it is about this module. */
static char *read_last_error(const Host *host, const char *module)
{
        _cleanup_free_ char *line = NULL;
        size_t n = strlen(module);

        if (read_line(host, &line, "kernel/kpatch/last_error") < 0)
                return NULL;
        if (strncmp(line, module, n) != 0 || strncmp(line + n, ": ", 2) != 0)
                return NULL;
        return strdup(line + n + 2);
}

static const char *explain(int r)
{
        switch (-r) {
        case EKEYREJECTED:
        case ENOKEY:
                return "this kernel loads signed modules only (module.sig_enforce, Secure Boot), and it is not signed by a "
                       "key that the kernel trusts";
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

static int refused(const Host *host, const EngineModule *m, int error, const char *what, Failure *f)
{
        /* The core's sentence may be of an earlier try: errors that are the module loader's own are not
         * explained by it. */
        const char *loader = explain(error);
        _cleanup_free_ char *reason = loader ? strdup(loader) : read_last_error(host, m->name);

        if (error == -EBUSY && reason)
                return failure_set(f, FAILURE_TASK_IN_THE_WAY, "Patch %s was not %s: %s; try again later.",
                                   m->ref, what, reason);
        if (error == -EBUSY)
                return failure_set(f, FAILURE_TASK_IN_THE_WAY,
                                   "Patch %s was not %s: the kernel says that it is busy; try again later.",
                                   m->ref, what);
        return failure_set(f, FAILURE_KERNEL_REFUSED, "The kernel refused it, patch %s was not %s: %s.",
                           m->ref, what, reason ? reason : strerror(-error));
}

static int core_load(const Host *host, const EngineModule *m, const void *data, size_t size, Failure *f)
{
        _cleanup_close_ int fd = memfd_create(m->name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        int r;

        if (fd < 0)
                return failure_set_errno(f, -errno, "Cannot load patch %s", m->ref);
        r = write_all(fd, data, size);
        if (r >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
                r = -errno;
        if (r < 0)
                return failure_set_errno(f, r, "Cannot load patch %s", m->ref);
        r = host->kmod->insert(fd);

        return r < 0 ? refused(host, m, r, "applied", f) : 0;
}

static int write_enabled(const Host *host, const EngineModule *m, const char *value, const char *what,
                         Failure *f)
{
        char path[PATH_MAX];
        int r;

        (void) snprintf(path, sizeof(path), "%s/kernel/kpatch/%s/enabled", host->sysfs, m->name);
        r = file_write_attribute(AT_FDCWD, path, value);
        return r < 0 ? refused(host, m, r, what, f) : 0;
}

static int core_switch_on(const Host *host, const EngineModule *m, Failure *f)
{
        return write_enabled(host, m, "1", "applied", f);
}

static int core_switch_off(const Host *host, const EngineModule *m, Failure *f)
{
        return write_enabled(host, m, "0", "rolled back", f);
}

static int core_unload(const Host *host, const EngineModule *m, Failure *f)
{
        int r = host->kmod->remove(m->name);

        if (r < 0 && r != -ENOENT)
                return failure_set(f, FAILURE_KERNEL_REFUSED,
                                   "Patch %s is out of force, but its module %s cannot be unloaded: %s.",
                                   m->ref, m->name,
                                   r == -EBUSY || r == -EAGAIN ? "it is in use" : strerror(-r));
        return 0;
}

static int core_list(const Host *host, char ***ret_modules)
{
        _cleanup_strv_free_ char **modules = NULL;
        char path[PATH_MAX];
        struct dirent *entry;
        DIR *dir;
        int r = 0;

        (void) snprintf(path, sizeof(path), "%s/kernel/kpatch", host->sysfs);
        dir = opendir(path);
        if (!dir && errno != ENOENT)
                return -errno;
        while (dir && r >= 0 && (entry = readdir(dir))) {
                _cleanup_free_ char *enabled = NULL;

                if (entry->d_name[0] == '.')
                        continue;
                if (read_line(host, &enabled, "kernel/kpatch/%s/enabled", entry->d_name) >= 0 &&
                    streq(enabled, "1"))
                        r = strv_append(&modules, entry->d_name);
        }
        if (dir)
                closedir(dir);
        if (r < 0)
                return r;
        strv_sort(modules);
        *ret_modules = TAKE_PTR(modules);
        return 0;
}

const Engine engine_core = {
        .name = "core",
        .probe = core_probe,
        .prepare = core_prepare,
        .read_state = core_read_state,
        .load = core_load,
        .switch_on = core_switch_on,
        .switch_off = core_switch_off,
        .unload = core_unload,
        .list = core_list,
};
