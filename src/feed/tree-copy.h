/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tree.h"

/* Copies what a walk reads into another folder, in an order that serves whoever reads that folder at any
 * moment: objects, then roots, then the timestamp. */

/* The folder that is written to is made. Refuses to put a tree over a newer one: FAILURE_FEED_ROLLBACK.
 * walk's visit and context are set here. roots_path is the folder whose roots are copied, all of them. */
int tree_copy(const TreeWalk *walk, const char *roots_path, const char *to, TreeSummary *ret, Failure *f);
