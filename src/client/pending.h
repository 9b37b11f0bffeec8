/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"

/* Patches that could be put in force on this host and are not: those that are stored, and those that feeds
 * offer. One that is held, quarantined, withdrawn or kept back by its feed is neither, nor one that another
 * makes needless. What `check` calls pending is what `apply --all` puts in force: both go by these rules. */

/* It may be put in force without anybody having named it; that one in force makes it needless is not looked
 * at. Of several feeds that know it, one has to offer it now. */
bool pending_is_candidate(const ObjectsInfo *o, const KernelInfo *running, const PatchInfo *p);

/* Whether the first makes the second needless: a newer version, or as it says itself. */
bool pending_supersedes(const PatchInfo *newer, const PatchInfo *older);

/* One in force that it would take the place of and that somebody holds there; NULL where there is none. */
const PatchInfo *pending_find_held(const ObjectsInfo *o, const PatchInfo *p);

/* One that is in force, or could be, and makes it needless; NULL where there is none. */
const PatchInfo *pending_find_successor(const ObjectsInfo *o, const KernelInfo *running, const PatchInfo *p);

/* A candidate that none makes needless and that takes no held one's place. One that has failed is more than
 * pending. */
bool pending_is_stored(const ObjectsInfo *o, const KernelInfo *running, const PatchInfo *p);

/* Of a feed that is followed and not stale. */
bool pending_is_offered(const ObjectsInfo *o, const FeedInfo *feed, const FeedPatchInfo *patch);

size_t pending_count_offered(const ObjectsInfo *o, const FeedInfo *feed);
