/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "job.h"

/* A module and its manifest, opened with the caller's own rights: kpatchd reads only what its caller can. */

#define MODULE_SUFFIX   ".ko"
#define MANIFEST_SUFFIX ".manifest.json"

typedef struct ImportFile {
        const char *path; /* of the module, borrowed */
        int module_fd;
        int manifest_fd;
} ImportFile;

/* Whether an argument names a file and not a patch. */
bool import_file_is_meant(const char *argument);

bool text_ends_with(const char *text, const char *suffix);

/* manifest NULL: it stands beside the module. Errors: FAILURE_USAGE, FAILURE_INVALID_ARGUMENT. */
int import_file_open(const char *module, const char *manifest, ImportFile *ret, Failure *f);
void import_file_close(ImportFile *file);
#define _cleanup_import_file_ __attribute__((cleanup(import_file_close)))

/* Has it verified and stored, as job_run() does. That it is stored already is no error where stored_is_fine
 * is set. */
int import_file_run(JobSession *s, const ImportFile *file, bool stored_is_fine, char **ret_patch,
                    Failure *f);

/* The same for what is going to be done with the patch: applied, installed. A dry run that has stored
 * nothing says that it would be done, and leaves *ret_patch NULL. */
int import_file_for(JobSession *s, const ImportFile *file, const char *done, char **ret_patch, Failure *f);

/* Prints a sentence on what is not done, or appends it to the notes. */
int import_tell(const Client *c, const char *sentence, Failure *f);
