/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "work-compose.h"

#include "feed-list.h"
#include "feed-sign.h"
#include "hex.h"
#include "json-read.h"
#include "names.h"

#include <inttypes.h>

/* Writes the index of the n records of one kernel, n > 0. */
static int put_index(const Work *work, FeedIndex *const *records, size_t n, FeedKernel *ret, Failure *f)
{
        _cleanup_free_ FeedPatch *patches = calloc(n, sizeof(*patches));
        _cleanup_free_ char *text = NULL;
        FeedIndex index = { .release = records[0]->release, .patches = patches };
        int r;

        if (!patches)
                return failure_set_errno(f, -ENOMEM, "Cannot make the index");
        memcpy(index.build_id, records[0]->build_id, BUILD_ID_SIZE);
        memcpy(ret->build_id, records[0]->build_id, BUILD_ID_SIZE);
        /* Borrowed: the records keep what they own. */
        for (size_t i = 0; i < n; i++)
                if (records[i]->n_patches > 0)
                        patches[index.n_patches++] = records[i]->patches[0];
                else {
                        index.reboot_kind = records[i]->reboot_kind;
                        index.reboot_reason = records[i]->reboot_reason;
                }
        if (index.n_patches > FEED_PATCHES_MAX) {
                _cleanup_free_ char *hex = hex_encode(index.build_id, BUILD_ID_SIZE);

                return failure_set(f, FAILURE_TOO_LARGE,
                                   "The kernel %s has %zu patches, more than the %d that an index can have; "
                                   "'prune' forgets old ones.",
                                   strempty(hex), index.n_patches, FEED_PATCHES_MAX);
        }
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

/* The records of patches and kernels, sorted by kernel; of one kernel its own comes last. Takes both over.
 */
static FeedIndex **merge(FeedIndex **patches, size_t n_patches, FeedIndex **kernels, size_t n_kernels)
{
        FeedIndex **all = calloc(n_patches + n_kernels + 1, sizeof(*all));
        size_t i = 0, j = 0;

        if (!all) {
                work_patches_free(patches, n_patches);
                work_patches_free(kernels, n_kernels);
                return NULL;
        }
        while (i < n_patches || j < n_kernels)
                if (j == n_kernels || (i < n_patches && memcmp(patches[i]->build_id, kernels[j]->build_id,
                                                               BUILD_ID_SIZE) <= 0)) {
                        all[i + j] = patches[i];
                        i++;
                } else {
                        all[i + j] = kernels[j];
                        j++;
                }
        free(patches);
        free(kernels);
        return all;
}

static int list_records(const Work *work, FeedIndex ***ret, size_t *ret_n, Failure *f)
{
        FeedIndex **patches, **kernels, **all;
        size_t n_patches, n_kernels;
        int r;

        r = work_list_patches(work, &patches, &n_patches, f);
        if (r < 0)
                return r;
        r = work_list_kernels(work, &kernels, &n_kernels, f);
        if (r < 0) {
                work_patches_free(patches, n_patches);
                return r;
        }
        all = merge(patches, n_patches, kernels, n_kernels);
        if (!all)
                return failure_set_errno(f, -ENOMEM, "Cannot make the feed");
        *ret = all;
        *ret_n = n_patches + n_kernels;
        return 0;
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
        r = list_records(work, &records, &n, f);
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
