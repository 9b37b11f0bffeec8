/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "work.h"

#include "patch-ref.h"

#define FOLDER "patches"
#define SUFFIX ".json"

static void record_name(const char *ref, char ret[static 128])
{
        (void) snprintf(ret, 128, FOLDER "/%s" SUFFIX, ref);
}

int work_load_patch(const Work *work, const char *ref, FeedIndex **ret, Failure *f)
{
        _cleanup_(feed_index_freep) FeedIndex *record = NULL;
        _cleanup_free_ char *text = NULL;
        char name[128];
        size_t size;
        int r;

        record_name(ref, name);
        r = work_read(work, name, INDEX_SIZE_MAX, &text, &size, f);
        if (r <= 0)
                return r;
        r = feed_index_parse(text, size, &record, f);
        if (r < 0)
                return r;
        if (record->n_patches != 1)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "%s/%s has not exactly one patch.",
                                   work->path, name);
        *ret = TAKE_PTR(record);
        return 1;
}

int work_store_patch(const Work *work, const FeedIndex *record, Failure *f)
{
        char name[128], ref[PATCH_ID_MAX + PATCH_VERSION_MAX + 2];
        _cleanup_free_ char *text = NULL;
        int r;

        (void) snprintf(ref, sizeof(ref), "%s=%s", record->patches[0].id, record->patches[0].version);
        record_name(ref, name);
        r = feed_index_format(record, &text, f);
        return r < 0 ? r : work_write(work, name, text, strlen(text), f);
}

void work_patches_free(FeedIndex **records, size_t n)
{
        for (size_t i = 0; i < n; i++)
                feed_index_free(records[i]);
        free(records);
}

/* By kernel; then by id and version, as the index's own order says what stays of two that supersede each
 * other, and is to be the same each time. */
static int compare(const void *a, const void *b)
{
        const FeedIndex *one = *(FeedIndex *const *) a, *other = *(FeedIndex *const *) b;
        int d = memcmp(one->build_id, other->build_id, BUILD_ID_SIZE);

        if (d == 0)
                d = strcmp(one->patches[0].id, other->patches[0].id);
        return d != 0 ? d : patch_version_compare(one->patches[0].version, other->patches[0].version);
}

int work_list_patches(const Work *work, FeedIndex ***ret, size_t *ret_n, Failure *f)
{
        return work_list_records(work, FOLDER, work_load_patch, compare, ret, ret_n, f);
}
