/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "manifest.h"

/* The manifest's members that hold one value or a list of ids, as one table that the reader and the writer
 * both walk; cves and objects are structured and have code of their own. */

typedef enum ManifestFieldType {
        MANIFEST_TEXT,  /* char * */
        MANIFEST_BYTES, /* uint8_t[max], in hexadecimal */
        MANIFEST_SIZE,  /* uint64_t, 1 to max */
        MANIFEST_BOOL,
        MANIFEST_IDS, /* char **, NULL-terminated, at most max patch ids */
} ManifestFieldType;

typedef struct ManifestField {
        const char *section; /* the object that holds it, NULL for the manifest itself */
        const char *name;
        ManifestFieldType type;
        bool required;
        size_t offset; /* in Manifest */
        size_t max;
        bool (*is_valid)(const char *text); /* of texts */
        const char *rule;                   /* what is said of an invalid text */
} ManifestField;

/* Ends with a row whose name is NULL. Members of one section stand together. */
extern const ManifestField manifest_fields[];

/* One line of text: no control characters. */
bool manifest_line_is_valid(const char *text) _pure_;
bool manifest_cve_id_is_valid(const char *id) _pure_;
/* Printable ASCII without spaces. */
bool manifest_word_is_valid(const char *text) _pure_;
bool manifest_url_is_valid(const char *url) _pure_;
bool manifest_symbol_is_valid(const char *name) _pure_;
bool manifest_severity_is_valid(const char *severity) _pure_;
bool manifest_release_is_valid(const char *release) _pure_;
