/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* What the kernel that runs can do, and what it lets us do. */

#include "cleanup.h"
#include "doctor-internal.h"
#include "engine-sysfs.h"
#include "engine.h"
#include "file.h"

#include <fcntl.h>
#include <limits.h>

#define CONFIG_SIZE_MAX (1024U * 1024)

static int read_proc(const Host *host, const char *name, char **ret)
{
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s/%s", host->proc, name);
        return file_read_line(AT_FDCWD, path, ret);
}

static bool config_has(const char *config, const char *option)
{
        size_t n = strlen(option);

        for (const char *line = config; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (strncmp(line, option, n) == 0 && line[n] == '=')
                        return line[n + 1] == 'y' || line[n + 1] == 'm';
        }
        return false;
}

static int check_options(const Host *host, const Config *config, Diagnosis *d)
{
        static const char *const needed[] = {
                "CONFIG_MODULES",  "CONFIG_MODULE_UNLOAD", "CONFIG_DYNAMIC_FTRACE_WITH_REGS",
                "CONFIG_KALLSYMS", "CONFIG_KPROBES",       "CONFIG_STACKTRACE",
        };
        _cleanup_free_ char *text = NULL;
        char path[PATH_MAX];

        (void) config;
        (void) snprintf(path, sizeof(path), "%s/boot/config-%s", host->prefix, host->kernel->release);
        if (file_read(AT_FDCWD, path, CONFIG_SIZE_MAX, &text, NULL) < 0)
                return diagnosis_set(
                                d, DIAGNOSIS_WARNING,
                                "Nothing needs to be done unless patches fail to load: then compare the kernel's "
                                "configuration with what docs/ARCHITECTURE.md says it needs.",
                                "%s cannot be read, so it is not known what the kernel was built with.",
                                path);
        for (size_t i = 0; i < ELEMENTSOF(needed); i++)
                if (!config_has(text, needed[i]))
                        return diagnosis_set(d, DIAGNOSIS_ERROR, "Boot a kernel that is built with it.",
                                             "The kernel %s is built without %s.", host->kernel->release,
                                             needed[i]);
        return diagnosis_set(d, DIAGNOSIS_OK, NULL, "The kernel %s is built with all that patches need.",
                             host->kernel->release);
}

static int check_ftrace(const Host *host, const Config *config, Diagnosis *d)
{
        _cleanup_free_ char *value = NULL;

        (void) config;
        if (read_proc(host, "sys/kernel/ftrace_enabled", &value) < 0)
                return diagnosis_set(d, DIAGNOSIS_ERROR,
                                     "Boot a kernel that is built with CONFIG_FUNCTION_TRACER.",
                                     "The kernel has no function tracer, by which functions are replaced.");
        if (!streq(value, "1"))
                return diagnosis_set(
                                d, DIAGNOSIS_ERROR,
                                "Switch it on: sysctl kernel.ftrace_enabled=1, and look in /etc/sysctl.d.",
                                "Function tracing is switched off (kernel.ftrace_enabled is %s).", value);
        return diagnosis_set(d, DIAGNOSIS_OK, NULL, "Function tracing is on.");
}

static int check_modules_disabled(const Host *host, const Config *config, Diagnosis *d)
{
        _cleanup_free_ char *value = NULL;

        (void) config;
        if (read_proc(host, "sys/kernel/modules_disabled", &value) >= 0 && streq(value, "1"))
                return diagnosis_set(
                                d, DIAGNOSIS_ERROR,
                                "It cannot be undone before the next boot; look for kernel.modules_disabled in "
                                "/etc/sysctl.d.",
                                "Loading modules was switched off (kernel.modules_disabled is 1).");
        return diagnosis_set(d, DIAGNOSIS_OK, NULL, "Modules may be loaded.");
}

