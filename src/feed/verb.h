/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

#include <stdio.h>

/* The values of an option that may be given several times, borrowed from the command line. */
#define FEED_VALUES_MAX 256

typedef struct FeedValues {
        const char *values[FEED_VALUES_MAX];
        size_t n;
} FeedValues;

typedef enum FeedOptionType {
        FEED_OPTION_FLAG,   /* bool */
        FEED_OPTION_STRING, /* const char *, borrowed from the command line */
        FEED_OPTION_VALUES, /* FeedValues */
} FeedOptionType;

typedef struct FeedOption {
        const char *name;  /* without its dashes */
        const char *value; /* what the help calls it; NULL for a flag */
        FeedOptionType type;
        bool required;
        size_t offset; /* in the verb's options */
        const char *help;
} FeedOption;

/* One verb: a table of its options, and what it does with them. */
typedef struct FeedVerb {
        const char *name;
        const char *arguments; /* as the help has them */
        const char *help;
        size_t min_args;
        size_t max_args;
        const FeedOption *options; /* ends with a row without name; NULL: none */
        size_t options_size;       /* of the structure that the offsets are in */

        /* options is a zeroed structure that the command line was read into; args are n_args words and a
         * NULL. */
        int (*run)(const void *options, char *const *args, size_t n_args, Failure *f);
} FeedVerb;

extern const FeedVerb feed_verb_keygen;
extern const FeedVerb feed_verb_root;
extern const FeedVerb feed_verb_manifest;
extern const FeedVerb feed_verb_sign;
extern const FeedVerb feed_verb_init;
extern const FeedVerb feed_verb_add;
extern const FeedVerb feed_verb_withdraw;
extern const FeedVerb feed_verb_rollout;
extern const FeedVerb feed_verb_kernel;
extern const FeedVerb feed_verb_rotate;
extern const FeedVerb feed_verb_stage;
extern const FeedVerb feed_verb_timestamp;
extern const FeedVerb feed_verb_publish;
extern const FeedVerb feed_verb_mirror;
extern const FeedVerb feed_verb_prune;
extern const FeedVerb feed_verb_verify;
extern const FeedVerb feed_verb_show;
extern const FeedVerb feed_verb_build_id;

/* Reads argv, of which argv[0] is the verb's name, into options. Options and arguments may stand in any
 * order. Returns 1 when help was asked for, and printed, instead. *ret_args points into argv. Errors:
 * FAILURE_USAGE. */
int feed_verb_parse(const FeedVerb *verb, int argc, char **argv, void *options, char ***ret_args,
                    size_t *ret_n_args, Failure *f);
