/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "config-file.h"
#include "engine.h"
#include "feed.h"
#include "generation.h"
#include "health.h"
#include "host.h"
#include "manifest.h"
#include "patch-state.h"
#include "refresh-memory.h"

/* What changes something: import, apply, rollback, reapply. Each is a table of steps that run one after the
 * other, in a thread of their own or, at boot, in the only one. A step that fails has the ones before it
 * undone, so that an operation either happens or changes nothing. */

typedef struct Operation Operation;

/* What may be asked of an operation besides its patch. All zero is the usual. */
typedef struct OperationOptions {
        bool runtime; /* leaves the generation as it is: gone with the next boot */
        bool dry_run; /* ends before the first step that changes something */
        bool has_expected_generation;
        uint64_t expected_generation; /* of the present one; else it is refused */
        EnginePolicy policy;
        bool has_deadline;
        uint32_t deadline_sec; /* of a transition, which is turned back then; 0: none */
        bool attached;         /* cancelled when who asked for it has left the bus */
        bool scheduled;        /* by the timer: feeds that keep failing are left alone for a while */
        bool download;         /* what feeds have for this host is stored, whatever their policy */
} OperationOptions;

/* Which of them a kind takes; the others are refused. */
typedef enum OperationOption {
        OPERATION_OPTION_RUNTIME = 1 << 0,
        OPERATION_OPTION_DRY_RUN = 1 << 1,
        OPERATION_OPTION_EXPECT_GENERATION = 1 << 2,
        OPERATION_OPTION_POLICY = 1 << 3,
        OPERATION_OPTION_DEADLINE = 1 << 4,
        OPERATION_OPTION_ATTACHED = 1 << 5,
        OPERATION_OPTION_SCHEDULED = 1 << 6,
        OPERATION_OPTION_DOWNLOAD = 1 << 7,
} OperationOption;

/* Who asked for it, as the history has it. */
typedef struct Requester {
        uid_t uid;
        char comm[16]; /* of the process; "" where it cannot be told */
} Requester;

typedef struct OperationStep {
        const char *name;
        const char *sentence; /* what is being done; %s is the patch */
        int (*run)(Operation *o, Failure *f);
        void (*undo)(Operation *o); /* or NULL; logs what it cannot undo */
        bool changes;               /* a dry run ends before it */
} OperationStep;

typedef struct OperationKind {
        const char *name;
        const char *polkit_action;  /* asked for on the bus; NULL: not to be had there */
        const char *polkit_message; /* with $(patch), or $(generation) where it is of many */
        const char *polkit_detail;  /* what ref is called in there; NULL: "patch" */
        PatchState state;           /* of the patch meanwhile; _PATCH_STATE_MAX: as it is */
        bool harmless;              /* it changes nothing: nobody is asked, and it is no history */
        bool audited;               /* it changes what software runs */
        bool many;                  /* it is of all patches, and has no reference */
        bool any_ref;               /* it need not be of a patch that is there */
        bool beside;                /* runs while another operation does, but none of this sort */
        bool unattended;            /* nobody waits for the last task, if the engine is patient */
        unsigned options;           /* OperationOption bits */
        const char *noun;           /* what ref names, for sentences; NULL: a patch */
        const char *done;           /* the sentence at the end; %s is the patch */
        const char *done_all;       /* the whole sentence where there is no patch; or NULL */
        const char *would;          /* the same of a dry run: "could be applied" */
        const char *would_all;      /* and where there is no patch; or NULL */
        const char *failed;         /* for the log, before patch and reason */
        const char *failed_all;     /* the same where there is no patch; or NULL */
        const char *done_log_id;
        const char *failed_log_id;
        const OperationStep *steps;
        size_t n_steps;
} OperationKind;

/* Restore and withdraw are apply and rollback as parts of another operation, which has the lock and records
 * the generation. */
extern const OperationKind operation_restore, operation_withdraw;
extern const OperationKind operation_import, operation_import_unsigned, operation_apply, operation_rollback,
                operation_rollback_to, operation_reapply, operation_clear_quarantine, operation_hold,
                operation_unhold, operation_refresh, operation_remove, operation_verify, operation_install,
                operation_uninstall;

