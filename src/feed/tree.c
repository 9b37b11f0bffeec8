/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "tree.h"

#include "feed-client.h"
#include "feed-patch.h"
#include "file.h"
#include "hex.h"
#include "module-file.h"

#include <fcntl.h>

/* A walk that is under way. */
typedef struct Walker {
        const TreeWalk *walk;
        int dir_fd;
        char *timestamp;
        size_t timestamp_size;
        TreeSummary summary;
} Walker;

static int read_timestamp(Walker *walker)
{
        if (walker->timestamp)
                return 0;
        return file_read(walker->dir_fd, FEED_PATH_TIMESTAMP, TIMESTAMP_SIZE_MAX, &walker->timestamp,
                         &walker->timestamp_size);
}

static int read_any(Walker *walker, const char *path, size_t max, char **ret_data, size_t *ret_size)
{
        int r;

        if (!streq(path, FEED_PATH_TIMESTAMP))
                return file_read(walker->dir_fd, path, max, ret_data, ret_size);
        r = read_timestamp(walker);
        if (r < 0)
                return r;
        *ret_data = malloc(walker->timestamp_size + 1);
        if (!*ret_data)
                return -ENOMEM;
        memcpy(*ret_data, walker->timestamp, walker->timestamp_size + 1);
        *ret_size = walker->timestamp_size;
        return 0;
}

/* 1, 0 where there is no such file. */
static int fetch(Walker *walker, const char *path, size_t max, char **ret_data, size_t *ret_size, Failure *f)
{
        int r = read_any(walker, path, max, ret_data, ret_size);

        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read %s/%s", walker->walk->path, path);
        if (walker->walk->visit) {
                r = walker->walk->visit(walker->walk->context, path, *ret_data, *ret_size, f);
                if (r < 0)
                        return r;
        }
        return 1;
}

static int fetch_object(Walker *walker, const FileRef *file, const char *what, char **ret_data,
                        size_t *ret_size, Failure *f)
{
        char path[FILE_REF_PATH_SIZE];
        int r;

        file_ref_path(file, path);
        r = fetch(walker, path, file->size, ret_data, ret_size, f);
        if (r == 0)
                return failure_set(f, FAILURE_FEED_INCOMPLETE, "The feed lacks its %s, %s.", what, path);
        return r < 0 ? r : 0;
}

