/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "host.h"

/* The note that an operation is about to change the kernel, one for each patch: attempts/ID=VERSION.json. It
 * is on disk before the kernel is touched. After an apply it stays until the machine has lived for the
 * settle time, or was shut down in order: one that another boot left behind tells of a crash. All of this
 * under the lock. */

typedef enum AttemptPhase {
        ATTEMPT_CHANGING, /* the kernel is being changed */
        ATTEMPT_SETTLING, /* it was, and has to live for a while */
        ATTEMPT_COUNTED,  /* it is over; the number of crashes is kept */
} AttemptPhase;

typedef struct Attempt {
        char *ref;
        char *kind;    /* the operation's name */
        char *boot_id; /* of the boot that made it */
        char *began;   /* RFC 3339 */
        AttemptPhase phase;
        uint64_t settles_at; /* CLOCK_BOOTTIME, in us; 0: it was not settling */
        uint64_t crashes;    /* earlier ones that count against the patch */
        bool damaged;        /* then nothing of it is known but ref */
} Attempt;

/* In the order of the references. One that cannot be read, and is not known to be damaged, is left out, and
 * said where f is not NULL. The caller frees with attempt_free_many(). */
int attempt_list(const char *state_dir, Attempt ***ret, size_t *ret_n, Failure *f);
Attempt **attempt_free_many(Attempt **attempts, size_t n);

/* Whether it was made since this machine was started. */
bool attempt_is_of_this_boot(const Attempt *a, const Host *host);

/* Whether its patch was being put in force, rather than taken out. */
bool attempt_applies(const Attempt *a);

/* The phases, in their order. Crashes that were counted before are kept on; settle_sec 0 is
 * attempt_forget(). */
int attempt_begin(const Host *host, const char *kind, const char *ref, Failure *f);
int attempt_settle(const Host *host, const char *ref, uint64_t settle_sec, Failure *f);

/* It changed nothing after all: what was settling before goes on. */
int attempt_undo(const Host *host, const char *ref, Failure *f);

/* It is over, and there is nothing that has to settle: the patch is out of force. */
int attempt_end(const Host *host, const char *ref, Failure *f);

/* One that is damaged is out of the way, and can be looked at. */
void attempt_set_aside(const Host *host, const char *ref);

/* The patch is good: what was counted against it is forgotten too. */
int attempt_forget(const Host *host, const char *ref, Failure *f);

/* The number of crashes that count against its patch from now on. */
int attempt_count(const Host *host, const Attempt *a, uint64_t crashes, Failure *f);

/* CLOCK_BOOTTIME, in us. */
uint64_t attempt_now(void);
