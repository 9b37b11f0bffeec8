/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* What of this host has to do with patches besides its kernel. */

#include "cleanup.h"
#include "date.h"
#include "doctor-internal.h"
#include "root.h"
#include "strv.h"
#include "trust.h"

#include <inttypes.h>
#include <limits.h>
#include <sys/statvfs.h>
#include <time.h>

#define UNIT "kpatchd-reapply.service"
/* Enough for any module with its temporary, and for the state files. */
#define SPACE_LOW  (256ULL * 1024 * 1024)
#define SPACE_NONE (4ULL * 1024 * 1024)
/* The beginning of 2026: no clock that works can be before this program was written. */
#define CLOCK_MIN    1767225600LL
#define DAY_SEC      86400LL
#define EXPIRES_SOON (30 * DAY_SEC)

static int check_space(const Host *host, const Config *config, Diagnosis *d)
{
        struct statvfs s;
        uint64_t available;

        (void) config;
        /* The folder appears with the first import; before, it is the disk of the one above that counts. */
        if (statvfs(host->state_dir, &s) < 0 && errno != ENOENT)
                return diagnosis_set(d, DIAGNOSIS_ERROR,
                                     "Look at the disk that holds it, and at its permissions.",
                                     "%s cannot be looked at: %s.", host->state_dir, strerror(errno));
        if (access(host->state_dir, F_OK) < 0)
                return diagnosis_set(d, DIAGNOSIS_OK, NULL, "Nothing is stored yet.");
        if (s.f_flag & ST_RDONLY)
                return diagnosis_set(d, DIAGNOSIS_ERROR, "Mount it for writing.",
                                     "%s is on a disk that is read-only.", host->state_dir);
        available = (uint64_t) s.f_bavail * s.f_frsize;
        return diagnosis_set(d,
                             available < SPACE_NONE  ? DIAGNOSIS_ERROR
                             : available < SPACE_LOW ? DIAGNOSIS_WARNING
                                                     : DIAGNOSIS_OK,
                             available < SPACE_LOW ? "Free some space on that disk." : NULL,
                             "%" PRIu64 " MiB are free for %s.", available / 1024 / 1024, host->state_dir);
}

static int check_clock(const Host *host, const Config *config, Diagnosis *d)
{
        char text[DATE_TEXT_SIZE] = "unknown";
        time_t now = time(NULL);

        (void) host;
        (void) config;
        (void) date_format(now, text);
        if (now < CLOCK_MIN)
                return diagnosis_set(
                                d, DIAGNOSIS_ERROR,
                                "Set it, and have it kept by systemd-timesyncd or another time service.",
                                "The clock is wrong: it says %s.", text);
        return diagnosis_set(d, DIAGNOSIS_OK, NULL, "The clock says %s.", text);
}

static int diagnose_roots(Root *const *roots, size_t n, Diagnosis *d)
{
        time_t now = time(NULL);
        char text[DATE_TEXT_SIZE] = "unknown";

        if (n == 0)
                return diagnosis_set(
                                d, DIAGNOSIS_ERROR,
                                "Put the root that your publisher gives out into /etc/kpatchd/feeds.d/NAME.root.json.",
                                "No trust root is installed, so no patch can be verified.");
        for (size_t i = 0; i < n; i++) {
                (void) date_format((time_t) roots[i]->expires, text);
                if (roots[i]->expires < now)
                        return diagnosis_set(
                                        d, DIAGNOSIS_WARNING, "Install the publisher's newer root.",
                                        "The trust root %s has expired (%s): nothing new is imported on its word.",
                                        roots[i]->name, text);
                if (roots[i]->expires < now + EXPIRES_SOON)
                        return diagnosis_set(d, DIAGNOSIS_WARNING, "Ask the publisher for a newer root.",
                                             "The trust root %s expires soon (%s).", roots[i]->name, text);
        }
        return diagnosis_set(d, DIAGNOSIS_OK, NULL, "%zu trust root%s can be used.", n, n == 1 ? "" : "s");
}

static int check_roots(const Host *host, const Config *config, Diagnosis *d)
{
        Root **roots = NULL;
        size_t n = 0;
        int r;

        (void) config;
        r = trust_load_roots(host, &roots, &n, NULL);
        if (r == -ENOMEM)
                return r;
        r = diagnose_roots(roots, n, d);
        root_free_many(roots, n);
        return r;
}

static int check_unsigned(const Host *host, const Config *config, Diagnosis *d)
{
        _cleanup_strv_free_ char **folders = NULL;
        size_t n;
        int r;

        (void) config;
        r = config_read_unsigned_from(host->conf_dir, &folders);
        if (r < 0)
                return r;
        n = strv_length(folders);
        if (n == 0)
                return diagnosis_set(d, DIAGNOSIS_OK, NULL, "Only patches that are signed are believed.");
        return diagnosis_set(d, DIAGNOSIS_WARNING,
                             "Get signed patches, and take UnsignedFrom= out of kpatchd.conf.",
                             "Modules that nobody has signed are believed if they are in %s%s.", folders[0],
                             n > 1 ? " or others of the folders of UnsignedFrom=" : "");
}

static bool exists_below(const Host *host, const char *folder, const char *name)
{
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s%s/%s", host->prefix, folder, name);
        return access(path, F_OK) == 0;
}

static bool is_masked(const Host *host, const char *folder)
{
        char path[PATH_MAX], target[PATH_MAX] = {};

        (void) snprintf(path, sizeof(path), "%s%s/" UNIT, host->prefix, folder);
        return readlink(path, target, sizeof(target) - 1) > 0 && streq(target, "/dev/null");
}

static int check_boot(const Host *host, const Config *config, Diagnosis *d)
{
        static const char wants[] = "sysinit.target.wants/" UNIT;

        (void) config;
        if (kernel_cmdline_has(host->proc, CMDLINE_NO_APPLY))
                return diagnosis_set(d, DIAGNOSIS_WARNING, "Boot without it once the reason for it is gone.",
                                     "This boot applied no patches: " CMDLINE_NO_APPLY
                                     " is on the kernel command line.");
        if (is_masked(host, "/etc/systemd/system") || is_masked(host, "/run/systemd/system"))
                return diagnosis_set(d, DIAGNOSIS_WARNING, "systemctl unmask " UNIT,
                                     "Patches are not applied at boot: " UNIT " is masked.");
        if (!exists_below(host, "/usr/lib/systemd/system", wants) &&
            !exists_below(host, "/lib/systemd/system", wants) &&
            !exists_below(host, "/etc/systemd/system", wants))
                return diagnosis_set(d, DIAGNOSIS_WARNING, "systemctl enable " UNIT,
                                     "Patches are not applied at boot: " UNIT " is not enabled.");
        return diagnosis_set(d, DIAGNOSIS_OK, NULL, "Patches are applied at boot, by " UNIT ".");
}

const DoctorCheck doctor_host_checks[] = {
        { "space", check_space },       { "clock", check_clock }, { "trust-roots", check_roots },
        { "unsigned", check_unsigned }, { "boot", check_boot },   {},
};