static int refresh(Walker *walker, FeedTrust *trust, const uint8_t build_id[BUILD_ID_SIZE], FeedClient **ret,
                   Failure *f)
{
        _cleanup_(feed_client_freep) FeedClient *client = NULL;
        FeedClientOptions options = { .now = walker->walk->now };
        const FeedRequest *request;
        int r;

        memcpy(options.build_id, build_id, BUILD_ID_SIZE);
        r = feed_client_new(trust, &options, &client, f);
        if (r < 0)
                return r;
        while ((request = feed_client_next(client))) {
                _cleanup_free_ char *data = NULL;
                size_t size;

                r = fetch(walker, request->path, request->size_max, &data, &size, f);
                if (r < 0)
                        return r;
                r = r > 0 ? feed_client_answer(client, data, size, f) : feed_client_missing(client, f);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(client);
        return 0;
}

static int check_module(Walker *walker, const FeedPatch *patch, bool compressed, const Manifest *m,
                        Failure *f)
{
        _cleanup_(module_file_freep) ModuleFile *file = NULL;
        _cleanup_free_ char *data = NULL, *module = NULL;
        size_t size;
        int r;

        r = fetch_object(walker, compressed ? &patch->zstd : &patch->module, "module", &data, &size, f);
        if (r < 0)
                return r;
        r = feed_patch_open_module(patch, compressed, data, size, &module, f);
        if (r < 0)
                return r;
        r = module_file_parse(module, patch->module.size, &file, f);
        return r < 0 ? r : module_file_check_manifest(file, m, f);
}

static int check_patch(Walker *walker, const FeedPatch *patch, const FeedTrust *trust,
                       const uint8_t build_id[BUILD_ID_SIZE], Failure *f)
{
        _cleanup_(manifest_freep) Manifest *m = NULL;
        _cleanup_free_ char *data = NULL;
        FeedClientOptions options = {};
        size_t size;
        int r;

        r = fetch_object(walker, &patch->manifest, "manifest", &data, &size, f);
        if (r < 0)
                return r;
        r = feed_patch_open_manifest(patch, build_id, trust->root, &options, data, size, &m, f);
        if (r < 0)
                return r;
        r = check_module(walker, patch, false, m, f);
        if (r < 0 || patch->zstd.size == 0)
                return r;
        return check_module(walker, patch, true, m, f);
}

/* Tells of a patch's files without opening them. */
static int tell_patch(Walker *walker, const FeedPatch *patch, Failure *f)
{
        const FileRef *const files[] = { &patch->manifest, &patch->module, &patch->zstd };
        char path[FILE_REF_PATH_SIZE];
        int r = 0;

        for (size_t i = 0; r >= 0 && walker->walk->visit && i < ELEMENTSOF(files); i++)
                if (files[i]->size > 0) {
                        file_ref_path(files[i], path);
                        r = walker->walk->visit(walker->walk->context, path, NULL, 0, f);
                }
        return r;
}

static int check_kernel(Walker *walker, const uint8_t build_id[BUILD_ID_SIZE], Failure *f)
{
        _cleanup_(feed_client_freep) FeedClient *client = NULL;
        _cleanup_(feed_trust_freep) FeedTrust *trust = NULL;
        const FeedIndex *index;
        int r;

        r = feed_trust_new("feed", walker->walk->anchor, walker->walk->anchor_size, &trust, f);
        if (r < 0)
                return r;
        r = refresh(walker, trust, build_id, &client, f);
        if (r < 0)
                return r;
        index = feed_client_index(client);
        if (!index) {
                _cleanup_free_ char *hex = hex_encode(build_id, BUILD_ID_SIZE);

                return failure_set(f, FAILURE_FEED_INCOMPLETE, "The feed has no patches for the kernel %s.",
                                   strempty(hex));
        }
        walker->summary.n_kernels++;
        walker->summary.n_patches += index->n_patches;
        for (size_t i = 0; r >= 0 && i < index->n_patches; i++)
                r = walker->walk->shallow ? tell_patch(walker, &index->patches[i], f)
                                          : check_patch(walker, &index->patches[i], trust, build_id, f);
        return r;
}

/* The refresh of a host whose kernel is not in the feed: it ends with the list of those that are. */
static int check_top(Walker *walker, FeedClient **ret, Failure *f)
{
        _cleanup_(feed_client_freep) FeedClient *client = NULL;
        _cleanup_(feed_trust_freep) FeedTrust *trust = NULL;
        static const uint8_t nobody[BUILD_ID_SIZE];
        int r;

        r = feed_trust_new("feed", walker->walk->anchor, walker->walk->anchor_size, &trust, f);
        if (r < 0)
                return r;
        r = refresh(walker, trust, nobody, &client, f);
        if (r < 0)
                return r;
        walker->summary.root_version = trust->root->version;
        walker->summary.timestamp_version = trust->timestamp_version;
        walker->summary.feed_version = trust->feed_version;
        walker->summary.timestamp_expires = feed_client_timestamp(client)->head.expires;
        walker->summary.feed_expires = feed_client_list(client)->head.expires;
        *ret = TAKE_PTR(client);
        return 0;
}

static int walk_all(Walker *walker, Failure *f)
{
        _cleanup_(feed_client_freep) FeedClient *client = NULL;
        const TreeWalk *walk = walker->walk;
        const FeedList *list;
        int r;

        r = check_top(walker, &client, f);
        if (r < 0)
                return r;
        list = feed_client_list(client);
        if (walk->build_ids)
                for (size_t i = 0; r >= 0 && i < walk->n_build_ids; i++)
                        r = check_kernel(walker, walk->build_ids[i], f);
        else
                for (size_t i = 0; r >= 0 && i < list->n_kernels; i++)
                        r = check_kernel(walker, list->kernels[i].build_id, f);
        return r;
}

int tree_walk(const TreeWalk *walk, TreeSummary *ret, Failure *f)
{
        _cleanup_close_ int fd = open(walk->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        Walker walker = { .walk = walk, .dir_fd = fd };
        int r;

        if (fd < 0)
                return failure_set_errno(f, -errno, "Cannot open the folder %s", walk->path);
        r = walk_all(&walker, f);
        free(walker.timestamp);
        if (r < 0)
                return r;
        if (ret)
                *ret = walker.summary;
        return 0;
}
