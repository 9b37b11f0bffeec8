/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* What has patches applied at boot, and the rest of the project going. */

#include "cleanup.h"
#include "doctor-internal.h"
#include "generation.h"
#include "guard.h"
#include "quarantine.h"
#include "text.h"

#include <dirent.h>
#include <limits.h>

#define REAPPLY "kpatchd-reapply.service"

/* Where systemd looks for units, what an administrator has made first. */
static const char *const unit_folders[] = {
        "/etc/systemd/system",
        "/run/systemd/system",
        "/usr/lib/systemd/system",
        "/lib/systemd/system",
};

typedef struct Unit {
        const char *name;
        const char *wanted_by; /* NULL: something else asks for it */
        bool of_feeds;
        const char *lack; /* what does not happen without it */
} Unit;

static const Unit reapply = { REAPPLY, "sysinit.target", false, "patches are not applied at boot" };

static const Unit units[] = {
        { "kpatchd-reapply-late.service", "multi-user.target", false,
          "patches are not applied at boot where that is not possible early" },
        { "kpatchd-settle.service", NULL, false,
          "patches that were applied at boot are not counted as good" },
        { "kpatchd.service", NULL, false, "the daemon is not started when somebody calls it" },
        { "kpatchd-stack.socket", "sockets.target", false, "kernel stacks cannot be shown" },
        { "kpatchd-fetch.socket", "sockets.target", true, "nothing can be downloaded from a feed" },
        { "kpatchd-health.socket", "sockets.target", true, "no health check can run" },
        { "kpatchd-refresh.timer", "timers.target", true, "feeds are not asked for new patches" },
};

static bool exists_below(const Host *host, const char *folder, const char *name)
{
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s%s/%s", host->prefix, folder, name);
        return access(path, F_OK) == 0;
}

static bool is_masked(const Host *host, const char *folder, const char *name)
{
        char path[PATH_MAX], target[PATH_MAX] = {};

        (void) snprintf(path, sizeof(path), "%s%s/%s", host->prefix, folder, name);
        return readlink(path, target, sizeof(target) - 1) > 0 && streq(target, "/dev/null");
}

static bool is_there(const Host *host, const Unit *unit)
{
        char name[NAME_MAX + 1];

        (void) snprintf(name, sizeof(name), "%s%s%s", strempty(unit->wanted_by),
                        unit->wanted_by ? ".wants/" : "", unit->name);
        FOREACH_ARRAY (folder, unit_folders, ELEMENTSOF(unit_folders))
                if (exists_below(host, *folder, name))
                        return true;
        return false;
}

/* 1 where it is as it should be; else says what it is not. */
static int check_unit(const Host *host, const Unit *unit, Diagnosis *d)
{
        const char *verb, *state;
        _cleanup_free_ char *remedy = NULL;
        bool masked = is_masked(host, unit_folders[0], unit->name) ||
                      is_masked(host, unit_folders[1], unit->name);

        if (!masked && is_there(host, unit))
                return 1;
        state = masked ? "masked" : unit->wanted_by ? "not enabled" : "not installed";
        verb = masked ? "systemctl unmask" : unit->wanted_by ? "systemctl enable" : "Install again what has";
        remedy = text_format("%s %s", verb, unit->name);
        if (!remedy)
                return -ENOMEM;
        return diagnosis_set(d, DIAGNOSIS_WARNING, remedy, "%s is %s, so %s.", unit->name, state,
                             unit->lack);
}

/* Of those that are wanted: to the others it makes no difference. */
static int check_quarantine(const Host *host, Diagnosis *d)
{
        _cleanup_(generation_freep) Generation *g = NULL;
        Quarantine *list = NULL;
        size_t n = 0;
        int r = 1;

        if (generation_load(host->state_dir, host->kernel->build_id_text, &g, NULL) < 0 ||
            quarantine_list(host->state_dir, &list, &n, NULL) < 0)
                return 1;
        for (size_t i = 0; r == 1 && i < n; i++)
                if (generation_find(g, list[i].ref))
                        r = diagnosis_set(d, DIAGNOSIS_WARNING,
                                          "kpatchctl quarantine says why, and 'kpatchctl quarantine clear' "
                                          "has it tried again.",
                                          "Not all patches are applied at boot: one, %s, is quarantined.",
                                          list[i].ref);
        quarantine_free_many(list, n);
        return r;
}

static int check_boot(const Host *host, const Config *config, Diagnosis *d)
{
        _cleanup_free_ char *why = NULL;
        int r;

        r = guard_is_closed(host, config, &why);
        if (r > 0)
                return diagnosis_set(d, DIAGNOSIS_WARNING,
                                     "Take that away once the reason for it is gone; kpatchd(8) says how.",
                                     "Patches are not applied at boot: %s", why);
        /* A number of crashes that cannot be read keeps nothing out. */
        if (r != -ENOMEM)
                r = check_unit(host, &reapply, d);
        if (r == 1)
                r = check_quarantine(host, d);
        return r == 1 ? diagnosis_set(d, DIAGNOSIS_OK, NULL, "Patches are applied at boot, by " REAPPLY ".")
                      : r;
}

static bool has_feeds(const Host *host)
{
        static const char suffix[] = ".conf";
        char path[PATH_MAX];
        struct dirent *entry;
        bool found = false;
        DIR *dir;

        (void) snprintf(path, sizeof(path), "%s/feeds.d", host->conf_dir);
        dir = opendir(path);
        while (dir && !found && (entry = readdir(dir))) {
                size_t n = strlen(entry->d_name);

                found = n >= sizeof(suffix) && streq(entry->d_name + n - strlen(suffix), suffix);
        }
        if (dir)
                closedir(dir);
        return found;
}

static int check_units(const Host *host, const Config *config, Diagnosis *d)
{
        static const char activation[] = "/usr/share/dbus-1/system-services";
        bool feeds = has_feeds(host);

        (void) config;
        FOREACH_ARRAY (unit, units, ELEMENTSOF(units)) {
                int r = unit->of_feeds && !feeds ? 1 : check_unit(host, unit, d);

                if (r != 1)
                        return r;
        }
        if (!exists_below(host, activation, BUS_NAME ".service"))
                return diagnosis_set(d, DIAGNOSIS_WARNING, "Install again what has it.",
                                     "%s/" BUS_NAME ".service is not there, so the bus does not start the "
                                     "daemon when somebody calls it.",
                                     activation);
        return diagnosis_set(d, DIAGNOSIS_OK, NULL, "All units of the project are as they should be.");
}

const DoctorCheck doctor_boot_checks[] = {
        { "boot", check_boot },
        { "units", check_units },
        {},
};
