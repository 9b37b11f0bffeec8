/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Whatever stands in for a feed's payload: it is read or refused, every kernel of what is read is found, and
 * it survives being written. */

#include "feed-list.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(feed_list_freep) FeedList *list = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL, *same = NULL;
        _cleanup_failure_ Failure f = {};
        int r;

        if (feed_list_parse(data, size, &list, &f) < 0) {
                assert(f.kind == FAILURE_METADATA_INVALID);
                return 0;
        }
        assert(list->head.version > 0 && list->n_kernels <= FEED_KERNELS_MAX);
        FOREACH_ARRAY (kernel, list->kernels, list->n_kernels) {
                assert(kernel->index.size > 0 && kernel->index.size <= INDEX_SIZE_MAX);
                assert(feed_list_find(list, kernel->build_id) == kernel);
        }
        r = feed_list_format(list, &text, NULL);
        assert(r == 0);
        r = feed_list_parse(text, strlen(text), &again, NULL);
        assert(r == 0);
        r = feed_list_format(again, &same, NULL);
        assert(r == 0 && streq(text, same));
        return 0;
}
