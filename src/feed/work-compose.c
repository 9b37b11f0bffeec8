/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "work-compose.h"

#include "feed-list.h"
#include "feed-sign.h"
#include "hex.h"
#include "json-read.h"
#include "names.h"

#include <inttypes.h>

/* Writes the index of the n records of one kernel. */
static int put_index(const Work *work, FeedIndex *const *records, size_t n, FeedKernel *ret, Failure *f)
{
        _cleanup_free_ FeedPatch *patches = calloc(n, sizeof(*patches));
        _cleanup_free_ char *text = NULL;
        FeedIndex index = { .release = records[0]->release, .patches = patches, .n_patches = n };
        int r;

        if (!patches)
                return failure_set_errno(f, -ENOMEM, "Cannot make the index");
        memcpy(index.build_id, records[0]->build_id, BUILD_ID_SIZE);
        memcpy(ret->build_id, records[0]->build_id, BUILD_ID_SIZE);
        if (n > FEED_PATCHES_MAX) {
                _cleanup_free_ char *hex = hex_encode(index.build_id, BUILD_ID_SIZE);

                return failure_set(f, FAILURE_TOO_LARGE,
                                   "The kernel %s has %zu patches, more than the %d that an index can have; "
                                   "'prune' forgets old ones.",
                                   strempty(hex), n, FEED_PATCHES_MAX);
        }
        /* Borrowed: the records keep what they own. */
        for (size_t i = 0; i < n; i++)
                patches[i] = records[i]->patches[0];
        r = feed_index_format(&index, &text, f);
        if (r < 0)
                return r;
        if (strlen(text) > INDEX_SIZE_MAX)
                return failure_set(f, FAILURE_TOO_LARGE, "The index of %s is larger than %u bytes.",
                                   index.release, INDEX_SIZE_MAX);
        return work_put_object(work, text, strlen(text), &ret->index, f);
}

/* The records are sorted by kernel. */
static int put_indexes(const Work *work, FeedIndex *const *records, size_t n, FeedList *list, Failure *f)
{
        size_t first = 0;
        int r;

        list->kernels = calloc(n + 1, sizeof(*list->kernels));
        if (!list->kernels)
                return failure_set_errno(f, -ENOMEM, "Cannot make the feed");
        for (size_t i = 1; i <= n; i++) {
                if (i < n && memcmp(records[i]->build_id, records[first]->build_id, BUILD_ID_SIZE) == 0)
                        continue;
                r = put_index(work, records + first, i - first, &list->kernels[list->n_kernels++], f);
                if (r < 0)
                        return r;
                first = i;
        }
        if (list->n_kernels > FEED_KERNELS_MAX)
                return failure_set(f, FAILURE_TOO_LARGE,
                                   "The feed would have %zu kernels, more than the %d that it can have.",
                                   list->n_kernels, FEED_KERNELS_MAX);
        return 0;
}

static bool is_same(const FeedList *a, const FeedList *b)
{
        if (a->n_kernels != b->n_kernels)
                return false;
        for (size_t i = 0; i < a->n_kernels; i++)
                if (memcmp(a->kernels[i].build_id, b->kernels[i].build_id, BUILD_ID_SIZE) != 0 ||
                    !file_ref_equal(&a->kernels[i].index, &b->kernels[i].index))
                        return false;
        return true;
}

/* Compares with the feed in force: 1 if that says the same. */
static int compare_current(const Work *work, const FeedList *list, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(feed_list_freep) FeedList *current = NULL;
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = work_read(work, "feed.json", ENVELOPE_SIZE_MAX, &text, &size, f);
        if (r <= 0)
                return r;
        r = dsse_decode(text, size, &e, f);
        if (r < 0)
                return r;
        r = feed_list_parse(e->payload, e->payload_size, &current, f);
        return r < 0 ? r : is_same(list, current);
}

int work_compose_feed(const Work *work, time_t issued, time_t expires, bool renew, DsseEnvelope **ret,
                      Failure *f)
{
        _cleanup_(feed_list_freep) FeedList *list = calloc(1, sizeof(*list));
        _cleanup_free_ char *text = NULL;
        FeedIndex **records = NULL;
        FileRef current;
        size_t n = 0;
        int r;

        if (!list)
                return failure_set_errno(f, -ENOMEM, "Cannot make the feed");
        r = work_list_patches(work, &records, &n, f);
        if (r < 0)
                return r;
        r = put_indexes(work, records, n, list, f);
        work_patches_free(records, n);
        if (r < 0)
                return r;
        if (!renew) {
                r = compare_current(work, list, f);
                if (r != 0)
                        return r < 0 ? r : 0;
        }
        r = work_current_feed(work, &list->head.version, &current, f);
        if (r < 0)
                return r;
        list->head.version++;
        list->head.issued = issued;
        list->head.expires = expires;
        r = feed_list_format(list, &text, f);
        if (r < 0)
                return r;
        r = feed_sign_wrap(feed_payload_find_type(PAYLOAD_TYPE_FEED), &text, strlen(text), ret, f);
        return r < 0 ? r : 1;
}
