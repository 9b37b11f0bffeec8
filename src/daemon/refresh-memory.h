/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "refresh-status.h"

/* How refreshes went that could not be written down, as on a disk that is full: known until the daemon ends,
 * or until one of the same feed can be. */

typedef struct RefreshMemory {
        char *feed;
        RefreshStatus status; /* attempted 0: it was written down, and nothing is to be remembered */
} RefreshMemory;

typedef struct RefreshMemories {
        RefreshMemory *items;
        size_t n;
} RefreshMemories;

/* Takes what status holds. Errors: -ENOMEM. */
int refresh_memories_add(RefreshMemories *memories, const char *feed, RefreshStatus *status);

/* What is newer takes the place of what is remembered of the same feeds. newer is empty after it. */
void refresh_memories_update(RefreshMemories *memories, RefreshMemories *newer);

/* Puts what is remembered of a feed over what stands on disk, so far as it concerns how a refresh went.
 * Errors: -ENOMEM. */
int refresh_memories_recall(const RefreshMemories *memories, const char *feed, RefreshStatus *status);

void refresh_memories_clear(RefreshMemories *memories);
