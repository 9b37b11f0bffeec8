/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Whatever stands in for an index: it is read or refused, and what is read can be offered to a host, and
 * survives being written. */

#include "feed-rollout.h"

#include "patch-ref.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_offers(const FeedIndex *index)
{
        FeedHost host = { "0123456789abcdef0123456789abcdef", "beta", 1795219200 };
        FeedOffer offers[FEED_PATCHES_MAX];

        feed_rollout_offers(index, &host, offers);
        for (size_t i = 0; i < index->n_patches; i++) {
                const FeedPatch *patch = &index->patches[i];

                assert(patch_id_is_valid(patch->id) && patch_version_is_valid(patch->version));
                assert(feed_index_find(index, patch->id, patch->version) == patch);
                assert(patch->manifest.size > 0 && patch->module.size > 0);
                assert(feed_rollout_reach(patch, host.now) <= 10000);
                assert((patch->withdrawn != FEED_WITHDRAWAL_NONE) == (offers[i] == FEED_OFFER_WITHDRAWN));
                assert((patch->withdrawn != FEED_WITHDRAWAL_NONE) == (patch->reason != NULL));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(feed_index_freep) FeedIndex *index = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL, *same = NULL;
        _cleanup_failure_ Failure f = {};
        int r;

        if (feed_index_parse(data, size, &index, &f) < 0) {
                assert(f.kind == FAILURE_METADATA_INVALID);
                return 0;
        }
        check_offers(index);
        assert((index->reboot_kind != NULL) == (index->reboot_reason != NULL));
        r = feed_index_format(index, &text, NULL);
        assert(r == 0);
        r = feed_index_parse(text, strlen(text), &again, NULL);
        assert(r == 0);
        r = feed_index_format(again, &same, NULL);
        assert(r == 0 && streq(text, same));
        return 0;
}
