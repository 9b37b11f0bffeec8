/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config-file.h"
#include "host.h"
#include "manifest.h"

/* How much the store may hold, of all and of one user, and what goes when it is full: patches that nothing
 * needs. Who has stored a patch is in imports/ID=VERSION.json; what has none there is root's or a feed's.
 * All of this under the lock. */

typedef struct StoreRequest {
        const char *ref;
        uid_t uid;     /* of who has it stored */
        uint64_t size; /* of both files */
} StoreRequest;

/* Sees to it that there is room for one more, or only whether that can be done. What goes, the oldest first,
 * is in no generation that is kept and for no build of which one cannot be read, not in force and not held;
 * and it is for another kernel build than the one that runs, or a newer version of it is stored. Errors:
 * FAILURE_STORE_FULL. */
int store_room_make(const Host *host, const Config *config, const StoreRequest *request, bool only_look,
                    Failure *f);

/* Notes who has it stored. */
int store_room_note(const Host *host, const StoreRequest *request, Failure *f);

/* Takes one out of the store, with its note; m is its manifest, or NULL where nobody vouches for it. */
int store_room_remove(const Host *host, const char *ref, const Manifest *m, Failure *f);
