/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tree.h"
#include "verb.h"

/* What the verbs that read trees are told. */
typedef struct TreeOptions {
        const char *root;
        const char *as_of;
        FeedValues build_ids;
} TreeOptions;

typedef struct TreeInput {
        char *anchor;
        uint8_t (*build_ids)[BUILD_ID_SIZE];
} TreeInput;

/* Fills a walk of the tree from the options; what it borrows is in *input, to be released by
 * tree_input_clear(). */
int tree_options_apply(const TreeOptions *options, const char *path, TreeInput *input, TreeWalk *ret,
                       Failure *f);

void tree_input_clear(TreeInput *input);
