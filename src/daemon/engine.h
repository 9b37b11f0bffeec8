/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "generation.h"
#include "host.h"
#include "manifest.h"

/* What switches functions in the running kernel. Each engine is a table of operations in a file of its own;
 * which one serves a patch is said by its manifest. All of this may block for as long as the kernel takes.
 */

typedef enum EngineState {
        ENGINE_STATE_ABSENT,     /* no module of that name is loaded */
        ENGINE_STATE_OFF,        /* loaded, its functions not in force */
        ENGINE_STATE_APPLYING,   /* in force, but for some tasks that are still in old functions */
        ENGINE_STATE_ON,         /* loaded and in force */
        ENGINE_STATE_REVERTING,  /* out of force, but for some tasks that are still in its functions */
        ENGINE_STATE_SUPERSEDED, /* loaded, and another patch took its place */
        ENGINE_STATE_OTHER,      /* the name is taken by a module that is not this patch's */
} EngineState;

/* What becomes of a task that is in one of the functions when a patch is switched. */
typedef enum EnginePolicy {
        ENGINE_POLICY_DEFAULT, /* the patch's own */
        ENGINE_POLICY_STRICT,  /* nobody is switched then */
        ENGINE_POLICY_GRADUAL, /* it stays behind until it has left them; all others are switched */
        _ENGINE_POLICY_MAX,
} EnginePolicy;

/* What tells one patch's module from all others in the kernel: the name, and the build-id of the very file.
 * Taken from a manifest, or from the generation that recorded it, so that a patch can be rolled back when
 * its manifest is lost or no longer trusted. All strings are borrowed. */
typedef struct EngineModule {
        const char *ref; /* for sentences */
        const char *name;
        const uint8_t *build_id; /* BUILD_ID_SIZE bytes; NULL: whatever has that name */
} EngineModule;

static inline EngineModule engine_module_from_manifest(const Manifest *m)
{
        return (EngineModule){ m->ref, m->module_name, m->module_build_id };
}

static inline EngineModule engine_module_from_generation(const GenerationPatch *p)
{
        return (EngineModule){ p->ref, p->module_name, p->module_build_id };
}

/* A task that a transition waits for. */
typedef struct Straggler {
        uint32_t pid;
        char *comm;
        char *function; /* that it is in; "" where the kernel does not say */
} Straggler;

/* How long the machine stood still for a patch, and how much was looked at meanwhile. */
typedef struct EnginePause {
        uint64_t last_usec, max_usec;
        uint32_t tasks, tries;
} EnginePause;

typedef struct Engine {
        const char *name; /* as in a manifest */
        /* Where it shows its patches, below sysfs: a folder each, in that one for each object, in that one
         * for each function, called NAME,SYMPOS. */
        const char *folder;
        /* In a patch's folder: the file whose change tells that the patch's state has changed. */
        const char *state_file;
        /* A patch that is off can be put in force only by unloading it and loading it again. */
        bool reloads;
        /* A transition that tasks hold up goes on by itself, and everybody else is switched meanwhile, each
         * task as a whole: there is no need to turn it back, ever. */
        bool patient;
        /* Its modules do not name their functions: what the kernel shows of a loaded one is compared with
         * its manifest. */
        bool compares_functions;
        /* Whether it can be used now. Returns 1 or 0, and a sentence that says how or why not. */
        int (*probe)(const Host *host, char **ret_sentence);
        /* Makes it usable: loads its core. Errors: FAILURE_ENGINE_UNAVAILABLE. */
        int (*prepare)(const Host *host, Failure *f);
        /* What the kernel shows of a patch. */
        int (*read_state)(const Host *host, const EngineModule *m, EngineState *ret, Failure *f);
        /* Loads a patch's module from memory, the very bytes that were verified, and puts its functions in
         * force, or changes nothing. It may come back before the last task has been switched:
         * ENGINE_STATE_APPLYING. Errors: FAILURE_TASK_IN_THE_WAY, FAILURE_KERNEL_REFUSED. */
        int (*load)(const Host *host, const EngineModule *m, EnginePolicy policy, const void *data,
                    size_t size, Failure *f);
        /* Puts a loaded patch in force again, or turns back one that is being taken out. Errors: as load. */
        int (*switch_on)(const Host *host, const EngineModule *m, EnginePolicy policy, Failure *f);
        /* Puts the old functions in force, or turns back one that is being applied. Errors: as load. */
        int (*switch_off)(const Host *host, const EngineModule *m, EnginePolicy policy, Failure *f);
        /* Ends a transition whatever its stragglers execute. Errors: FAILURE_KERNEL_REFUSED. */
        int (*force)(const Host *host, const EngineModule *m, Failure *f);
        /* Unloads the module of a patch that is off. */
        int (*unload)(const Host *host, const EngineModule *m, Failure *f);
        /* Names of the modules that it has in force, wholly or not, sorted; NULL-terminated, freed by
         * strv_free(). */
        int (*list)(const Host *host, char ***ret_modules);
        /* Those that the transition of a patch waits for, as far as the kernel says. */
        int (*read_stragglers)(const Host *host, const EngineModule *m, Straggler **ret, size_t *ret_n);
        /* In which state the part of a loaded patch is that is for one object: "patched", "waiting" for the
         * module to be loaded, "disabled", or "skipped: REASON". */
        int (*read_object)(const Host *host, const EngineModule *m, const char *object, char **ret);
        /* What it shows of a patch's switches, or NULL where it shows nothing. */
        int (*read_pause)(const Host *host, const EngineModule *m, EnginePause *ret);
        /* "strict" or "gradual", or NULL where there is one policy only. */
        int (*read_policy)(const Host *host, const EngineModule *m, char **ret);
} Engine;

/* All engines, NULL-terminated. */
extern const Engine *const engines[];

/* Errors: FAILURE_ENGINE_UNSUPPORTED. */
int engine_find(const char *name, const Engine **ret, Failure *f);

/* Whether the kernel has a recorded patch in force, as far as it can be told. */
bool engine_has_in_force(const Host *host, const GenerationPatch *p);

static inline bool engine_state_is_in_force(EngineState state)
{
        return state == ENGINE_STATE_ON || state == ENGINE_STATE_APPLYING;
}

static inline bool engine_state_is_transition(EngineState state)
{
        return state == ENGINE_STATE_APPLYING || state == ENGINE_STATE_REVERTING;
}

/* "strict" of ENGINE_POLICY_STRICT; NULL of the default. */
const char *engine_policy_to_string(EnginePolicy policy) _const_;
/* Errors: -EINVAL. */
int engine_policy_parse(const char *text, EnginePolicy *ret);

void stragglers_free(Straggler *stragglers, size_t n);
/* Appends one to a list; comm and function are copied. */
int stragglers_append(Straggler **list, size_t *n, uint32_t pid, const char *comm, const char *function);
