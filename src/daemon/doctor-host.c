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
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

/* Enough for any module with its temporary, and for the state files. */
#define SPACE_LOW  (256ULL * 1024 * 1024)
#define SPACE_NONE (4ULL * 1024 * 1024)
/* The beginning of 2026: no clock that works can be before this program was written. */
#define CLOCK_MIN    1767225600LL
#define CLOCK_SLACK  60
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

/* Files are touched by writes alone, so a clock that is before that of one of them was set back, or that one
 * was ahead. */
static time_t last_write(const Host *host)
{
        static const char *const names[] = { "history/history.jsonl", "generations", "manifests",
                                             "attempts" };
        time_t last = 0;

        FOREACH_ARRAY (name, names, ELEMENTSOF(names)) {
                char path[PATH_MAX];
                struct stat st;

                (void) snprintf(path, sizeof(path), "%s/%s", host->state_dir, *name);
                if (lstat(path, &st) >= 0 && st.st_mtime > last)
                        last = st.st_mtime;
        }
        return last;
}

/* systemd-timesyncd runs, and has heard of no server since the boot. Of other services, and by adjtimex(),
 * which the sandbox forbids, nothing is known. */
static bool is_not_synchronised(const Host *host)
{
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s/run/systemd/timesync", host->prefix);
        if (access(path, F_OK) < 0)
                return false;
        (void) snprintf(path, sizeof(path), "%s/run/systemd/timesync/synchronized", host->prefix);
        return access(path, F_OK) < 0;
}

static int check_clock(const Host *host, const Config *config, Diagnosis *d)
{
        char text[DATE_TEXT_SIZE] = "unknown", later[DATE_TEXT_SIZE] = "unknown";
        time_t now = time(NULL), last = last_write(host);

        (void) config;
        (void) date_format(now, text);
        (void) date_format(last, later);
        if (now < CLOCK_MIN)
                return diagnosis_set(
                                d, DIAGNOSIS_ERROR,
                                "Set it, and have it kept by systemd-timesyncd or another time service.",
                                "The clock is wrong: it says %s.", text);
        if (last > now + CLOCK_SLACK)
                return diagnosis_set(
                                d, DIAGNOSIS_WARNING,
                                "Look which of the two was wrong: what has expired is told by it.",
                                "The clock was set back, or was ahead: it says %s, and kpatchd wrote to its "
                                "state at %s.",
                                text, later);
        if (is_not_synchronised(host))
                return diagnosis_set(d, DIAGNOSIS_WARNING, "Look at timedatectl timesync-status.",
                                     "The clock says %s, and systemd-timesyncd has not had it from a server "
                                     "since the boot.",
                                     text);
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

const DoctorCheck doctor_host_checks[] = {
        { "space", check_space },
        { "clock", check_clock },
        { "trust-roots", check_roots },
        { "unsigned", check_unsigned },
        {},
};
