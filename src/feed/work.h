/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "failure.h"
#include "feed-index.h"
#include "feed-payload.h"
#include "root.h"
#include "timestamp.h"

/* The publisher's folder. It has all that a published tree has, and the publisher's own:
 *
 *      publisher.json          settings
 *      patches/ID=VERSION.json one patch each: an index with nothing else in it
 *      kernels/BUILD-ID.json   what is said of a kernel itself: an index without patches
 *      staged/ROLE.json        what waits for signatures: a payload, or an envelope that has some
 *      feed.json               the feed in force: an envelope that is complete
 *      root/N.json, timestamp.json, objects/...  as published
 *
 * All of it is text, or found by its hash, so that it can be kept under git. The functions work on a
 * published tree, too, as far as that has what they need. */

typedef struct Work {
        int dir_fd;
        char *path;
        uint64_t timestamp_days; /* how long they live */
        uint64_t feed_days;
        Root *root; /* the newest, after all before it were verified */
} Work;

#define WORK_TIMESTAMP_DAYS 7
#define WORK_FEED_DAYS      90

/* Opens a folder, and locks it against others that write. Errors: those of root_follow(). */
int work_open(const char *path, Work **ret, Failure *f);

Work *work_free(Work *work);
DEFINE_CLEANUP(Work *, work_free);

/* Makes a folder with a first root, whose envelope has size bytes. */
int work_init(const char *path, const char *root, size_t size, uint64_t timestamp_days, uint64_t feed_days,
              Failure *f);

/* Files of the folder, whole. Reading says 0 where there is none. */
int work_read(const Work *work, const char *name, size_t max, char **ret_data, size_t *ret_size, Failure *f);
int work_write(const Work *work, const char *name, const void *data, size_t size, Failure *f);
int work_remove(const Work *work, const char *name, Failure *f);

/* Writes a file by its content, unless it is there. */
int work_put_object(const Work *work, const void *data, size_t size, FileRef *ret, Failure *f);

/* The records of patches. Loading says 0 where there is none. */
int work_load_patch(const Work *work, const char *ref, FeedIndex **ret, Failure *f);
int work_store_patch(const Work *work, const FeedIndex *record, Failure *f);
/* All, sorted by kernel, id and version; the caller frees with work_patches_free(). */
int work_list_patches(const Work *work, FeedIndex ***ret, size_t *ret_n, Failure *f);
void work_patches_free(FeedIndex **records, size_t n);

/* The records of kernels. Loading and removing say 0 where there is none. */
int work_load_kernel(const Work *work, const uint8_t build_id[BUILD_ID_SIZE], FeedIndex **ret, Failure *f);
int work_store_kernel(const Work *work, const FeedIndex *record, Failure *f);
int work_remove_kernel(const Work *work, const uint8_t build_id[BUILD_ID_SIZE], Failure *f);
/* All, sorted by build-id; the caller frees with work_patches_free(). */
int work_list_kernels(const Work *work, FeedIndex ***ret, size_t *ret_n, Failure *f);

/* All records of a folder in the order of compare, which gets pointers to FeedIndex *; none where there is
 * no folder yet. Load gets a file's name without ".json", and says 0 where there is none. The caller frees
 * with work_patches_free(). */
typedef int WorkLoad(const Work *work, const char *name, FeedIndex **ret, Failure *f);
typedef int WorkCompare(const void *a, const void *b);
int work_list_records(const Work *work, const char *folder, WorkLoad *load, WorkCompare *compare,
                      FeedIndex ***ret, size_t *ret_n, Failure *f);

/* What waits for signatures. role is "root", "feed" or "timestamp". Loading says 0 where nothing waits. */
int work_load_staged(const Work *work, const FeedPayload *payload, DsseEnvelope **ret, Failure *f);
int work_store_staged(const Work *work, const FeedPayload *payload, const DsseEnvelope *e, Failure *f);

/* Puts an envelope in force if enough have signed it: returns 1. Else it returns 0 and the failure says what
 * lacks. */
int work_promote(Work *work, const FeedPayload *payload, const DsseEnvelope *e, Failure *f);

/* Puts an envelope in force if it can be, else has it wait, and tells the publisher which. */
int work_settle(Work *work, const FeedPayload *payload, const DsseEnvelope *e, Failure *f);

/* The version of the feed in force, and its file; 0 where there is none yet. Of a tree, that of its
 * timestamp. */
int work_current_feed(const Work *work, uint64_t *ret_version, FileRef *ret, Failure *f);
/* Until when a feed of the folder may be relied upon. Errors: FAILURE_FEED_INCOMPLETE. */
int work_feed_expires(const Work *work, const FileRef *feed, time_t *ret, Failure *f);
int work_current_timestamp(const Work *work, Timestamp *ret, Failure *f);