typedef struct OperationRequest {
        const OperationKind *kind;
        const char *ref;            /* NULL where the kind needs none, or finds it out */
        uint64_t target;            /* the number of a generation, of a kind that goes to one */
        const char *path;           /* of a module, of an import that the daemon opens itself */
        int manifest_fd, module_fd; /* of an import, else negative */
        OperationOptions options;
        Requester by;
        bool automatic;   /* on the word of a feed */
        const Feed *feed; /* whose health check an apply has to pass; or NULL */
        /* By attempt_now(): until then the kernel is asked again where tasks were in the way. */
        uint64_t retry_until;
} OperationRequest;

/* Called before each step, and when what is done in it has a new sentence (o->sentence, or NULL for the
 * step's), from the thread that runs the operation. */
typedef void (*OperationProgress)(const Operation *o, size_t step, void *userdata);

struct Operation {
        const OperationKind *kind;
        const Host *host;
        Config config;
        char *ref;                  /* NULL while an import does not know it */
        char *path;                 /* of an import of what is unsigned; else NULL */
        int manifest_fd, module_fd; /* of an import */
        uint64_t target;            /* of a rollback to a generation */
        OperationOptions options;
        Requester by;
        bool automatic;
        uint64_t retry_until;
        HealthRequest *check; /* that it has to pass; or NULL */
        uint64_t check_sec;   /* which may take so long */
        int cancel_fd;        /* an eventfd: readable once it was cancelled */

        /* Where it is. */
        OperationProgress progress;
        void *progress_userdata;
        size_t step;
        char *sentence; /* of what the step does just now; NULL: the step's own */
        char *left;     /* what could not be undone, the first of it; or NULL */
        char *outcome;  /* of a success, where the kind's sentence does not say it all; or NULL */

        /* What earlier steps found. */
        char *folder; /* of an import of what is unsigned: the one that is believed */
        char *envelope;
        size_t envelope_size;
        char *module;
        size_t module_size;
        Manifest *manifest;
        char *root_name;
        Generation *generation;   /* the present one */
        RefreshMemories memories; /* of a refresh: how it went for each feed */
        bool unremarkable;        /* nothing came of it that anybody would want to know later */
        uint64_t recorded;        /* the number of the one that was made; 0: none */
        const Engine *engine;
        EngineModule identity; /* points into manifest or generation */
        EngineState found;     /* the patch's state before the operation */
        Generation *replaced;  /* of a rollback: has what the patch had taken the place of; or NULL */
        Operation **parts;     /* of a rollback: by which others were put back, or taken out */
        size_t n_parts;
        Generation *goal;   /* of a rollback to a generation: that one */
        Generation *before; /* and what was in force before, runtime patches included; or NULL. Of an apply:
                             * those that the patch takes the place of */
        bool restore_after; /* the kernel would not have what was replaced beside the patch */
        bool make_way;      /* what goes has to go before what comes */
        bool undoing;       /* its parts cannot be cancelled any more */
        Health *health;     /* who will run the check; or NULL */
        int lock_fd;
};

/* The request is copied; its descriptors are the operation's from now on, also when this fails. */
int operation_new(const OperationRequest *request, const Host *host, const Config *config, Operation **ret,
                  Failure *f);

/* Whether the one, asked for after the other, brings about nothing else. */
bool operation_request_is_same(const Operation *o, const OperationRequest *request);

/* Has it end with FAILURE_CANCELED before its next step, or out of a transition, unless it has come to its
 * recording. For any thread. */
void operation_cancel(Operation *o);
bool operation_is_canceled(const Operation *o);

/* Runs all steps; logs the outcome. */
int operation_run(Operation *o, OperationProgress progress, void *userdata, Failure *f);

/* How a success is told: "Patch fix=1 was applied." The caller frees; NULL when memory is out. */
char *operation_sentence(const Operation *o);

Operation *operation_free(Operation *o);

DEFINE_CLEANUP(Operation *, operation_free);

