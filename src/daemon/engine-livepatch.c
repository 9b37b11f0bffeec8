/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "engine-livepatch.h"

#include "cleanup.h"
#include "engine-sysfs.h"
#include "file.h"
#include "strv.h"
#include "text.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <time.h>

#define LIVEPATCH_FOLDER "kernel/livepatch"
#define LIVEPATCH_PATCH  LIVEPATCH_FOLDER "/%s"
/* The kernel lets go of a patch's module a moment after its transition has ended. */
#define UNLOAD_TRIES      100U
#define UNLOAD_PAUSE_NSEC 20000000L

static int livepatch_probe(const Host *host, char **ret_sentence)
{
        bool available = sysfs_has(host, LIVEPATCH_FOLDER);

        *ret_sentence = strdup(available ? "The kernel's own livepatch is built in."
                                         : "This kernel is built without CONFIG_LIVEPATCH.");
        return *ret_sentence ? available : -ENOMEM;
}

static int livepatch_prepare(const Host *host, Failure *f)
{
        if (sysfs_has(host, LIVEPATCH_FOLDER))
                return 0;
        return failure_set(f, FAILURE_ENGINE_UNAVAILABLE,
                           "The kernel %s is built without CONFIG_LIVEPATCH, which this patch needs.",
                           host->kernel->release);
}

/* A patch whose transition out has ended has no folder any more, nor has one that was replaced. */
static int read_shown(const Host *host, const char *module, EngineState *ret)
{
        _cleanup_free_ char *enabled = NULL, *transition = NULL;
        int r;

        r = sysfs_read(host, &enabled, LIVEPATCH_PATCH "/enabled", module);
        if (r >= 0)
                r = sysfs_read(host, &transition, LIVEPATCH_PATCH "/transition", module);
        if (r == -ENOENT || r == -ENODEV) {
                *ret = ENGINE_STATE_OFF;
                return 0;
        }
        if (r < 0)
                return r;
        if (streq(transition, "1"))
                *ret = streq(enabled, "1") ? ENGINE_STATE_APPLYING : ENGINE_STATE_REVERTING;
        else
                *ret = streq(enabled, "1") ? ENGINE_STATE_ON : ENGINE_STATE_OFF;
        return 0;
}

static int livepatch_read_state(const Host *host, const EngineModule *m, EngineState *ret, Failure *f)
{
        int r;

        r = sysfs_module_is(host, m);
        if (r == -ENOENT) {
                *ret = ENGINE_STATE_ABSENT;
                return 0;
        }
        if (r == 0) {
                *ret = ENGINE_STATE_OTHER;
                return 0;
        }
        if (r > 0)
                r = read_shown(host, m->name, ret);
        return r < 0 ? failure_set_errno(f, r, "Cannot read the state of patch %s", m->ref) : 0;
}

/* The name of the patch whose transition is under way; there is one at a time. */
static char *find_transition(const Host *host)
{
        _cleanup_strv_free_ char **all = NULL;

        if (sysfs_list(host, LIVEPATCH_FOLDER, &all) < 0)
                return NULL;
        for (char **name = all; name && *name; name++) {
                EngineState state;

                if (read_shown(host, *name, &state) >= 0 && engine_state_is_transition(state))
                        return strdup(*name);
        }
        return NULL;
}

static int livepatch_list(const Host *host, char ***ret_modules)
{
        _cleanup_strv_free_ char **all = NULL, **modules = NULL;
        int r;

        r = sysfs_list(host, LIVEPATCH_FOLDER, &all);
        for (char **name = all; r >= 0 && name && *name; name++) {
                EngineState state;

                r = read_shown(host, *name, &state);
                if (r >= 0 && state != ENGINE_STATE_OFF)
                        r = strv_append(&modules, *name);
        }
        if (r < 0)
                return r;
        *ret_modules = TAKE_PTR(modules);
        return 0;
}

/* Another one that is in force, and whether there are more; NULL if there is none. */
static char *find_other(const Host *host, const EngineModule *m)
{
        _cleanup_strv_free_ char **all = NULL;
        const char *found = NULL;
        size_t n = 0;

        if (livepatch_list(host, &all) < 0)
                return NULL;
        for (char **name = all; name && *name; name++)
                if (!streq(*name, m->name) && n++ == 0)
                        found = *name;
        return found ? text_format("%s%s", found, n > 1 ? " and others" : "") : NULL;
}

/* The kernel has one errno for both; which of them it was it tells in its log alone, which is not ours to
 * read. */
