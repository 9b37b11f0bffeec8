/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-list.h"
#include "feed-time.h"
#include "hex.h"
#include "path-set.h"
#include "tree.h"
#include "verb.h"
#include "work.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>

typedef struct PruneOptions {
        FeedValues patches;
        FeedValues build_ids;
        const char *days;
} PruneOptions;

static int add_file(PathSet *set, const FileRef *file, Failure *f)
{
        char path[FILE_REF_PATH_SIZE];

        if (file->size == 0)
                return 0;
        file_ref_path(file, path);
        return path_set_add(set, path) < 0 ? failure_set_errno(f, -ENOMEM, "Cannot prune") : 0;
}

static int add_visited(void *context, const char *path, const void *data, size_t size, Failure *f)
{
        return path_set_add(context, path) < 0 ? failure_set_errno(f, -ENOMEM, "Cannot prune") : 0;
}

/* What hosts may read: from the timestamp on. It may have expired, so it is looked at as when it was made.
 */
static int add_published(const Work *work, PathSet *set, Failure *f)
{
        TreeWalk walk = { .path = work->path, .shallow = true, .visit = add_visited, .context = set };
        _cleanup_free_ char *anchor = NULL;
        Timestamp t;
        int r;

        r = work_current_timestamp(work, &t, f);
        if (r < 0 || t.head.version == 0)
                return r;
        r = work_read(work, "root/1.json", ENVELOPE_SIZE_MAX, &anchor, &walk.anchor_size, f);
        if (r < 0)
                return r;
        walk.anchor = anchor;
        return tree_walk(&walk, NULL, f);
}

static int add_list(const DsseEnvelope *e, PathSet *set, Failure *f)
{
        _cleanup_(feed_list_freep) FeedList *list = NULL;
        int r;

        r = feed_list_parse(e->payload, e->payload_size, &list, f);
        for (size_t i = 0; r >= 0 && i < list->n_kernels; i++)
                r = add_file(set, &list->kernels[i].index, f);
        return r;
}

/* The feeds that are in force or wait, but are not published yet. */
static int add_feeds(const Work *work, PathSet *set, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *staged = NULL, *current = NULL;
        _cleanup_free_ char *text = NULL;
        uint64_t version;
        FileRef file;
        size_t size;
        int r;

        r = work_load_staged(work, feed_payload_find_type(PAYLOAD_TYPE_FEED), &staged, f);
        if (r > 0)
                r = add_list(staged, set, f);
        if (r < 0)
                return r;
        r = work_current_feed(work, &version, &file, f);
        if (r >= 0)
                r = add_file(set, &file, f);
        if (r < 0)
                return r;
        r = work_read(work, "feed.json", ENVELOPE_SIZE_MAX, &text, &size, f);
        if (r <= 0)
                return r;
        r = dsse_decode(text, size, &current, f);
        return r < 0 ? r : add_list(current, set, f);
}

static int add_records(const Work *work, PathSet *set, Failure *f)
{
        FeedIndex **records;
        size_t n;
        int r;

        r = work_list_patches(work, &records, &n, f);
        if (r < 0)
                return r;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                const FeedPatch *patch = records[i]->patches;

                r = add_file(set, &patch->manifest, f);
                if (r >= 0)
                        r = add_file(set, &patch->module, f);
                if (r >= 0)
                        r = add_file(set, &patch->zstd, f);
        }
        work_patches_free(records, n);
        return r;
}

static bool is_chosen(const FeedIndex *record, const PruneOptions *options)
{
        const FeedPatch *patch = record->patches;
        uint8_t build_id[BUILD_ID_SIZE];
        char ref[128];

        (void) snprintf(ref, sizeof(ref), "%s=%s", patch->id, patch->version);
        for (size_t i = 0; i < options->patches.n; i++)
                if (streq(options->patches.values[i], ref))
                        return true;
        for (size_t i = 0; i < options->build_ids.n; i++)
                if (hex_decode(options->build_ids.values[i], build_id, BUILD_ID_SIZE) == 0 &&
                    memcmp(build_id, record->build_id, BUILD_ID_SIZE) == 0)
                        return true;
        return false;
}

/* What is said of the kernels themselves. */
static int forget_kernels(const Work *work, const PruneOptions *options, size_t *n, Failure *f)
{
        uint8_t build_id[BUILD_ID_SIZE];

        for (size_t i = 0; i < options->build_ids.n; i++) {
                int r;

                if (hex_decode(options->build_ids.values[i], build_id, BUILD_ID_SIZE) < 0)
                        continue;
                r = work_remove_kernel(work, build_id, f);
                if (r < 0)
                        return r;
                *n += (size_t) r;
        }
        return 0;
}

