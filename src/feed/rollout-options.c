/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "rollout-options.h"

#include "cleanup.h"
#include "feed-time.h"

bool rollout_options_given(const RolloutOptions *options)
{
        return options->channel || options->not_before || options->percent || options->hours;
}

static int apply_times(const RolloutOptions *options, FeedPatch *patch, Failure *f)
{
        uint64_t hours;
        int r;

        if (options->not_before && streq(options->not_before, "-"))
                patch->not_before = 0;
        else if (options->not_before) {
                r = feed_time_parse("not-before", options->not_before, &patch->not_before, f);
                if (r < 0)
                        return r;
        }
        if (options->hours) {
                r = feed_number_parse("hours", options->hours, 0, FEED_RAMP_MAX / 3600, &hours, f);
                if (r < 0)
                        return r;
                patch->ramp = (uint32_t) hours * 3600;
        }
        if (patch->ramp > 0 && patch->not_before == 0)
                return failure_set(f, FAILURE_USAGE,
                                   "A rollout over hours needs a beginning; say '--not-before' as well.");
        return 0;
}

int rollout_options_apply(const RolloutOptions *options, FeedPatch *patch, Failure *f)
{
        uint64_t percent;
        int r;

        if (options->channel) {
                if (!feed_channel_is_valid(options->channel))
                        return failure_set(f, FAILURE_USAGE, "'%s' cannot be a channel.", options->channel);
                free(patch->channel);
                patch->channel = strdup(options->channel);
                if (!patch->channel)
                        return failure_set_errno(f, -ENOMEM, "Cannot set the channel");
        }
        if (options->percent) {
                r = feed_number_parse("percent", options->percent, 0, 100, &percent, f);
                if (r < 0)
                        return r;
                patch->percent = (uint32_t) percent;
        }
        return apply_times(options, patch, f);
}