static int refused_as_invalid(const Host *host, const EngineModule *m, const char *what, Failure *f)
{
        static const char symbol[] =
                        "a function or a symbol that it names does not exist in this kernel, or not "
                        "once; the kernel log says which";
        _cleanup_free_ char *other = find_other(host, m);

        if (!other)
                return failure_set(f, FAILURE_KERNEL_REFUSED,
                                   "The kernel refused it, patch %s was not %s: %s.", m->ref, what, symbol);
        return failure_set(
                        f, FAILURE_KERNEL_REFUSED,
                        "The kernel refused it, patch %s was not %s: its states are not compatible with those of "
                        "what is in force (%s), or %s.",
                        m->ref, what, other, symbol);
}

static bool ftrace_is_off(const Host *host)
{
        _cleanup_free_ char *value = NULL;
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s/sys/kernel/ftrace_enabled", host->proc);
        return file_read_line(AT_FDCWD, path, &value) >= 0 && streq(value, "0");
}

static int refused_as_busy(const Host *host, const EngineModule *m, const char *what, Failure *f)
{
        _cleanup_free_ char *other = find_transition(host);

        if (other && !streq(other, m->name))
                return failure_set(
                                f, FAILURE_TASK_IN_THE_WAY,
                                "Patch %s was not %s: the transition of livepatch %s is still under way, and there "
                                "can be one at a time; try again later.",
                                m->ref, what, other);
        if (ftrace_is_off(host))
                return failure_set(
                                f, FAILURE_KERNEL_REFUSED,
                                "The kernel refused it, patch %s was not %s: function tracing is switched off; 'sysctl "
                                "kernel.ftrace_enabled=1' switches it on.",
                                m->ref, what);
        return failure_set(f, FAILURE_TASK_IN_THE_WAY,
                           "Patch %s was not %s: the kernel says that it is busy; try again later.", m->ref,
                           what);
}

static int refused(const Host *host, const EngineModule *m, int error, const char *what, Failure *f)
{
        const char *loader = engine_explain_insert(error);

        if (error == -EBUSY)
                return refused_as_busy(host, m, what, f);
        if (error == -EINVAL)
                return refused_as_invalid(host, m, what, f);
        if (loader)
                return failure_set(f, FAILURE_KERNEL_REFUSED,
                                   "The kernel refused it, patch %s was not %s: %s.", m->ref, what, loader);
        return failure_set(f, FAILURE_KERNEL_REFUSED,
                           "The kernel refused it, patch %s was not %s: it, or a callback of the patch, "
                           "says: %s.",
                           m->ref, what, strerror(-error));
}

/* The kernel has one policy, which is gradual. */
static int check_policy(const EngineModule *m, EnginePolicy policy, Failure *f)
{
        if (policy != ENGINE_POLICY_STRICT)
                return 0;
        return failure_set(f, FAILURE_INVALID_ARGUMENT,
                           "Patch %s is one for the kernel's own livepatch, which switches gradually only.",
                           m->ref);
}

static int livepatch_load(const Host *host, const EngineModule *m, EnginePolicy policy, const void *data,
                          size_t size, Failure *f)
{
        int r;

        r = check_policy(m, policy, f);
        if (r < 0)
                return r;
        r = engine_insert(host, m, "", data, size);
        return r < 0 ? refused(host, m, r, "applied", f) : 0;
}

static int write_enabled(const Host *host, const EngineModule *m, EnginePolicy policy, const char *value,
                         const char *what, Failure *f)
{
        int r;

        r = check_policy(m, policy, f);
        if (r < 0)
                return r;
        r = sysfs_write(host, value, LIVEPATCH_PATCH "/enabled", m->name);
        return r < 0 ? refused(host, m, r, what, f) : 0;
}

static int livepatch_switch_on(const Host *host, const EngineModule *m, EnginePolicy policy, Failure *f)
{
        return write_enabled(host, m, policy, "1", "applied", f);
}

static int livepatch_switch_off(const Host *host, const EngineModule *m, EnginePolicy policy, Failure *f)
{
        return write_enabled(host, m, policy, "0", "rolled back", f);
}

static int livepatch_force(const Host *host, const EngineModule *m, Failure *f)
{
        int r = sysfs_write(host, "1", LIVEPATCH_PATCH "/force", m->name);

        return r < 0 ? refused(host, m, r, "forced", f) : 0;
}