/* Forgets the patches and kernels that the options name. */
static int forget(const Work *work, const PruneOptions *options, Failure *f)
{
        FeedIndex **records;
        size_t n, forgotten = 0;
        int r;

        r = work_list_patches(work, &records, &n, f);
        if (r < 0)
                return r;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                char name[160];

                if (!is_chosen(records[i], options))
                        continue;
                (void) snprintf(name, sizeof(name), "patches/%s=%s.json", records[i]->patches->id,
                                records[i]->patches->version);
                r = work_remove(work, name, f);
                forgotten++;
        }
        work_patches_free(records, n);
        if (r >= 0)
                r = forget_kernels(work, options, &forgotten, f);
        if (r < 0)
                return r;
        if (forgotten == 0 && options->patches.n + options->build_ids.n > 0)
                return failure_set(f, FAILURE_NO_SUCH_PATCH,
                                   "The feed has none of these patches and kernels.");
        return 0;
}

static void closedir_cleanup(DIR **dir)
{
        if (*dir)
                closedir(*dir);
}

/* A folder, or NULL with errno. */
static DIR *open_dir(int dir_fd, const char *name)
{
        int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);

        if (!dir)
                close_fd(fd);
        return dir;
}

/* Removes what nothing names and is older than oldest from one of the folders of objects. */
static int prune_folder(const Work *work, const char *folder, PathSet *set, time_t oldest, size_t *n)
{
        _cleanup_(closedir_cleanup) DIR *dir = NULL;
        char path[320];
        const struct dirent *entry;

        (void) snprintf(path, sizeof(path), "objects/%s", folder);
        dir = open_dir(work->dir_fd, path);
        if (!dir)
                return -errno;
        while ((errno = 0, entry = readdir(dir))) {
                struct stat st;

                (void) snprintf(path, sizeof(path), "objects/%.40s/%.255s", folder, entry->d_name);
                if (path_set_has(set, path) || fstatat(work->dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
                    !S_ISREG(st.st_mode) || st.st_mtime > oldest)
                        continue;
                if (unlinkat(work->dir_fd, path, 0) < 0)
                        return -errno;
                ++*n;
        }
        return -errno;
}

static int prune(const Work *work, PathSet *set, time_t oldest, size_t *n)
{
        _cleanup_(closedir_cleanup) DIR *dir = open_dir(work->dir_fd, "objects");
        const struct dirent *entry;
        int r;

        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        while ((errno = 0, entry = readdir(dir))) {
                if (strlen(entry->d_name) != 2 || streq(entry->d_name, ".."))
                        continue;
                r = prune_folder(work, entry->d_name, set, oldest, n);
                if (r < 0)
                        return r;
        }
        return -errno;
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const PruneOptions *options = data;
        __attribute__((cleanup(path_set_clear))) PathSet set = {};
        _cleanup_(work_freep) Work *work = NULL;
        uint64_t days = 7;
        size_t n = 0;
        int r;

        if (options->days) {
                r = feed_number_parse("days", options->days, 0, 3650, &days, f);
                if (r < 0)
                        return r;
        }
        r = work_open(n_args > 0 ? args[0] : ".", &work, f);
        if (r < 0)
                return r;
        r = forget(work, options, f);
        if (r >= 0)
                r = add_published(work, &set, f);
        if (r >= 0)
                r = add_feeds(work, &set, f);
        if (r >= 0)
                r = add_records(work, &set, f);
        if (r < 0)
                return r;
        r = prune(work, &set, time(NULL) - (time_t) days * FEED_DAY, &n);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot prune %s/objects", work->path);
        printf("%zu files that nothing named for %zu days are gone.\n", n, (size_t) days);
        return 0;
}

/* clang-format off */
static const FeedOption table[] = {
        { "patch", "ID=VERSION", FEED_OPTION_VALUES, false, offsetof(PruneOptions, patches),
          "Forget a patch; again for more" },
        { "build-id", "HEX", FEED_OPTION_VALUES, false, offsetof(PruneOptions, build_ids),
          "Forget a kernel with all patches for it; again for more" },
        { "days", "N", FEED_OPTION_STRING, false, offsetof(PruneOptions, days),
          "How long files are kept that nothing names; 7 where it is not said" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_prune = {
        .name = "prune",
        .arguments = "[DIR|TREE]",
        .help = "Remove files that nothing names any more, and forget patches",
        .max_args = 1,
        .options = table,
        .options_size = sizeof(PruneOptions),
        .run = run,
};
