/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host.h"
#include "manifest.h"

/* What switches functions in the running kernel. Each engine is a table of operations in a file of its own;
 * which one serves a patch is said by its manifest. All of this may block for as long as the kernel takes.
 */

typedef enum EngineState {
        ENGINE_STATE_ABSENT, /* no module of that name is loaded */
        ENGINE_STATE_OFF,    /* loaded, its functions not in force */
        ENGINE_STATE_ON,     /* loaded and in force */
        ENGINE_STATE_OTHER,  /* the name is taken by a module that is not this patch's */
} EngineState;

/* What tells one patch's module from all others in the kernel: the name, and the build-id of the very file.
 * Taken from a manifest, or from the generation that recorded it, so that a patch can be rolled back when
 * its manifest is lost or no longer trusted. All strings are borrowed. */
typedef struct EngineModule {
        const char *ref; /* for sentences */
        const char *name;
        const uint8_t *build_id; /* BUILD_ID_SIZE bytes */
} EngineModule;

static inline EngineModule engine_module_from_manifest(const Manifest *m)
{
        return (EngineModule){ m->ref, m->module_name, m->module_build_id };
}

typedef struct Engine {
        const char *name; /* as in a manifest */
        /* Whether it can be used now. Returns 1 or 0, and a sentence that says how or why not. */
        int (*probe)(const Host *host, char **ret_sentence);
        /* Makes it usable: loads its core. Errors: FAILURE_ENGINE_UNAVAILABLE. */
        int (*prepare)(const Host *host, Failure *f);
        /* What the kernel shows of a patch. */
        int (*read_state)(const Host *host, const EngineModule *m, EngineState *ret, Failure *f);
        /* Loads a patch's module from memory, the very bytes that were verified, and puts its functions in
         * force, or changes nothing. Errors: FAILURE_TASK_IN_THE_WAY, FAILURE_KERNEL_REFUSED. */
        int (*load)(const Host *host, const EngineModule *m, const void *data, size_t size, Failure *f);
        /* Puts a loaded patch in force again. Errors: as load. */
        int (*switch_on)(const Host *host, const EngineModule *m, Failure *f);
        /* Puts the old functions in force. Errors: as load. */
        int (*switch_off)(const Host *host, const EngineModule *m, Failure *f);
        /* Unloads the module of a patch that is off. */
        int (*unload)(const Host *host, const EngineModule *m, Failure *f);
        /* Names of the modules that it has in force, sorted; NULL-terminated, freed by strv_free(). */
        int (*list)(const Host *host, char ***ret_modules);
} Engine;

/* All engines, NULL-terminated. */
extern const Engine *const engines[];

/* Errors: FAILURE_ENGINE_UNSUPPORTED. */
int engine_find(const char *name, const Engine **ret, Failure *f);