/* Logs that something of o, which is of patch ref, could not be undone, and has o say so at its end. */
void operation_undo_failed(Operation *o, const char *ref, const Failure *why, const char *format, ...)
                _printf_(4, 5);

/* Steps that several kinds share. */
int operation_step_lock(Operation *o, Failure *f);
int operation_step_verify_stored(Operation *o, Failure *f);
int operation_load_generation(Operation *o, Failure *f);
int operation_step_attempt(Operation *o, Failure *f);
/* It changed nothing: a patch that was settling goes on. */
void operation_undo_attempt(Operation *o);
/* The patch is out of force, and has nothing to prove. */
void operation_end_attempt(Operation *o);

/* FAILURE_FEED_EXPIRED where the feed that vouches for a patch has expired, and nobody ever had the patch
 * applied here: its publisher may have withdrawn it, and this host was kept from seeing that. found is known
 * by then. */
int operation_check_fresh(const Operation *o, Failure *f);

/* The trial (operation-trial.c): the first before the kernel is touched. Both do nothing without a check. */
int operation_trial_open(Operation *o, Failure *f);
int operation_step_trial(Operation *o, Failure *f);

/* What was put in force has to live for the settle time. */
int operation_step_settle(Operation *o, Failure *f);

/* Says what is being done; sentence is taken over, and may be NULL. */
void operation_tell(Operation *o, char *sentence);

/* From the store, against what step verify found. */
int operation_step_verify_module(Operation *o, Failure *f);

/* Of all imports (operation-import.c). The first reads the whole of what a caller handed over, once: from
 * here on it is a copy that nobody else can change. The last note who it is from, and store it. */
int operation_import_read(int fd, const char *what, size_t max, char **ret_data, size_t *ret_size,
                          Failure *f);
int operation_import_step_check(Operation *o, Failure *f);
int operation_import_step_room(Operation *o, Failure *f);
int operation_import_step_store(Operation *o, Failure *f);

/* Parts (operation-part.c): of one patch, with the options of o and cancelled with it. */
int operation_part_new(Operation *o, const OperationKind *kind, const char *ref, Operation **ret,
                       Failure *f);
/* Runs it, and keeps it among o's parts if it succeeds. */
int operation_part_run(Operation *o, const OperationKind *kind, const char *ref, Failure *f);

/* What a patch with replace had taken the place of (operation-restore.c). */
int operation_find_replaced(Operation *o, Failure *f);
int operation_step_restore(Operation *o, Failure *f);
void operation_undo_restore(Operation *o);
/* What the kernel would not have beside the patch, when that is out of force. */
int operation_step_restore_after(Operation *o, Failure *f);
void operation_undo_restore_after(Operation *o);
/* Puts in force again what a rollback has taken out and cannot switch on, with all that was in force before.
 */
int operation_load_anew(Operation *o, Failure *f);
/* Of an apply of one that replaces: notes what it takes, or has taken, the place of. */
int operation_find_before(Operation *o, Failure *f);
/* Puts in force what was so before and is not. What fails is logged where it is the last try. */
void operation_put_back_before(Operation *o, bool last);
/* Takes out what an apply has put in force, also half of it, and puts back what it has taken the place of.
 */
int operation_take_back(Operation *o, Failure *f);
/* The same of a part of o that was not in force before, with its attempt. */
void operation_part_undo(Operation *o, Operation *part);
/* Puts in force again what a rollback has taken out, also half of it, and is loaded still. */
int operation_put_back(Operation *o, Failure *f);
/* Unloads what is out of force; logs what stays. */
void operation_unload(Operation *o);

/* Waits for the end of a transition to state, telling which tasks are behind. Errors: FAILURE_CANCELED,
 * FAILURE_TASK_IN_THE_WAY at the deadline, FAILURE_NOT_CONFIRMED when the kernel shows another state. The
 * caller turns the transition back, unless it was under way in that direction before. */
int operation_await(Operation *o, EngineState state, Failure *f);

/* The same for what undoes a step: cannot be cancelled, has a deadline of its own, and logs. */
int operation_await_undo(Operation *o, EngineState state, Failure *f);
