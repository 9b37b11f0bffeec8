/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "tree-options.h"

#include "cleanup.h"
#include "feed-file.h"
#include "feed-time.h"
#include "hex.h"
#include "source-date.h"

void tree_input_clear(TreeInput *input)
{
        free(input->anchor);
        free(input->build_ids);
}

static int read_build_ids(const FeedValues *values, TreeInput *input, TreeWalk *walk, Failure *f)
{
        if (values->n == 0)
                return 0;
        input->build_ids = calloc(values->n, sizeof(*input->build_ids));
        if (!input->build_ids)
                return failure_set_errno(f, -ENOMEM, "Cannot read the tree");
        for (size_t i = 0; i < values->n; i++)
                if (hex_decode(values->values[i], input->build_ids[i], BUILD_ID_SIZE) < 0)
                        return failure_set(f, FAILURE_USAGE,
                                           "'--build-id' takes 40 hexadecimal digits, not '%s'.",
                                           values->values[i]);
        walk->build_ids = (const uint8_t(*)[BUILD_ID_SIZE]) input->build_ids;
        walk->n_build_ids = values->n;
        return 0;
}

int tree_options_apply(const TreeOptions *options, const char *path, TreeInput *input, TreeWalk *ret,
                       Failure *f)
{
        TreeWalk walk = { .path = path };
        int r;

        r = feed_file_read(options->root, "root", ENVELOPE_SIZE_MAX, &input->anchor, &walk.anchor_size, f);
        if (r < 0)
                return r;
        walk.anchor = input->anchor;
        r = options->as_of ? feed_time_parse("as-of", options->as_of, &walk.now, f)
                           : source_date_now(&walk.now, f);
        if (r < 0)
                return r;
        r = read_build_ids(&options->build_ids, input, &walk, f);
        if (r < 0)
                return r;
        *ret = walk;
        return 0;
}
