/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "feed-client.h"
#include "manifest.h"

/* The last steps, for a patch of a verified index: its manifest, and its module. Both are at
 * file_ref_path(). */

/* Verifies a patch's envelope: its bytes by the index, its signatures by the root's patch role, and that it
 * says what the index says. decode as in FeedClientOptions. Errors: FAILURE_DOWNLOAD_MISMATCH, those of
 * dsse_verify() and manifest_parse(), and FAILURE_METADATA_INVALID where index and manifest disagree. */
int feed_patch_open_manifest(const FeedPatch *patch, const uint8_t build_id[BUILD_ID_SIZE], const Root *root,
                             const FeedClientOptions *options, const void *data, size_t size, Manifest **ret,
                             Failure *f);

/* Verifies a module's bytes, as they are or (compressed) in a Zstandard frame, and decompresses these; the
 * caller frees. Errors: FAILURE_DOWNLOAD_MISMATCH. */
int feed_patch_open_module(const FeedPatch *patch, bool compressed, const void *data, size_t size,
                           char **ret_module, Failure *f);
