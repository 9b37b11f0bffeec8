/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "feed-head.h"
#include "file-ref.h"

/* The payload of the role "feed": for each kernel build, the index of its patches. A host fetches the index
 * of its own kernel and no other. Parsed from verified bytes only. */

#define FEED_KERNELS_MAX 1024

typedef struct FeedKernel {
        uint8_t build_id[BUILD_ID_SIZE];
        FileRef index;
} FeedKernel;

typedef struct FeedList {
        FeedHead head;
        FeedKernel *kernels; /* sorted by build-id */
        size_t n_kernels;
} FeedList;

/* Errors: FAILURE_METADATA_INVALID, naming the field. */
int feed_list_parse(const void *data, size_t size, FeedList **ret, Failure *f);

/* The JSON that feed_list_parse() reads, with a newline at its end; the caller frees. */
int feed_list_format(const FeedList *list, char **ret_text, Failure *f);

/* Sorts the kernels, as feed_list_find() needs them. */
void feed_list_sort(FeedList *list);

/* NULL where the feed has nothing for that kernel. */
const FeedKernel *feed_list_find(const FeedList *list, const uint8_t build_id[BUILD_ID_SIZE]) _pure_;

FeedList *feed_list_free(FeedList *list);
DEFINE_CLEANUP(FeedList *, feed_list_free);
