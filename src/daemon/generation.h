/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "failure.h"
#include "manifest.h"
#include "names.h"

#include <stdint.h>

/* The numbered sets of patches that the host wants for one kernel build, below the state folder:
 *   generations/<build-id>/<number>.json
 * Every apply and rollback adds the next one; the highest number is the present one. A file is written once
 * and never changed, so a power cut leaves either the old present generation or the new one. */

/* One wanted patch, with what it takes to find it in the kernel even when its manifest is gone. */
typedef struct GenerationPatch {
        char *ref; /* "id=version" */
        char *engine;
        char *module_name;
        uint8_t module_build_id[BUILD_ID_SIZE];
} GenerationPatch;

typedef struct Generation {
        uint64_t number;          /* 0: none was recorded yet */
        char *created;            /* RFC 3339, UTC */
        char *cause;              /* "apply id=version" */
        GenerationPatch *patches; /* in the order in which they were applied */
        size_t n_patches;
} Generation;

/* The present generation. One that cannot be read is set aside as <number>.json.broken, said in the log, and
 * the one before it is taken. */
int generation_load(const char *state_dir, const char *build_id, Generation **ret, Failure *f);

/* One of a number that is not the present one's. Errors: -ENOENT, and -EBADMSG where it is damaged. */
int generation_load_number(const char *state_dir, const char *build_id, uint64_t number, Generation **ret);

/* NULL when g does not have it. */
const GenerationPatch *generation_find(const Generation *g, const char *ref);

/* Takes a patch out of g, in memory. */
void generation_forget(Generation *g, const char *ref);

/* Records the generation after g, with a patch added at its end, or one taken out. One that replaces takes
 * the place of all others of its engine; what one that is taken out had replaced comes back: restored, which
 * may be NULL, has these and maybe others that g has. */
int generation_record_with(const char *state_dir, const char *build_id, const Generation *g,
                           const Manifest *add, Failure *f);
int generation_record_without(const char *state_dir, const char *build_id, const Generation *g,
                              const char *ref, const Generation *restored, Failure *f);

Generation *generation_free(Generation *g);

DEFINE_CLEANUP(Generation *, generation_free);
