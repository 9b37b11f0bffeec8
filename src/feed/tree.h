/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"
#include "feed-trust.h"
#include "names.h"

/* A published tree, read as a host reads it. */

typedef struct TreeWalk {
        const char *path;
        const char *anchor; /* the envelope of the root to begin with; not owned */
        size_t anchor_size;
        time_t now;
        const uint8_t (*build_ids)[BUILD_ID_SIZE]; /* of these kernels alone; NULL: of all */
        size_t n_build_ids;
        bool shallow; /* manifests and modules are not opened, only told */

        /* Told of each file that was read, which may be several times, with its bytes unless it was not
         * opened; may be NULL. A negative errno with a failure ends the walk. The timestamp is read once, so
         * that all is of one moment, whatever a publisher does meanwhile. */
        int (*visit)(void *context, const char *path, const void *data, size_t size, Failure *f);
        void *context;
} TreeWalk;

typedef struct TreeSummary {
        uint64_t root_version;
        uint64_t timestamp_version;
        uint64_t feed_version;
        time_t timestamp_expires;
        time_t feed_expires;
        size_t n_kernels; /* that were read */
        size_t n_patches;
} TreeSummary;

/* Refreshes from the tree for each kernel in turn, verifies all its patches and modules. Errors: those of
 * feed_client_answer() and feed-patch.h. */
int tree_walk(const TreeWalk *walk, TreeSummary *ret, Failure *f);
