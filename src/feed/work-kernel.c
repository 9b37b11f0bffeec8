/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "work.h"

#include "hex.h"
#include "strv.h"

#include <fcntl.h>

#define FOLDER    "kernels"
#define NAME_SIZE 64

static void record_name(const uint8_t build_id[BUILD_ID_SIZE], char ret[static NAME_SIZE])
{
        _cleanup_free_ char *hex = hex_encode(build_id, BUILD_ID_SIZE);

        (void) snprintf(ret, NAME_SIZE, FOLDER "/%s.json", strempty(hex));
}

static int load(const Work *work, const char *name, FeedIndex **ret, Failure *f)
{
        _cleanup_(feed_index_freep) FeedIndex *record = NULL;
        _cleanup_free_ char *text = NULL;
        char own_name[NAME_SIZE];
        size_t size;
        int r;

        r = work_read(work, name, INDEX_SIZE_MAX, &text, &size, f);
        if (r <= 0)
                return r;
        r = feed_index_parse(text, size, &record, f);
        if (r < 0)
                return r;
        record_name(record->build_id, own_name);
        if (record->n_patches != 0 || !streq(name, own_name))
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "%s/%s is not the record of that kernel.",
                                   work->path, name);
        *ret = TAKE_PTR(record);
        return 1;
}

int work_load_kernel(const Work *work, const uint8_t build_id[BUILD_ID_SIZE], FeedIndex **ret, Failure *f)
{
        char name[NAME_SIZE];

        record_name(build_id, name);
        return load(work, name, ret, f);
}

int work_store_kernel(const Work *work, const FeedIndex *record, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        char name[NAME_SIZE];
        int r;

        record_name(record->build_id, name);
        r = feed_index_format(record, &text, f);
        return r < 0 ? r : work_write(work, name, text, strlen(text), f);
}

int work_remove_kernel(const Work *work, const uint8_t build_id[BUILD_ID_SIZE], Failure *f)
{
        char name[NAME_SIZE];
        int r;

        record_name(build_id, name);
        if (faccessat(work->dir_fd, name, F_OK, 0) < 0 && errno == ENOENT)
                return 0;
        r = work_remove(work, name, f);
        return r < 0 ? r : 1;
}

static int compare(const void *a, const void *b)
{
        const FeedIndex *one = *(FeedIndex *const *) a, *other = *(FeedIndex *const *) b;

        return memcmp(one->build_id, other->build_id, BUILD_ID_SIZE);
}

static int load_listed(const Work *work, const char *name, FeedIndex **ret, Failure *f)
{
        char path[160];

        (void) snprintf(path, sizeof(path), FOLDER "/%s.json", name);
        return load(work, path, ret, f);
}

int work_list_kernels(const Work *work, FeedIndex ***ret, size_t *ret_n, Failure *f)
{
        return work_list_records(work, FOLDER, load_listed, compare, ret, ret_n, f);
}
