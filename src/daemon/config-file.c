/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "config-file.h"

#include "cleanup.h"
#include "file.h"
#include "log.h"
#include "nearest.h"
#include "strv.h"
#include "text.h"

#include <dirent.h>
#include <fcntl.h>
#include <ini.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>

#define FILE_SIZE_MAX (64U * 1024)
#define SUFFIX        ".conf"

typedef struct Setting {
        const char *section;
        const char *name;
        const char *unit; /* for sentences; "" for a bare number; NULL: a list of folders, and no number */
        size_t offset;
        uint64_t min, max, usual;
} Setting;

/* clang-format off */
#define ROW(section, name, unit, field, min, max, usual) \
        { section, name, unit, offsetof(Config, field), min, max, usual }

static const Setting settings[] = {
        ROW("Boot",        "SettleSec",      " of seconds",   settle_sec,        0, 86400, 60),
        ROW("Boot",        "CrashLimit",     "",              crash_limit,       0, 100, 1),
        ROW("Boot",        "BootCrashLimit", "",              boot_crash_limit,  0, 100, 3),
        ROW("Boot",        "RetrySec",       " of seconds",   retry_sec,         0, 60, 20),
        ROW("Transition",  "DeadlineSec",    " of seconds",   transition_sec,    0, 86400, 60),
        ROW("Generations", "Keep",           "",              generations_kept,  2, 10000, 20),
        ROW("Generations", "Kernels",        "",              kernels_kept,      1, 1000, 5),
        ROW("History",     "SizeMaxKiB",     " of KiB",       history_kib_max,   4, 1048576, 1024),
        ROW("History",     "Files",          "",              history_files,     0, 100, 4),
        ROW("Store",       "PatchesMax",     "",              store_patches,     0, 10000, 500),
        ROW("Store",       "SizeMaxMiB",     " of MiB",       store_mib,         0, 1048576, 1024),
        ROW("Store",       "PatchesPerUser", "",              store_user_patches, 0, 10000, 50),
        ROW("Store",       "SizePerUserMiB", " of MiB",       store_user_mib,    0, 1048576, 256),
        ROW("Daemon",      "IdleSec",        " of seconds",   idle_sec,          0, 86400, 600),
        ROW("Queue",       "JobsPerUser",    "",              jobs_per_user,     1, 16, 8),
        { .section = "Import", .name = "UnsignedFrom" },
};
#undef ROW
/* clang-format on */

/* One file while it is read. */
typedef struct Reading {
        Config *config;
        char ***folders; /* of UnsignedFrom=, an strv */
        const char *path;
        const char *rest; /* of the text */
        unsigned line;
        char **complaints; /* strv */
        int error;
} Reading;

static void complain(Reading *reading, const char *format, ...) _printf_(2, 3);

static void complain(Reading *reading, const char *format, ...)
{
        _cleanup_free_ char *what = NULL, *text = NULL;
        va_list ap;

        va_start(ap, format);
        what = text_formatv(format, ap);
        va_end(ap);
        if (what)
                text = reading->line > 0 ? text_format("%s:%u: %s", reading->path, reading->line, what)
                                         : text_format("%s: %s", reading->path, what);
        if (text)
                text_sanitize(text);
        if (!text || strv_append(&reading->complaints, text) < 0)
                reading->error = -ENOMEM;
}

static void complain_unknown(Reading *reading, const char *section, const char *name)
{
        const char *names[ELEMENTSOF(settings)] = {}, *nearest;
        bool has_section = false;

        for (size_t i = 0; i < ELEMENTSOF(settings); i++)
                if (streq(settings[i].section, section)) {
                        names[i] = settings[i].name;
                        has_section = true;
                }
        if (!has_section) {
                for (size_t i = 0; i < ELEMENTSOF(settings); i++)
                        names[i] = settings[i].section;
                nearest = nearest_find(section, names, ELEMENTSOF(names));
                complain(reading, "there is no section [%.40s]%s%s%s", section,
                         nearest ? "; did you mean [" : "", strempty(nearest), nearest ? "]?" : ".");
                return;
        }
        nearest = nearest_find(name, names, ELEMENTSOF(names));
        complain(reading, "there is no setting '%.40s' in [%s]%s%s%s", name, section,
                 nearest ? "; did you mean '" : "", strempty(nearest), nearest ? "'?" : ".");
}

static void set(Reading *reading, const Setting *setting, const char *text)
{
        uint64_t *field = (uint64_t *) ((char *) reading->config + setting->offset), value;
        size_t n = strspn(text, "0123456789");

        value = n > 0 && n <= 18 ? strtoull(text, NULL, 10) : UINT64_MAX;
        if (text[n] != 0 || value < setting->min || value > setting->max) {
                complain(reading,
                         "'%.40s' is no value for %s: it takes a number%s from %" PRIu64 " to %" PRIu64
                         "; it stays at %" PRIu64 ".",
                         text, setting->name, setting->unit, setting->min, setting->max, *field);
                return;
        }
        *field = value;
}

static bool folder_is_valid(const char *folder)
{
        size_t n = strlen(folder);

        return folder[0] == '/' && n > 1 && n < PATH_MAX / 2 && folder[n - 1] != '/' &&
               !strstr(folder, "//") && !strstr(folder, "/./") && !strstr(folder, "/../") &&
               !streq(folder + n - 2, "/.") && (n < 3 || !streq(folder + n - 3, "/.."));
}

