/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

/* A patch is named by its id and version; the two together, "id=version", are its reference.
 *   id:      1 to 64 of [A-Za-z0-9._-], first a letter or digit, no ".."
 *   version: 1 to 32 of [A-Za-z0-9.~-], first a digit or letter, no ".."
 * Both are used as file names, and are safe as such. */
#define PATCH_ID_MAX      64
#define PATCH_VERSION_MAX 32

bool patch_id_is_valid(const char *id) _pure_;
bool patch_version_is_valid(const char *version) _pure_;

/* Splits "id" or "id=version". *ret_version is NULL when no version was given. Both are the caller's to
 * free. Errors: FAILURE_INVALID_PATCH_NAME. */
int patch_ref_parse(const char *text, char **ret_id, char **ret_version, Failure *f);

/* Order of versions, as strverscmp(3) with "~" before the end of the text, the way distributions do it. */
int patch_version_compare(const char *a, const char *b) _pure_;
