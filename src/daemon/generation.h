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
        bool reversible; /* what its manifest said, for when that cannot be verified any more */
        char **depends;  /* ids */
} GenerationPatch;

typedef struct Generation {
        uint64_t number;   /* 0: none was recorded yet */
        uint64_t previous; /* the one that a rollback goes to */
        uint64_t damaged;  /* the highest number of later ones that cannot be read; 0: there is none */
        char *created;     /* RFC 3339, UTC */
        char *cause;       /* "apply id=version" */
        GenerationPatch *patches; /* in the order in which they were applied */
        size_t n_patches;
} Generation;

#define GENERATION_FORMAT 1

/* The folder of a kernel build, which need not be there. */
int generation_folder(const char *state_dir, const char *build_id, char **ret);

/* The present generation. Where later ones cannot be read, it is the last that can, and says so: what was
 * rolled back since would come back with it, so that nothing may be applied by it before
 * generation_repair(). */
int generation_load(const char *state_dir, const char *build_id, Generation **ret, Failure *f);

/* One of a number that is not the present one's. Errors: -ENOENT, and -EBADMSG where it is damaged. */
int generation_load_number(const char *state_dir, const char *build_id, uint64_t number, Generation **ret);

/* The numbers that there are, ascending, readable or not; the caller frees. */
int generation_list(const char *state_dir, const char *build_id, uint64_t **ret, size_t *ret_n);

/* Sets aside as NUMBER.json.broken, and says in the log, those above number that cannot be read. */
int generation_set_aside(const char *state_dir, const char *build_id, uint64_t number, Failure *f);

/* Removes one. Logs it if it cannot. */
void generation_remove(const char *state_dir, const char *build_id, uint64_t number);

/* NULL when g does not have it. */
const GenerationPatch *generation_find(const Generation *g, const char *ref);

/* Takes a patch out of g, in memory. */
void generation_forget(Generation *g, const char *ref);

/* Records the generation after g, with a patch added at its end, or one taken out. One that replaces takes
 * the place of all others of its engine; what one that is taken out had replaced comes back: restored, which
 * may be NULL, has these and maybe others that g has. Its cause is the verb. */
int generation_record_with(const char *state_dir, const char *build_id, const Generation *g,
                           const Manifest *add, const char *verb, Failure *f);
int generation_record_without(const char *state_dir, const char *build_id, const Generation *g,
                              const char *ref, const Generation *restored, const char *verb, Failure *f);

/* Records the generation after present, with the patches of g: what a rollback to g leads to, or what was
 * rebuilt
 * ("rebuilt"). Its previous one is g's. Returns the number by ret_number. */
int generation_record_as(const char *state_dir, const char *build_id, const Generation *present,
                         const Generation *g, const char *cause, uint64_t *ret_number, Failure *f);

/* Adds a patch to g, in memory. */
int generation_add(Generation *g, const Manifest *m);

Generation *generation_free(Generation *g);

DEFINE_CLEANUP(Generation *, generation_free);
