/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "cleanup.h"
#include "manifest-fields.h"
#include "verb.h"
#include "work-change.h"

#include <stddef.h>

typedef struct WithdrawOptions {
        const char *dir;
        const char *reason;
        const char *action;
        bool undo;
} WithdrawOptions;

static int withdraw(FeedPatch *patch, const void *data, Failure *f)
{
        const WithdrawOptions *options = data;

        free(patch->reason);
        patch->reason = NULL;
        patch->withdrawn = FEED_WITHDRAWAL_NONE;
        if (options->undo)
                return 0;
        patch->withdrawn = feed_withdrawal_from_string(options->action);
        patch->reason = strdup(options->reason);
        return patch->reason ? 0 : failure_set_errno(f, -ENOMEM, "Cannot withdraw the patch");
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const WithdrawOptions *options = data;

        if (options->undo) {
                if (options->reason || options->action)
                        return failure_set(f, FAILURE_USAGE,
                                           "'--undo' takes neither '--reason' nor '--action'.");
        } else {
                if (!options->reason || !options->action)
                        return failure_set(
                                        f, FAILURE_USAGE,
                                        "'withdraw' needs '--reason TEXT' and '--action keep|rollback', or "
                                        "'--undo'.");
                if (feed_withdrawal_from_string(options->action) == FEED_WITHDRAWAL_NONE)
                        return failure_set(f, FAILURE_USAGE, "'--action' takes keep or rollback, not '%s'.",
                                           options->action);
                if (!*options->reason || strlen(options->reason) > FEED_REASON_MAX ||
                    !manifest_line_is_valid(options->reason))
                        return failure_set(f, FAILURE_USAGE, "'--reason' takes a line of at most %d bytes.",
                                           FEED_REASON_MAX);
        }
        return work_change_patch(options->dir, args[0], withdraw, options, f);
}

/* clang-format off */
static const FeedOption table[] = {
        { "dir", "DIR", FEED_OPTION_STRING, false, offsetof(WithdrawOptions, dir),
          "The feed's folder; this one where it is not said" },
        { "reason", "TEXT", FEED_OPTION_STRING, false, offsetof(WithdrawOptions, reason),
          "Why, in one line for the administrators of hosts" },
        { "action", "keep|rollback", FEED_OPTION_STRING, false, offsetof(WithdrawOptions, action),
          "What hosts do that have it in force" },
        { "undo", NULL, FEED_OPTION_FLAG, false, offsetof(WithdrawOptions, undo), "Offer it again" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_withdraw = {
        .name = "withdraw",
        .arguments = "ID=VERSION",
        .help = "Withdraw a patch",
        .min_args = 1,
        .max_args = 1,
        .options = table,
        .options_size = sizeof(WithdrawOptions),
        .run = run,
};
