/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "failure.h"
#include "names.h"

#include <stdint.h>

/* The signed description of one patch: docs/man/kpatchd-feed.7 lists the fields. Parsed from verified bytes
 * only. Unknown fields are ignored; a wrong type, a value out of bounds or a missing required field refuses.
 */

#define MANIFEST_FUNCTIONS_MAX 1024
#define MANIFEST_SYMBOL_MAX    511
#define MODULE_NAME_MAX        55 /* of the kernel: MODULE_NAME_LEN less the NUL */
#define MANIFEST_CVES_MAX      256
#define MANIFEST_IDS_MAX       64 /* of supersedes, depends, conflicts */

typedef struct ManifestCve {
        char *id;   /* "CVE-2026-1234" */
        char *cvss; /* vector, or NULL */
        char *url;  /* or NULL */
} ManifestCve;

typedef struct ManifestFunction {
        char *object; /* "vmlinux" or a module's name */
        char *name;
        uint32_t sympos; /* 0: the name is unique */
} ManifestFunction;

typedef struct Manifest {
        char *id;          /* valid by patch_id_is_valid() */
        char *version;     /* valid by patch_version_is_valid() */
        char *ref;         /* "id=version" */
        char *title;       /* one line */
        char *description; /* or NULL */
        char *severity;    /* low, moderate, important, critical, or NULL */
        char *issued;      /* RFC 3339 date or date-time, or NULL */
        char *level;       /* the distribution's package whose fixes a kernel has with it; or NULL */
        ManifestCve *cves;
        size_t n_cves;

        uint8_t kernel_build_id[BUILD_ID_SIZE];
        char *kernel_release;
        char *kernel_arch;   /* or NULL */
        char *kernel_distro; /* or NULL */

        char *module_name; /* as in /sys/module */
        char *module_file; /* a plain file name */
        char *module_vermagic;
        char *module_engine; /* "core", "livepatch": any word; who uses it decides */
        uint64_t module_size;
        uint8_t module_sha256[SHA256_SIZE];
        uint8_t module_build_id[BUILD_ID_SIZE];

        ManifestFunction *functions;
        size_t n_functions;

        bool replace;
        bool reversible;   /* default true */
        char *min_daemon;  /* or NULL */
        char **supersedes; /* NULL-terminated lists of ids, or NULL */
        char **depends;
        char **conflicts;
} Manifest;

/* Errors: FAILURE_MANIFEST_INVALID, naming the field. */
int manifest_parse(const void *data, size_t size, Manifest **ret, Failure *f);

/* The JSON that manifest_parse() reads, indented, with a newline at its end; the caller frees. */
int manifest_format(const Manifest *m, char **ret_text, Failure *f);

Manifest *manifest_free(Manifest *m);
DEFINE_CLEANUP(Manifest *, manifest_free);

bool manifest_function_equal(const ManifestFunction *a, const ManifestFunction *b) _pure_;

/* 1 to MODULE_NAME_MAX letters, digits, '_', '-' and '.', safe as the name of a file. */
bool module_name_is_valid(const char *name) _pure_;

/* Releases an array of functions and what it holds. */
void manifest_functions_free(ManifestFunction *functions, size_t n);
