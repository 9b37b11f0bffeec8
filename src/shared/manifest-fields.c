/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "manifest-fields.h"

#include "date.h"
#include "level.h"
#include "patch-ref.h"

#include <stddef.h>

#define DIGITS "0123456789"
#define ALNUM  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS

/* Text of several lines: the control characters of C0 and C1 are refused, as a terminal acts on them. */
static bool text_is_valid(const char *text)
{
        for (const unsigned char *s = (const unsigned char *) text; *s; s++)
                if ((*s < 0x20 && *s != '\n' && *s != '\t') || *s == 0x7f ||
                    (*s == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f))
                        return false;
        return true;
}

bool manifest_line_is_valid(const char *text)
{
        return text_is_valid(text) && !strpbrk(text, "\n\t");
}

bool manifest_word_is_valid(const char *text)
{
        for (const char *s = text; *s; s++)
                if (*s <= ' ' || *s > '~')
                        return false;
        return true;
}

bool manifest_url_is_valid(const char *url)
{
        return manifest_word_is_valid(url) &&
               (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0);
}

bool manifest_cve_id_is_valid(const char *id)
{
        size_t number;

        if (strncmp(id, "CVE-", 4) != 0 || strspn(id + 4, DIGITS) != 4 || id[8] != '-')
                return false;
        number = strspn(id + 9, DIGITS);
        return number >= 4 && number <= 19 && id[9 + number] == 0;
}

bool manifest_symbol_is_valid(const char *name)
{
        return strspn(name, ALNUM "_.$") == strlen(name) && *name && !strchr(DIGITS, name[0]);
}

bool module_name_is_valid(const char *name)
{
        size_t n = strlen(name);

        return n > 0 && n <= MODULE_NAME_MAX && strspn(name, ALNUM "_-.") == n && strchr(ALNUM "_", name[0]);
}

static bool file_name_is_valid(const char *name)
{
        size_t n = strlen(name);

        return n > 3 && strspn(name, ALNUM "_-.+~") == n && strchr(ALNUM, name[0]) &&
               streq(name + n - 3, ".ko");
}

bool manifest_release_is_valid(const char *release)
{
        return strspn(release, ALNUM "_-.+~") == strlen(release) && strchr(ALNUM, release[0]);
}

static bool identifier_is_valid(const char *text)
{
        return strspn(text, ALNUM "_-") == strlen(text);
}

bool manifest_severity_is_valid(const char *severity)
{
        return streq(severity, "low") || streq(severity, "moderate") || streq(severity, "important") ||
               streq(severity, "critical");
}

static bool date_is_valid(const char *text)
{
        time_t t;

        return date_parse(text, &t) >= 0;
}

/* clang-format off */
#define FIELD(member) offsetof(Manifest, member)
const ManifestField manifest_fields[] = {
        { NULL, "id", MANIFEST_TEXT, true, FIELD(id), PATCH_ID_MAX, patch_id_is_valid,
          "is not the id of a patch" },
        { NULL, "version", MANIFEST_TEXT, true, FIELD(version), PATCH_VERSION_MAX, patch_version_is_valid,
          "is not a version" },
        { NULL, "title", MANIFEST_TEXT, true, FIELD(title), 200, manifest_line_is_valid,
          "has control characters" },
        { NULL, "description", MANIFEST_TEXT, false, FIELD(description), 8192, text_is_valid,
          "has control characters" },
        { NULL, "severity", MANIFEST_TEXT, false, FIELD(severity), 16, manifest_severity_is_valid,
          "is none of low, moderate, important and critical" },
        { NULL, "issued", MANIFEST_TEXT, false, FIELD(issued), 32, date_is_valid,
          "is not a date like 2026-11-21 or 2026-11-21T12:00:00Z" },
        { NULL, "level", MANIFEST_TEXT, false, FIELD(level), LEVEL_MAX, level_is_valid,
          "is not the version of a package" },
        { NULL, "replace", MANIFEST_BOOL, false, FIELD(replace), 0, NULL, NULL },
        { NULL, "reversible", MANIFEST_BOOL, false, FIELD(reversible), 0, NULL, NULL },
        { NULL, "supersedes", MANIFEST_IDS, false, FIELD(supersedes), MANIFEST_IDS_MAX, NULL, NULL },
        { NULL, "depends", MANIFEST_IDS, false, FIELD(depends), MANIFEST_IDS_MAX, NULL, NULL },
        { NULL, "conflicts", MANIFEST_IDS, false, FIELD(conflicts), MANIFEST_IDS_MAX, NULL, NULL },
        { NULL, "min_daemon", MANIFEST_TEXT, false, FIELD(min_daemon), PATCH_VERSION_MAX, patch_version_is_valid,
          "is not a version" },

        { "kernel", "build_id", MANIFEST_BYTES, true, FIELD(kernel_build_id), BUILD_ID_SIZE, NULL, NULL },
        { "kernel", "release", MANIFEST_TEXT, true, FIELD(kernel_release), 64, manifest_release_is_valid,
          "is not a kernel release" },
        { "kernel", "arch", MANIFEST_TEXT, false, FIELD(kernel_arch), 32, identifier_is_valid,
          "is not the name of an architecture" },
        { "kernel", "distro", MANIFEST_TEXT, false, FIELD(kernel_distro), 64, manifest_line_is_valid,
          "has control characters" },

        { "module", "name", MANIFEST_TEXT, true, FIELD(module_name), MODULE_NAME_MAX, module_name_is_valid,
          "is not the name of a module" },
        { "module", "file", MANIFEST_TEXT, true, FIELD(module_file), 128, file_name_is_valid,
          "is not a plain file name that ends in .ko" },
        { "module", "size", MANIFEST_SIZE, true, FIELD(module_size), MODULE_SIZE_MAX, NULL, NULL },
        { "module", "sha256", MANIFEST_BYTES, true, FIELD(module_sha256), SHA256_SIZE, NULL, NULL },
        { "module", "vermagic", MANIFEST_TEXT, true, FIELD(module_vermagic), 255, manifest_line_is_valid,
          "has control characters" },
        { "module", "engine", MANIFEST_TEXT, true, FIELD(module_engine), 32, identifier_is_valid,
          "is not the name of an engine" },
        { "module", "build_id", MANIFEST_BYTES, true, FIELD(module_build_id), BUILD_ID_SIZE, NULL, NULL },
        {},
};
/* clang-format on */
