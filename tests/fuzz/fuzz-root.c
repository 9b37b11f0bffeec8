/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Whatever stands in for a root's payload, or for the state that a host keeps of a feed: it is read or
 * refused, and what is read survives being written. */

#include "feed-trust.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_root(const void *data, size_t size)
{
        _cleanup_(root_freep) Root *root = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL;
        _cleanup_failure_ Failure f = {};
        int r;

        if (root_parse("fuzz", data, size, &root, &f) < 0) {
                assert(f.kind == FAILURE_ROOT_INVALID);
                return;
        }
        r = root_format(root, &text, NULL);
        assert(r == 0);
        r = root_parse("fuzz", text, strlen(text), &again, NULL);
        assert(r == 0);
        for (RootRole role = 0; role < _ROOT_ROLE_MAX; role++) {
                assert(root->roles[role].threshold <= root->roles[role].n_keys);
                assert(root_role_is_same(root, again, role));
        }
}

static void check_trust(const void *data, size_t size)
{
        _cleanup_(feed_trust_freep) FeedTrust *trust = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL, *same = NULL;
        _cleanup_failure_ Failure f = {};
        int r;

        if (feed_trust_parse("fuzz", data, size, &trust, &f) < 0) {
                assert(f.kind == FAILURE_STATE_CORRUPT);
                return;
        }
        r = feed_trust_format(trust, &text, NULL);
        assert(r == 0);
        r = feed_trust_parse("fuzz", text, strlen(text), &again, NULL);
        assert(r == 0);
        r = feed_trust_format(again, &same, NULL);
        assert(r == 0 && streq(text, same));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        check_root(data, size);
        check_trust(data, size);
        return 0;
}
