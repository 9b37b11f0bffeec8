/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "manifest.h"

/* What was imported, below the state folder:
 *   manifests/<id>=<version>.json   the signed envelope, as it came
 *   modules/<sha256>.ko             the module that a manifest names
 * The envelopes are the index: nothing else says what is stored, and they are verified each time they are
 * read. A module is written before the manifest that names it, so that what is listed is whole. */

/* References of all stored patches, sorted; the caller frees with strv_free(). Names that are none are
 * ignored. */
int store_list(const char *state_dir, char ***ret_refs, Failure *f);

/* Whether something is stored under that reference; any text may be asked about. */
bool store_contains(const char *state_dir, const char *ref);

/* Size and time of a stored manifest; 0 where it is not there. */
void store_stat(const char *state_dir, const char *ref, uint64_t *ret_size, uint64_t *ret_mtime);

/* Bytes of all files of the store. */
uint64_t store_size(const char *state_dir);

/* Errors: FAILURE_NO_SUCH_PATCH. */
int store_read_manifest(const char *state_dir, const char *ref, char **ret_envelope, size_t *ret_size,
                        Failure *f);

/* Errors: FAILURE_STATE_CORRUPT when it is missing. */
int store_read_module(const char *state_dir, const Manifest *m, char **ret_data, size_t *ret_size,
                      Failure *f);

/* Whether a module of that hash and size is there. Its bytes are not looked at. */
bool store_has_module(const char *state_dir, const uint8_t sha256[SHA256_SIZE], uint64_t size);

/* Stores both files durably; on error neither is there that was not before. Errors: FAILURE_NO_SPACE and the
 * like. */
int store_add(const char *state_dir, const Manifest *m, const void *envelope, size_t envelope_size,
              const void *module, size_t module_size, Failure *f);

/* Removes modules that are not of these hashes, and what is left of writing one, or only looks; their size
 * in bytes. Under the lock. */
uint64_t store_drop_modules(const char *state_dir, const uint8_t (*kept)[SHA256_SIZE], size_t n_kept,
                            bool only_look);

/* Removes the envelope, and durably, then the module of m, which is NULL where that is to stay. */
int store_remove(const char *state_dir, const char *ref, const Manifest *m, Failure *f);
