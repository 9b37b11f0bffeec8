/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "engine.h"
#include "generation.h"
#include "host.h"
#include "manifest.h"
#include "patch-state.h"

/* What changes something: import, apply, rollback, reapply. Each is a table of steps that run one after the
 * other, in a thread of their own or, at boot, in the only one. A step that fails has the ones before it
 * undone, so that an operation either happens or changes nothing. */

typedef struct Operation Operation;

typedef struct OperationStep {
        const char *name;
        const char *sentence; /* what is being done; %s is the patch */
        int (*run)(Operation *o, Failure *f);
        void (*undo)(Operation *o); /* or NULL; logs what it cannot undo */
} OperationStep;

typedef struct OperationKind {
        const char *name;
        const char *polkit_action;  /* asked for on the bus; NULL: not to be had there */
        const char *polkit_message; /* with $(patch) */
        PatchState state;           /* of the patch meanwhile; _PATCH_STATE_MAX: as it is */
        const char *done;           /* the sentence at the end; %s is the patch */
        const char *failed;         /* for the log, before the reason; %s is the patch */
        const char *done_log_id;
        const char *failed_log_id;
        const OperationStep *steps;
        size_t n_steps;
} OperationKind;

extern const OperationKind operation_import, operation_apply, operation_rollback, operation_reapply;

/* Called before each step, from the thread that runs the operation. */
typedef void (*OperationProgress)(const Operation *o, size_t step, void *userdata);

struct Operation {
        const OperationKind *kind;
        const Host *host;
        char *ref;                  /* NULL while an import does not know it */
        int manifest_fd, module_fd; /* of an import */

        /* What earlier steps found. */
        char *envelope;
        size_t envelope_size;
        char *module;
        size_t module_size;
        Manifest *manifest;
        char *root_name;
        Generation *generation; /* the present one */
        const Engine *engine;
        EngineModule identity; /* points into manifest or generation */
        EngineState found;     /* the patch's state before the operation */
        int lock_fd;
};

/* ref is copied; the descriptors are the operation's from now on, also when this fails. */
int operation_new(const OperationKind *kind, const Host *host, const char *ref, int manifest_fd,
                  int module_fd, Operation **ret, Failure *f);

/* Runs all steps; logs the outcome. */
int operation_run(Operation *o, OperationProgress progress, void *userdata, Failure *f);

Operation *operation_free(Operation *o);

DEFINE_CLEANUP(Operation *, operation_free);

/* Steps that several kinds share. */
int operation_step_lock(Operation *o, Failure *f);
int operation_step_verify_stored(Operation *o, Failure *f);
int operation_load_generation(Operation *o, Failure *f);
int operation_step_attempt(Operation *o, Failure *f);
void operation_undo_attempt(Operation *o);
int operation_step_settle(Operation *o, Failure *f);
