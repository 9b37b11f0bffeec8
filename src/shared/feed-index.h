/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "file-ref.h"

#include <time.h>

/* All patches that a feed has for one kernel build, and what the publisher wants done with each. An index is
 * signed by being named in a signed feed. Parsed from verified bytes only. */

#define FEED_PATCHES_MAX 256
#define FEED_RAMP_MAX    (366 * 24 * 3600)
#define FEED_CHANNEL     "stable" /* where an index says none */

/* What hosts are to do that have a withdrawn patch in force. Whatever it is, nobody applies it anew. */
typedef enum FeedWithdrawal {
        FEED_WITHDRAWAL_NONE,
        FEED_WITHDRAWAL_KEEP,
        FEED_WITHDRAWAL_ROLLBACK,
        _FEED_WITHDRAWAL_MAX,
} FeedWithdrawal;

/* "keep", "rollback". */
const char *feed_withdrawal_to_string(FeedWithdrawal action) _const_;
/* FEED_WITHDRAWAL_NONE where it is none of the two. */
FeedWithdrawal feed_withdrawal_from_string(const char *text) _pure_;

typedef struct FeedPatch {
        char *id;
        char *version;
        char *severity;   /* or NULL; that of the manifest, as are the lists below */
        FileRef manifest; /* the envelope */
        FileRef module;
        FileRef zstd; /* the module, compressed; size 0: only as it is */
        char **supersedes;
        char **depends;
        char **conflicts;
        char **cves; /* or NULL: an older publisher did not say which */

        char *channel;
        time_t not_before; /* 0: at once */
        uint32_t percent;  /* of the hosts, when it begins: 0 to 100 */
        uint32_t ramp;     /* seconds after not_before until all hosts have it; 0: it stays at percent */

        FeedWithdrawal withdrawn;
        char *reason; /* of the withdrawal: one line */
} FeedPatch;

typedef struct FeedIndex {
        uint8_t build_id[BUILD_ID_SIZE];
        char *release; /* as `uname -r` has it */
        FeedPatch *patches;
        size_t n_patches;

        char *reboot_kind;   /* why hosts with this kernel should boot another one; NULL: they need not */
        char *reboot_reason; /* one line, where there is a kind */
} FeedIndex;

/* Errors: FAILURE_METADATA_INVALID, naming the field. */
int feed_index_parse(const void *data, size_t size, FeedIndex **ret, Failure *f);

/* The JSON that feed_index_parse() reads, with a newline at its end; the caller frees. */
int feed_index_format(const FeedIndex *index, char **ret_text, Failure *f);

/* NULL where there is none. */
const FeedPatch *feed_index_find(const FeedIndex *index, const char *id, const char *version) _pure_;

/* Releases what it holds. */
void feed_patch_clear(FeedPatch *patch);

FeedIndex *feed_index_free(FeedIndex *index);
DEFINE_CLEANUP(FeedIndex *, feed_index_free);

/* 1 to 32 letters, digits, '_' and '-'. */
bool feed_channel_is_valid(const char *channel) _pure_;

/* 1 to 32 lower-case letters and '-'. A kind that is not known to who reads it is advice all the same. */
bool feed_reboot_kind_is_valid(const char *kind) _pure_;

#define FEED_REASON_MAX 500
