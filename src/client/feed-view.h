/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"
#include "terminal.h"

/* A line for each feed: how fresh it is, and what it has. Nothing where there is none. Returns 0 or -ENOMEM.
 */
int feed_view_print(const ObjectsInfo *o, const Terminal *out);

/* All feeds, in a table; and one in full. Return 0 or -ENOMEM. */
int feed_table_print(const ObjectsInfo *o, const Terminal *out);
int feed_page_print(const ObjectsInfo *o, const FeedInfo *feed, const Terminal *out);
