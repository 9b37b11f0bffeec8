/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "engine-core.h"

#include "cleanup.h"
#include "engine-sysfs.h"
#include "strv.h"
#include "text.h"

#define CORE_MODULE "kpatch_core"
#define CORE_FOLDER "kernel/kpatch"
#define CORE_PATCH  CORE_FOLDER "/%s"

static bool core_is_loaded(const Host *host)
{
        return sysfs_has(host, CORE_FOLDER);
}

static int core_probe(const Host *host, char **ret_sentence)
{
        _cleanup_free_ char *version = NULL, *sentence = NULL;
        bool available = true;

        if (core_is_loaded(host)) {
                (void) sysfs_read(host, &version, "module/" CORE_MODULE "/version");
                sentence = text_format(CORE_MODULE " %s is loaded.", strempty(version));
        } else if (host->kmod->find(CORE_MODULE) >= 0)
                sentence = text_format(CORE_MODULE " is installed and is loaded on first use.");
        else {
                available = false;
                sentence = text_format("No " CORE_MODULE
                                       " module is installed for kernel %s; build it for this kernel.",
                                       host->kernel->release);
        }
        if (!sentence)
                return -ENOMEM;
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
        if (r == -EKEYREJECTED || r == -ENOKEY)
                return failure_set(f, FAILURE_ENGINE_UNAVAILABLE,
                                   "The kernel did not load " CORE_MODULE ": %s.", engine_explain_insert(r));
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

static const struct {
        const char *word;
        EngineState state;
} words[] = {
        { "applying", ENGINE_STATE_APPLYING },     { "applied", ENGINE_STATE_ON },
        { "reverting", ENGINE_STATE_REVERTING },   { "disabled", ENGINE_STATE_OFF },
        { "superseded", ENGINE_STATE_SUPERSEDED },
};

/* What the core shows of the module of that name, which is loaded. */
static int read_shown(const Host *host, const char *module, EngineState *ret)
{
        _cleanup_free_ char *state = NULL, *enabled = NULL;
        int r;

        r = sysfs_read(host, &state, CORE_PATCH "/state", module);
        if (r < 0 && r != -ENOENT && r != -ENODEV)
                return r;
        FOREACH_ARRAY (known, words, ELEMENTSOF(words))
                if (streq_ptr(state, known->word)) {
                        *ret = known->state;
                        return 0;
                }
        /* A newer core may have more words: whether it is in force, the other file says. */
        r = sysfs_read(host, &enabled, CORE_PATCH "/enabled", module);
        *ret = r >= 0 && streq(enabled, "1") ? ENGINE_STATE_ON : ENGINE_STATE_OFF;
        return 0;
}

static int core_read_state(const Host *host, const EngineModule *m, EngineState *ret, Failure *f)
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

/* The core's own sentence on its last refusal, if it is about this module. */
static char *read_last_error(const Host *host, const char *module)
{
        _cleanup_free_ char *line = NULL;
        size_t n = strlen(module);

        if (sysfs_read(host, &line, CORE_FOLDER "/last_error") < 0)
                return NULL;
        if (strncmp(line, module, n) != 0 || strncmp(line + n, ": ", 2) != 0)
                return NULL;
        return strdup(line + n + 2);
}

static int refused(const Host *host, const EngineModule *m, int error, const char *what, Failure *f)
{
        /* The core's sentence may be of an earlier try: errors that are the module loader's own are not
         * explained by it. */
        const char *loader = engine_explain_insert(error);
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

static int core_load(const Host *host, const EngineModule *m, EnginePolicy policy, const void *data,
                     size_t size, Failure *f)
{
        _cleanup_free_ char *parameters = NULL;
        const char *word = engine_policy_to_string(policy);
        int r;

        parameters = text_format("%s%s", word ? "policy=" : "", strempty(word));
        if (!parameters)
                return failure_set_errno(f, -ENOMEM, "Cannot load patch %s", m->ref);
        r = engine_insert(host, m, parameters, data, size);
        return r < 0 ? refused(host, m, r, "applied", f) : 0;
}

static int core_read_policy(const Host *host, const EngineModule *m, char **ret)
{
        return sysfs_read(host, ret, CORE_PATCH "/policy", m->name);
}

/* A core that knows one policy only has a file that says it and cannot be written. */
static int set_policy(const Host *host, const EngineModule *m, EnginePolicy policy, Failure *f)
{
        const char *word = engine_policy_to_string(policy);
        _cleanup_free_ char *now = NULL;
        int r;

        if (!word || (core_read_policy(host, m, &now) >= 0 && streq(now, word)))
                return 0;
        r = sysfs_write(host, word, CORE_PATCH "/policy", m->name);
        return r < 0 ? failure_set_errno(f, r, "Cannot give patch %s the policy %s", m->ref, word) : 0;
}

static int write_enabled(const Host *host, const EngineModule *m, EnginePolicy policy, const char *value,
                         const char *what, Failure *f)
{
        int r;

        r = set_policy(host, m, policy, f);
        if (r < 0)
                return r;
        r = sysfs_write(host, value, CORE_PATCH "/enabled", m->name);
        return r < 0 ? refused(host, m, r, what, f) : 0;
}

static int core_switch_on(const Host *host, const EngineModule *m, EnginePolicy policy, Failure *f)
{
        return write_enabled(host, m, policy, "1", "applied", f);
}

static int core_switch_off(const Host *host, const EngineModule *m, EnginePolicy policy, Failure *f)
{
        return write_enabled(host, m, policy, "0", "rolled back", f);
}

static int core_force(const Host *host, const EngineModule *m, Failure *f)
{
        int r = sysfs_write(host, "1", CORE_PATCH "/force", m->name);

        return r < 0 ? refused(host, m, r, "forced", f) : 0;
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
        _cleanup_strv_free_ char **all = NULL, **modules = NULL;
        int r;

        r = sysfs_list(host, CORE_FOLDER, &all);
        for (char **name = all; r >= 0 && name && *name; name++) {
                EngineState state;

                r = read_shown(host, *name, &state);
                if (r >= 0 && (state == ENGINE_STATE_ON || engine_state_is_transition(state)))
                        r = strv_append(&modules, *name);
        }
        if (r < 0)
                return r;
        *ret_modules = TAKE_PTR(modules);
        return 0;
}

/* A line is "PID FUNCTION COMM": the last may have blanks in it. The very last line may count those that
 * have none. */
static int core_read_stragglers(const Host *host, const EngineModule *m, Straggler **ret, size_t *ret_n)
{
        _cleanup_free_ char *text = NULL;
        Straggler *list = NULL;
        char *line, *rest;
        size_t n = 0;
        int r;

        r = sysfs_read(host, &text, CORE_PATCH "/stragglers", m->name);
        if (r < 0 && r != -ENOENT && r != -ENODEV)
                return r;
        for (rest = text, r = 0; r >= 0 && (line = strsep(&rest, "\n"));) {
                char *pid = strsep(&line, " "), *function = strsep(&line, " ");

                if (*pid && *pid != '.' && function && line)
                        r = stragglers_append(&list, &n, (uint32_t) strtoul(pid, NULL, 10), line, function);
        }
        if (r < 0) {
                stragglers_free(list, n);
                return r;
        }
        *ret = list;
        *ret_n = n;
        return 0;
}

static uint64_t read_number(const Host *host, const EngineModule *m, const char *file)
{
        _cleanup_free_ char *text = NULL;

        return sysfs_read(host, &text, CORE_PATCH "/%s", m->name, file) < 0 ? 0 : strtoull(text, NULL, 10);
}

static int core_read_pause(const Host *host, const EngineModule *m, EnginePause *ret)
{
        *ret = (EnginePause){
                .last_usec = read_number(host, m, "pause_last_us"),
                .max_usec = read_number(host, m, "pause_max_us"),
                .tasks = (uint32_t) read_number(host, m, "pause_tasks"),
                .tries = (uint32_t) read_number(host, m, "pause_tries"),
        };
        return 0;
}

static int core_read_object(const Host *host, const EngineModule *m, const char *object, char **ret)
{
        return sysfs_read(host, ret, CORE_FOLDER "/%s/%s/state", m->name, object);
}

const Engine engine_core = {
        .name = "core",
        .folder = CORE_FOLDER,
        .state_file = "state",
        .patient = true,
        .probe = core_probe,
        .prepare = core_prepare,
        .read_state = core_read_state,
        .load = core_load,
        .switch_on = core_switch_on,
        .switch_off = core_switch_off,
        .force = core_force,
        .unload = core_unload,
        .list = core_list,
        .read_stragglers = core_read_stragglers,
        .read_object = core_read_object,
        .read_pause = core_read_pause,
        .read_policy = core_read_policy,
};
