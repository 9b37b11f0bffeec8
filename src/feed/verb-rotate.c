/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-file.h"
#include "feed-sign.h"
#include "feed-time.h"
#include "names.h"
#include "root-edit.h"
#include "verb.h"
#include "work.h"

#include <stddef.h>

typedef struct RotateOptions {
        const char *dir;
        FeedValues add;
        FeedValues remove;
        FeedValues thresholds;
        const char *expires;
} RotateOptions;

typedef int (*Edit)(Root *root, const char *text, Failure *f);

static int edit_all(Root *root, const FeedValues *values, Edit edit, Failure *f)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < values->n; i++)
                r = edit(root, values->values[i], f);
        return r;
}

static int make_next(const Root *present, const RotateOptions *options, Root **ret, Failure *f)
{
        _cleanup_(root_freep) Root *root = NULL;
        int r;

        r = root_edit_copy(present, &root, f);
        if (r < 0)
                return r;
        root->version++;
        r = feed_time_parse("expires", options->expires, &root->expires, f);
        if (r < 0)
                return r;
        r = edit_all(root, &options->remove, root_edit_remove, f);
        if (r < 0)
                return r;
        r = edit_all(root, &options->add, root_edit_add, f);
        if (r < 0)
                return r;
        r = edit_all(root, &options->thresholds, root_edit_threshold, f);
        if (r < 0)
                return r;
        r = root_edit_check(root, f);
        if (r < 0)
                return r;
        /* Without the keys that nobody needs any more. */
        return root_edit_copy(root, ret, f);
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const RotateOptions *options = data;
        const FeedPayload *payload = feed_payload_find_type(PAYLOAD_TYPE_ROOT);
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(work_freep) Work *work = NULL;
        _cleanup_(root_freep) Root *next = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = work_open(options->dir ? options->dir : ".", &work, f);
        if (r < 0)
                return r;
        r = make_next(work->root, options, &next, f);
        if (r < 0)
                return r;
        r = root_format(next, &text, f);
        if (r < 0)
                return r;
        r = feed_sign_wrap(payload, &text, strlen(text), &e, f);
        if (r < 0)
                return r;
        r = work_store_staged(work, payload, e, f);
        if (r < 0)
                return r;
        printf("The next root waits in %s/staged: %zu keys of the present root's must sign it, and %zu of its own.\n",
               work->path, work->root->roles[ROOT_ROLE_ROOT].threshold,
               next->roles[ROOT_ROLE_ROOT].threshold);
        return 0;
}

/* clang-format off */
static const FeedOption table[] = {
        { "dir", "DIR", FEED_OPTION_STRING, false, offsetof(RotateOptions, dir),
          "The feed's folder; this one where it is not said" },
        { "add", "ROLE=PUB.pem", FEED_OPTION_VALUES, false, offsetof(RotateOptions, add),
          "A public key that the role gets; again for more" },
        { "remove", "ROLE=PUB.pem|ROLE=ID", FEED_OPTION_VALUES, false, offsetof(RotateOptions, remove),
          "A key that the role loses; again for more" },
        { "threshold", "ROLE=N", FEED_OPTION_VALUES, false, offsetof(RotateOptions, thresholds),
          "How many keys of a role must sign; as before where it is not said" },
        { "expires", "DATE", FEED_OPTION_STRING, true, offsetof(RotateOptions, expires),
          "When a newer root must have come" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_rotate = {
        .name = "rotate",
        .arguments = "",
        .help = "Make the next root, with other keys or a later date, to be signed",
        .options = table,
        .options_size = sizeof(RotateOptions),
        .run = run,
};
