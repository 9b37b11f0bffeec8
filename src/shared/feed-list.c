/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-list.h"

#include "hex.h"
#include "json-typed.h"

FeedList *feed_list_free(FeedList *list)
{
        if (!list)
                return NULL;
        free(list->kernels);
        free(list);
        return NULL;
}

static int compare_kernels(const void *a, const void *b)
{
        return memcmp(((const FeedKernel *) a)->build_id, ((const FeedKernel *) b)->build_id, BUILD_ID_SIZE);
}

void feed_list_sort(FeedList *list)
{
        if (list->n_kernels > 1)
                qsort(list->kernels, list->n_kernels, sizeof(*list->kernels), compare_kernels);
}

const FeedKernel *feed_list_find(const FeedList *list, const uint8_t build_id[BUILD_ID_SIZE])
{
        FeedKernel key = {};

        if (list->n_kernels == 0)
                return NULL;
        memcpy(key.build_id, build_id, sizeof(key.build_id));
        return bsearch(&key, list->kernels, list->n_kernels, sizeof(*list->kernels), compare_kernels);
}

static int read_kernels(const JsonPlace *document, FeedList *list)
{
        struct json_object_iterator i, end;
        JsonPlace kernels;
        size_t n;
        int r;

        r = json_read_object(document, "kernels", true, &kernels);
        if (r < 0)
                return r;
        n = (size_t) json_object_object_length(kernels.object);
        if (n > FEED_KERNELS_MAX)
                return json_place_fail(document, "kernels", "has too many members");
        list->kernels = calloc(n + 1, sizeof(*list->kernels));
        if (!list->kernels)
                return failure_set_errno(document->failure, -ENOMEM, "Cannot read the feed");
        i = json_object_iter_begin(kernels.object);
        end = json_object_iter_end(kernels.object);
        for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
                const char *name = json_object_iter_peek_name(&i);
                FeedKernel *kernel = &list->kernels[list->n_kernels++];

                /* Of one case, as two spellings would be two members. */
                if (strpbrk(name, "ABCDEF") || hex_decode(name, kernel->build_id, BUILD_ID_SIZE) < 0)
                        return json_place_fail(
                                        document, "kernels",
                                        "names a kernel by something else than 40 hexadecimal digits");
                r = file_ref_read(&kernels, name, true, INDEX_SIZE_MAX, &kernel->index);
                if (r < 0)
                        return r;
        }
        feed_list_sort(list);
        return 0;
}

int feed_list_parse(const void *data, size_t size, FeedList **ret, Failure *f)
{
        _cleanup_(json_object_putp) struct json_object *owner = NULL;
        _cleanup_(feed_list_freep) FeedList *list = calloc(1, sizeof(*list));
        JsonPlace document = { .document = "feed", .kind = FAILURE_METADATA_INVALID, .failure = f };
        int r;

        if (!list)
                return failure_set_errno(f, -ENOMEM, "Cannot read the feed");
        r = json_read_document(data, size, &document, &owner);
        if (r < 0)
                return r;
        r = feed_head_read(&document, "feed", &list->head);
        if (r < 0)
                return r;
        r = read_kernels(&document, list);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(list);
        return 0;
}

static int format(const FeedList *list, char **ret_text)
{
        _cleanup_(json_object_putp) struct json_object *document = json_object_new_object();
        struct json_object *kernels;
        int r;

        if (!document)
                return -ENOMEM;
        r = feed_head_write(document, "feed", &list->head);
        if (r < 0)
                return r;
        kernels = json_object_new_object();
        r = json_write_member(document, "kernels", kernels);
        if (r < 0)
                return r;
        FOREACH_ARRAY (kernel, list->kernels, list->n_kernels) {
                _cleanup_free_ char *name = hex_encode(kernel->build_id, BUILD_ID_SIZE);

                r = name ? file_ref_write(kernels, name, &kernel->index) : -ENOMEM;
                if (r < 0)
                        return r;
        }
        return json_write_text(document, JSON_C_TO_STRING_PLAIN, ret_text);
}

int feed_list_format(const FeedList *list, char **ret_text, Failure *f)
{
        int r = format(list, ret_text);

        return r < 0 ? failure_set_errno(f, r, "Cannot write the feed") : 0;
}
