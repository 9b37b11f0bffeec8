/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "root.h"

/* Trust roots that are being made, from the words of options. */

/* An empty one with room for ROOT_KEYS_MAX keys. */
int root_edit_new(Root **ret, Failure *f);

/* A copy of a root, to be changed, with those keys alone that some role has. */
int root_edit_copy(const Root *from, Root **ret, Failure *f);

/* "ROLE=PUB.pem": adds the key to the role. Errors: FAILURE_USAGE, and those of feed_key_read_public(). */
int root_edit_add(Root *root, const char *text, Failure *f);

/* "ROLE=PUB.pem" or "ROLE=ID": takes the key from the role. */
int root_edit_remove(Root *root, const char *text, Failure *f);

/* "ROLE=N" */
int root_edit_threshold(Root *root, const char *text, Failure *f);

/* Whether every role that it has can be fulfilled. Errors: FAILURE_USAGE. */
int root_edit_check(const Root *root, Failure *f);
