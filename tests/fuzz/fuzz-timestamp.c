/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Whatever stands in for a timestamp's payload: it is read or refused, and what is read survives being
 * written. */

#include "timestamp.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_same(const Timestamp *a, const Timestamp *b)
{
        return a->head.version == b->head.version && a->head.issued == b->head.issued &&
               a->head.expires == b->head.expires && a->root_version == b->root_version &&
               a->feed_version == b->feed_version && file_ref_equal(&a->feed, &b->feed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *text = NULL;
        _cleanup_failure_ Failure f = {};
        Timestamp t, again;
        int r;

        if (timestamp_parse(data, size, &t, &f) < 0) {
                assert(f.kind == FAILURE_METADATA_INVALID);
                return 0;
        }
        assert(t.head.version > 0 && t.root_version > 0 && t.feed_version > 0);
        assert(t.feed.size > 0 && t.feed.size <= ENVELOPE_SIZE_MAX);
        r = timestamp_format(&t, &text, NULL);
        assert(r == 0);
        r = timestamp_parse(text, strlen(text), &again, NULL);
        assert(r == 0 && is_same(&t, &again));
        return 0;
}