static void add_folder(Reading *reading, const Setting *setting, const char *folder)
{
        if (!folder_is_valid(folder))
                complain(reading,
                         "'%.80s' is no value for %s: it takes absolute paths of folders, without '.', '..' or a "
                         "slash at the end; it is left out.",
                         folder, setting->name);
        else if (strv_length(*reading->folders) == CONFIG_UNSIGNED_FROM_MAX)
                complain(reading, "%s takes %d folders at most; '%.80s' is left out.", setting->name,
                         CONFIG_UNSIGNED_FROM_MAX, folder);
        else if (!strv_contains(*reading->folders, folder) && strv_append(reading->folders, folder) < 0)
                reading->error = -ENOMEM;
}

/* Each line adds to the list, and one without a value empties it. */
static void set_folders(Reading *reading, const Setting *setting, const char *text)
{
        _cleanup_free_ char *copy = strdup(text);
        char *rest = copy, *folder;

        if (!copy) {
                reading->error = -ENOMEM;
                return;
        }
        if (!copy[strspn(copy, " \t")])
                *reading->folders = strv_free(*reading->folders);
        while ((folder = strsep(&rest, " \t")))
                if (folder[0])
                        add_folder(reading, setting, folder);
}

/* Called by inih for each setting. */
static int on_setting(void *userdata, const char *section, const char *name, const char *value)
{
        Reading *reading = userdata;

        FOREACH_ARRAY (setting, settings, ELEMENTSOF(settings))
                if (streq(setting->section, section) && streq(setting->name, name)) {
                        (setting->unit ? set : set_folders)(reading, setting, strempty(value));
                        return 1;
                }
        complain_unknown(reading, section, name);
        return 1;
}

/* Hands inih one line, as fgets() would, and counts them: its own callback does not say where it is. */
static char *next_line(char *line, int size, void *userdata)
{
        Reading *reading = userdata;
        size_t n = strcspn(reading->rest, "\n");

        if (!reading->rest[0])
                return NULL;
        reading->line++;
        if (n >= (size_t) size - 1) {
                complain(reading, "the line is longer than %d characters and is left out.", size - 2);
                line[0] = 0;
        } else {
                memcpy(line, reading->rest, n);
                line[n] = 0;
        }
        reading->rest += n + (reading->rest[n] == '\n');
        return line;
}

static int read_file(const char *path, Config *config, char ***folders, char ***complaints)
{
        Reading reading = { .config = config, .folders = folders, .path = path, .complaints = *complaints };
        _cleanup_free_ char *text = NULL;
        int r;

        r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, &text, NULL);
        if (r == -ENOENT)
                return 0;
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                complain(&reading, "it cannot be read and is left out: %s.",
                         r == -ELOOP ? "it is a symbolic link" : strerror(-r));
        else {
                reading.rest = text;
                r = ini_parse_stream(next_line, &reading, on_setting, &reading);
                if (r > 0) {
                        reading.line = (unsigned) r;
                        complain(&reading, "that is neither [SECTION] nor NAME=VALUE.");
                }
        }
        *complaints = reading.complaints;
        return reading.error;
}

/* The names in conf.d, sorted. */
static int list_folder(const char *path, char ***ret_names)
{
        _cleanup_strv_free_ char **names = NULL;
        struct dirent *entry;
        DIR *dir = opendir(path);
        int r = 0;

        while (dir && r >= 0 && (entry = readdir(dir))) {
                size_t n = strlen(entry->d_name);

                if (entry->d_name[0] != '.' && n > strlen(SUFFIX) &&
                    streq(entry->d_name + n - strlen(SUFFIX), SUFFIX))
                        r = strv_append(&names, entry->d_name);
        }
        if (dir)
                closedir(dir);
        if (r < 0)
                return r;
        strv_sort(names);
        *ret_names = TAKE_PTR(names);
        return 0;
}

static int read_below(const char *folder, const char *name, Config *config, char ***folders,
                      char ***complaints)
{
        _cleanup_free_ char *path = NULL;

        path = text_format("%s/%s", folder, name);
        if (!path)
                return -ENOMEM;
        return read_file(path, config, folders, complaints);
}

static int load(const char *conf_dir, Config *ret, char ***ret_folders, char ***ret_complaints)
{
        _cleanup_strv_free_ char **names = NULL, **folders = NULL, **complaints = NULL;
        _cleanup_free_ char *folder = NULL;
        Config config = {};
        int r;

        FOREACH_ARRAY (setting, settings, ELEMENTSOF(settings))
                if (setting->unit)
                        *(uint64_t *) ((char *) &config + setting->offset) = setting->usual;
        folder = text_format("%s/conf.d", conf_dir);
        if (!folder)
                return -ENOMEM;
        r = read_below(conf_dir, "kpatchd.conf", &config, &folders, &complaints);
        if (r >= 0)
                r = list_folder(folder, &names);
        for (char **name = names; r >= 0 && name && *name; name++)
                r = read_below(folder, *name, &config, &folders, &complaints);
        if (r < 0)
                return r;
        *ret = config;
        *ret_folders = TAKE_PTR(folders);
        *ret_complaints = TAKE_PTR(complaints);
        return 0;
}

int config_load(const char *conf_dir, Config *ret, char ***ret_complaints)
{
        _cleanup_strv_free_ char **folders = NULL;

        return load(conf_dir, ret, &folders, ret_complaints);
}

int config_read_unsigned_from(const char *conf_dir, char ***ret)
{
        _cleanup_strv_free_ char **complaints = NULL;
        Config config;

        return load(conf_dir, &config, ret, &complaints);
}

int config_read(const char *conf_dir, Config *ret)
{
        _cleanup_strv_free_ char **complaints = NULL;
        int r;

        r = config_load(conf_dir, ret, &complaints);
        if (r < 0)
                return r;
        for (char **complaint = complaints; complaint && *complaint; complaint++)
                log_warning("%s", *complaint);
        return 0;
}
