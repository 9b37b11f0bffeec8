/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host.h"
#include "root.h"

/* What nobody has signed, and the administrator has believed for the folder that it is in: [Import]
 * UnsignedFrom=. This host signs such a module's manifest itself, with a key of that folder's,
 * unsigned/SHA256-OF-THE-FOLDER.key below the state folder, so that all that follows is as with any other
 * patch. The keys make up a trust root, TRUST_ROOT_UNSIGNED, for as long as the setting names the folder. */

/* Whether a trust root's name is that one; NULL is not. */
bool unsigned_is_root(const char *name) _pure_;

/* Opens a module below one of the folders. Nobody but root can have put it there: file_open_owned().
 * *ret_folder is the folder, for the caller to free. Errors: FAILURE_KEY_UNKNOWN (of no such folder, or not
 * safe), FAILURE_INVALID_ARGUMENT (cannot be opened). */
int unsigned_open(const Host *host, const char *path, int *ret_fd, char **ret_folder, Failure *f);

/* The envelope of a payload, signed with the key of the folder, which is made where there is none. The
 * caller frees, and holds the lock of the state folder. */
int unsigned_sign(const Host *host, const char *folder, const char *payload_type, const char *payload,
                  char **ret_envelope, Failure *f);

/* The trust root; NULL where no folder is set, or nothing was imported from any. */
int unsigned_load_root(const Host *host, Root **ret, Failure *f);

/* A digest that changes when what that gives does. */
int unsigned_digest(const Host *host, uint8_t ret[SHA256_SIZE]);

/* Whether an envelope that no root vouches for was signed by this host. Anybody can claim that: it is for a
 * sentence. */
bool unsigned_is_claimed(const DsseEnvelope *e) _pure_;
