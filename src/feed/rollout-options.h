/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "feed-index.h"

/* Options that say who gets a patch, and when; those that are NULL change nothing. */
typedef struct RolloutOptions {
        const char *channel;
        const char *not_before;
        const char *percent;
        const char *hours;
} RolloutOptions;

/* Errors: FAILURE_USAGE. */
int rollout_options_apply(const RolloutOptions *options, FeedPatch *patch, Failure *f);

/* Whether any is there. */
bool rollout_options_given(const RolloutOptions *options) _pure_;

/* Rows of a verb's table of options, where type has a member named member. */
/* clang-format off */
#define ROLLOUT_OPTIONS(type, member)                                                                        \
        { "channel", "WORD", FEED_OPTION_STRING, false, offsetof(type, member.channel),                      \
          "Hosts of which channel get it; 'stable' is all of them" },                                        \
        { "not-before", "DATE", FEED_OPTION_STRING, false, offsetof(type, member.not_before),                \
          "When the rollout begins; '-' is at once" },                                                       \
        { "percent", "N", FEED_OPTION_STRING, false, offsetof(type, member.percent),                         \
          "How many of the hosts get it when the rollout begins" },                                          \
        { "hours", "N", FEED_OPTION_STRING, false, offsetof(type, member.hours),                             \
          "Within how many hours all the others get it; 0: they do not" }
/* clang-format on */