static int livepatch_unload(const Host *host, const EngineModule *m, Failure *f)
{
        const struct timespec pause = { .tv_nsec = UNLOAD_PAUSE_NSEC };
        int r = 0;

        for (unsigned i = 0; i < UNLOAD_TRIES; i++) {
                r = host->kmod->remove(m->name);
                if (r != -EAGAIN && r != -EBUSY)
                        break;
                nanosleep(&pause, NULL);
        }
        if (r < 0 && r != -ENOENT)
                return failure_set(f, FAILURE_KERNEL_REFUSED,
                                   "Patch %s is out of force, but its module %s cannot be unloaded: %s.",
                                   m->ref, m->name,
                                   r == -EBUSY || r == -EAGAIN
                                                   ? "it is in use, as after a transition that was forced"
                                                   : strerror(-r));
        return 0;
}

typedef struct Search {
        const Host *host;
        const char *behind; /* the patch_state of those that are */
        Straggler *found;
        size_t n;
} Search;

/* "comm" of a task that may go at any time. */
static int add_straggler(Search *s, const char *pid, const char *task)
{
        _cleanup_free_ char *comm = NULL;
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s/%s/task/%s/comm", s->host->proc, pid, task);
        if (file_read_line(AT_FDCWD, path, &comm) < 0)
                return 0;
        return stragglers_append(&s->found, &s->n, (uint32_t) strtoul(task, NULL, 10), comm, "");
}

static int search_process(Search *s, const char *pid)
{
        char path[PATH_MAX];
        struct dirent *entry;
        DIR *dir;
        int r = 0;

        (void) snprintf(path, sizeof(path), "%s/%s/task", s->host->proc, pid);
        dir = opendir(path);
        while (dir && r >= 0 && (entry = readdir(dir))) {
                _cleanup_free_ char *state = NULL;

                if (entry->d_name[0] == '.')
                        continue;
                (void) snprintf(path, sizeof(path), "%s/%s/task/%s/patch_state", s->host->proc, pid,
                                entry->d_name);
                if (file_read_line(AT_FDCWD, path, &state) >= 0 && streq(state, s->behind))
                        r = add_straggler(s, pid, entry->d_name);
        }
        if (dir)
                closedir(dir);
        return r;
}

static int livepatch_read_stragglers(const Host *host, const EngineModule *m, Straggler **ret, size_t *ret_n)
{
        Search s = { .host = host };
        struct dirent *entry;
        EngineState state;
        DIR *dir = NULL;
        int r;

        r = livepatch_read_state(host, m, &state, NULL);
        /* 0: in the old functions, 1: in the new ones; -1 where no transition is under way. */
        s.behind = state == ENGINE_STATE_APPLYING ? "0" : "1";
        if (r >= 0 && engine_state_is_transition(state)) {
                dir = opendir(host->proc);
                r = dir ? 0 : -errno;
        }
        while (dir && r >= 0 && (entry = readdir(dir)))
                if (strspn(entry->d_name, "0123456789") == strlen(entry->d_name))
                        r = search_process(&s, entry->d_name);
        if (dir)
                closedir(dir);
        if (r < 0) {
                stragglers_free(s.found, s.n);
                return r;
        }
        *ret = s.found;
        *ret_n = s.n;
        return 0;
}

/* Kernels before 6.2 do not tell; such an object is what the patch is, if its module is loaded. */
static int livepatch_read_object(const Host *host, const EngineModule *m, const char *object, char **ret)
{
        _cleanup_free_ char *patched = NULL;
        int r;

        r = sysfs_read(host, &patched, LIVEPATCH_FOLDER "/%s/%s/patched", m->name, object);
        if (r == -ENOENT)
                r = sysfs_read(host, &patched, LIVEPATCH_FOLDER "/%s/enabled", m->name);
        if (r < 0)
                return r;
        if (!streq(object, "vmlinux") && !sysfs_has(host, "module/%s", object))
                *ret = strdup("waiting");
        else
                *ret = strdup(streq(patched, "1") ? "patched" : "disabled");
        return *ret ? 0 : -ENOMEM;
}

const Engine engine_livepatch = {
        .name = "livepatch",
        .folder = LIVEPATCH_FOLDER,
        .state_file = "transition",
        .reloads = true,
        .compares_functions = true,
        .probe = livepatch_probe,
        .prepare = livepatch_prepare,
        .read_state = livepatch_read_state,
        .load = livepatch_load,
        .switch_on = livepatch_switch_on,
        .switch_off = livepatch_switch_off,
        .force = livepatch_force,
        .unload = livepatch_unload,
        .list = livepatch_list,
        .read_object = livepatch_read_object,
        .read_stragglers = livepatch_read_stragglers,
};
