/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "tree-copy.h"

#include "feed-client.h"
#include "file.h"
#include "timestamp.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <sys/stat.h>

typedef struct Copier {
        const char *to;
        int to_fd;
        char *timestamp;
        size_t timestamp_size;
} Copier;

static void copier_clear(Copier *copier)
{
        close_fd(copier->to_fd);
        free(copier->timestamp);
}

static int make_folders(const Copier *copier, const char *path)
{
        for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
                char folder[FEED_PATH_SIZE];

                (void) snprintf(folder, sizeof(folder), "%.*s", (int) (slash - path), path);
                if (mkdirat(copier->to_fd, folder, 0755) < 0 && errno != EEXIST)
                        return -errno;
        }
        return 0;
}

static bool is_there(const Copier *copier, const char *path, const void *data, size_t size)
{
        _cleanup_free_ char *present = NULL;
        size_t present_size;

        return file_read(copier->to_fd, path, size, &present, &present_size) >= 0 && present_size == size &&
               memcmp(present, data, size) == 0;
}

/* Files that never change. What is there is looked at, as a power cut may have spoiled it. */
static int copy_once(const Copier *copier, const char *path, const void *data, size_t size, Failure *f)
{
        int r;

        if (is_there(copier, path, data, size))
                return 0;
        r = make_folders(copier, path);
        if (r >= 0)
                r = file_write_unsynced(copier->to_fd, path, data, size, 0644);
        return r < 0 ? failure_set_errno(f, r, "Cannot write %s/%s", copier->to, path) : 0;
}

/* Whoever sees the timestamp finds all that it leads to, after a power cut as well. */
static int write_timestamp(const Copier *copier, bool same, Failure *f)
{
        int r = syncfs(copier->to_fd) < 0 ? -errno : 0;

        if (r >= 0 && !same)
                r = file_write_atomic(copier->to_fd, FEED_PATH_TIMESTAMP, copier->timestamp,
                                      copier->timestamp_size, 0644);
        return r < 0 ? failure_set_errno(f, r, "Cannot write %s/" FEED_PATH_TIMESTAMP, copier->to) : 0;
}

static int visit(void *context, const char *path, const void *data, size_t size, Failure *f)
{
        Copier *copier = context;

        if (strncmp(path, "objects/", 8) == 0)
                return copy_once(copier, path, data, size, f);
        if (!streq(path, FEED_PATH_TIMESTAMP) || copier->timestamp)
                return 0;
        copier->timestamp = malloc(size + 1);
        if (!copier->timestamp)
                return failure_set_errno(f, -ENOMEM, "Cannot copy the timestamp");
        memcpy(copier->timestamp, data, size);
        copier->timestamp[size] = 0;
        copier->timestamp_size = size;
        return 0;
}

static int copy_roots(const Copier *copier, const char *from, Failure *f)
{
        _cleanup_close_ int fd = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        for (uint64_t version = 1;; version++) {
                _cleanup_free_ char *data = NULL;
                char path[FEED_PATH_SIZE];
                size_t size;
                int r;

                (void) snprintf(path, sizeof(path), FEED_PATH_ROOT, version);
                r = file_read(fd, path, ENVELOPE_SIZE_MAX, &data, &size);
                if (r == -ENOENT)
                        return 0;
                if (r < 0)
                        return failure_set_errno(f, r, "Cannot read %s/%s", from, path);
                r = copy_once(copier, path, data, size, f);
                if (r < 0)
                        return r;
        }
}

static int parse_timestamp(const char *text, size_t size, Timestamp *ret, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        int r;

        r = dsse_decode(text, size, &e, f);
        if (r < 0)
                return r;
        r = dsse_check_type(e, PAYLOAD_TYPE_TIMESTAMP, f);
        return r < 0 ? r : timestamp_parse(e->payload, e->payload_size, ret, f);
}

/* 1 where the folder has that very timestamp, 0 where it has an older one or none. */
static int compare_present(const Copier *copier, Failure *f)
{
        _cleanup_free_ char *data = NULL;
        Timestamp present, next;
        size_t size;
        int r;

        r = file_read(copier->to_fd, FEED_PATH_TIMESTAMP, TIMESTAMP_SIZE_MAX, &data, &size);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read %s/" FEED_PATH_TIMESTAMP, copier->to);
        if (size == copier->timestamp_size && memcmp(data, copier->timestamp, size) == 0)
                return 1;
        r = parse_timestamp(data, size, &present, f);
        if (r < 0)
                return r;
        r = parse_timestamp(copier->timestamp, copier->timestamp_size, &next, f);
        if (r < 0)
                return r;
        if (next.head.version <= present.head.version)
                return failure_set(f, FAILURE_FEED_ROLLBACK,
                                   "%s has timestamp %" PRIu64 " already, and this is %" PRIu64
                                   "; 'timestamp --after' makes a later one.",
                                   copier->to, present.head.version, next.head.version);
        return 0;
}

static int touch(void *context, const char *path, const void *data, size_t size, Failure *f)
{
        const Copier *copier = context;

        (void) utimensat(copier->to_fd, path, NULL, AT_SYMLINK_NOFOLLOW);
        return 0;
}

/* What the present timestamp leads to is needed from now on only by those who are reading it: 'prune' counts
 * from the time of these files. Where that cannot be found out, their time is older, and nothing worse. */
static void retire_present(const Copier *copier)
{
        _cleanup_free_ char *anchor = NULL;
        TreeWalk walk = { .path = copier->to, .shallow = true, .visit = touch, .context = (void *) copier };

        /* At the time that it was made, as it may have expired since. */
        if (file_read(copier->to_fd, "root/1.json", ENVELOPE_SIZE_MAX, &anchor, &walk.anchor_size) < 0)
                return;
        walk.anchor = anchor;
        (void) tree_walk(&walk, NULL, NULL);
}

static bool is_same_folder(const char *a, const char *b)
{
        struct stat one, other;

        return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
               one.st_ino == other.st_ino;
}

static int open_to(Copier *copier, Failure *f)
{
        if (mkdir(copier->to, 0755) < 0 && errno != EEXIST)
                return failure_set_errno(f, -errno, "Cannot make the folder %s", copier->to);
        copier->to_fd = open(copier->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (copier->to_fd < 0)
                return failure_set_errno(f, -errno, "Cannot open the folder %s", copier->to);
        /* One publisher at a time, so that the comparison with what is there holds. */
        if (flock(copier->to_fd, LOCK_EX) < 0)
                return failure_set_errno(f, -errno, "Cannot lock %s", copier->to);
        return 0;
}

int tree_copy(const TreeWalk *walk, const char *roots_path, const char *to, TreeSummary *ret, Failure *f)
{
        _cleanup_(copier_clear) Copier copier = { .to = to, .to_fd = -EBADF };
        TreeWalk copying = *walk;
        int r, same;

        if (is_same_folder(walk->path, to) || is_same_folder(roots_path, to))
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "%s cannot be copied to itself.", to);
        /* First without writing: what does not verify leaves no trace. */
        r = tree_walk(walk, NULL, f);
        if (r < 0)
                return r;
        r = open_to(&copier, f);
        if (r < 0)
                return r;
        copying.visit = visit;
        copying.context = &copier;
        r = tree_walk(&copying, ret, f);
        if (r < 0)
                return r;
        same = compare_present(&copier, f);
        if (same < 0)
                return same;
        r = copy_roots(&copier, roots_path, f);
        if (r < 0)
                return r;
        if (!same)
                retire_present(&copier);
        return write_timestamp(&copier, same, f);
}