/* "none [integrity] confidentiality" */
static int check_lockdown(const Host *host, const Config *config, Diagnosis *d)
{
        _cleanup_free_ char *value = NULL;
        char *mode, *end;

        (void) config;
        if (sysfs_read(host, &value, "kernel/security/lockdown") < 0)
                return diagnosis_set(d, DIAGNOSIS_OK, NULL, "The kernel knows no lockdown.");
        mode = strchr(value, '[');
        end = mode ? strchr(mode, ']') : NULL;
        if (!end)
                return diagnosis_set(d, DIAGNOSIS_WARNING, NULL,
                                     "What the kernel says of lockdown is not understood: %s", value);
        *end = 0;
        if (streq(mode + 1, "none"))
                return diagnosis_set(d, DIAGNOSIS_OK, NULL, "The kernel is not locked down.");
        return diagnosis_set(
                        d, DIAGNOSIS_WARNING,
                        "Have patches and kpatch_core signed by a key that the kernel trusts, such as a machine owner "
                        "key (mokutil --import).",
                        "The kernel is locked down (%s): it loads signed modules only.", mode + 1);
}

/* An EFI variable: four bytes of attributes, then its value. */
static bool secure_boot_is_on(const Host *host)
{
        static const char name[] = "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
        _cleanup_free_ char *data = NULL;
        char path[PATH_MAX];
        size_t size;

        (void) snprintf(path, sizeof(path), "%s/firmware/efi/efivars/%s", host->sysfs, name);
        return file_read(AT_FDCWD, path, 16, &data, &size) >= 0 && size == 5 && data[4] == 1;
}

static int check_signatures(const Host *host, const Config *config, Diagnosis *d)
{
        _cleanup_free_ char *enforced = NULL;
        bool secure_boot = secure_boot_is_on(host);

        (void) config;
        if (sysfs_read(host, &enforced, "module/module/parameters/sig_enforce") >= 0 && streq(enforced, "Y"))
                return diagnosis_set(
                                d, DIAGNOSIS_WARNING,
                                "Have patches and kpatch_core signed by a key that the kernel trusts, such as a machine "
                                "owner key (mokutil --import).",
                                "The kernel loads signed modules only (module.sig_enforce)%s.",
                                secure_boot ? ", and Secure Boot is on" : "");
        return diagnosis_set(d, DIAGNOSIS_OK, NULL, "The kernel asks for no signature of its own%s.",
                             secure_boot ? ", though Secure Boot is on" : "");
}

/* Returns 1 or 0, as the engine says. */
static int probe(const Host *host, const char *name, char **ret_sentence)
{
        const Engine *engine;
        int r;

        r = engine_find(name, &engine, NULL);
        return r < 0 ? r : engine->probe(host, ret_sentence);
}

static int check_core(const Host *host, const Config *config, Diagnosis *d)
{
        _cleanup_free_ char *sentence = NULL, *other = NULL;
        int r, livepatch;

        (void) config;
        r = probe(host, "core", &sentence);
        livepatch = probe(host, "livepatch", &other);
        if (r < 0 || livepatch < 0)
                return r < 0 ? r : livepatch;
        if (r > 0)
                return diagnosis_set(d, DIAGNOSIS_OK, NULL, "%s", sentence);
        return diagnosis_set(
                        d, livepatch ? DIAGNOSIS_WARNING : DIAGNOSIS_ERROR,
                        "Install kpatch_core for this kernel: by DKMS, with the kernel's headers, or as a package.",
                        "%s", sentence);
}

/* A kernel without it is none the worse for patches of the other engine. */
static int check_livepatch(const Host *host, const Config *config, Diagnosis *d)
{
        _cleanup_free_ char *sentence = NULL;
        int r;

        (void) config;
        r = probe(host, "livepatch", &sentence);
        return r < 0 ? r : diagnosis_set(d, DIAGNOSIS_OK, NULL, "%s", sentence);
}

const DoctorCheck doctor_kernel_checks[] = {
        { "kernel-options", check_options },     { "ftrace", check_ftrace },
        { "modules", check_modules_disabled },   { "lockdown", check_lockdown },
        { "signatures", check_signatures },      { "engine-core", check_core },
        { "engine-livepatch", check_livepatch }, {},
};
