/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"

/* Patches that could be put in force on this host and are not: those that are stored, and those that feeds
 * offer. One that is held, quarantined or withdrawn is neither, nor one that an applied one has replaced. */

bool pending_is_stored(const ObjectsInfo *o, const KernelInfo *running, const PatchInfo *p);

/* Of a feed that is followed and not stale. */
bool pending_is_offered(const ObjectsInfo *o, const FeedInfo *feed, const FeedPatchInfo *patch);

size_t pending_count_offered(const ObjectsInfo *o, const FeedInfo *feed);
