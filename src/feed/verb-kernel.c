/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "cleanup.h"
#include "hex.h"
#include "manifest-fields.h"
#include "verb.h"
#include "work.h"

#include <stddef.h>

typedef struct KernelOptions {
        const char *dir;
        const char *kind;
        const char *reason;
        const char *release;
        bool undo;
} KernelOptions;

/* Hosts take any word: these are those that they know. */
static const char *const kinds[] = { "withdrawn", "unpatchable", "superseded" };

static bool kind_is_known(const char *kind)
{
        FOREACH_ARRAY (known, kinds, ELEMENTSOF(kinds))
                if (streq(*known, kind))
                        return true;
        return false;
}

static int check(const KernelOptions *options, Failure *f)
{
        if (options->undo)
                return options->kind || options->reason || options->release
                                       ? failure_set(f, FAILURE_USAGE,
                                                     "'--undo' takes none of '--reboot', '--reason' and "
                                                     "'--release'.")
                                       : 0;
        if (!options->kind || !options->reason)
                return failure_set(
                                f, FAILURE_USAGE,
                                "'kernel' needs '--reboot withdrawn|unpatchable|superseded' and '--reason "
                                "TEXT', or '--undo'.");
        if (!kind_is_known(options->kind))
                return failure_set(f, FAILURE_USAGE,
                                   "'--reboot' takes withdrawn, unpatchable or superseded, not '%s'.",
                                   options->kind);
        if (!*options->reason || strlen(options->reason) > FEED_REASON_MAX ||
            !manifest_line_is_valid(options->reason))
                return failure_set(f, FAILURE_USAGE, "'--reason' takes a line of at most %d bytes.",
                                   FEED_REASON_MAX);
        if (options->release && !manifest_release_is_valid(options->release))
                return failure_set(f, FAILURE_USAGE, "'%s' is not a kernel release.", options->release);
        return 0;
}

/* The release that the feed's patches for that kernel name; 0 where it has none. */
static int find_release(const Work *work, const uint8_t build_id[BUILD_ID_SIZE], char **ret, Failure *f)
{
        FeedIndex **records;
        size_t n;
        int r;

        r = work_list_patches(work, &records, &n, f);
        if (r < 0)
                return r;
        for (size_t i = 0; r == 0 && i < n; i++)
                if (memcmp(records[i]->build_id, build_id, BUILD_ID_SIZE) == 0) {
                        *ret = strdup(records[i]->release);
                        r = *ret ? 1 : failure_set_errno(f, -ENOMEM, "Cannot read the feed");
                }
        work_patches_free(records, n);
        return r;
}

/* A new record takes the release from what the feed knows of that kernel, or from the command line. */
static int load_or_make(const Work *work, const KernelOptions *options,
                        const uint8_t build_id[BUILD_ID_SIZE], FeedIndex **ret, Failure *f)
{
        _cleanup_(feed_index_freep) FeedIndex *record = NULL;
        int r;

        r = work_load_kernel(work, build_id, ret, f);
        if (r != 0)
                return r < 0 ? r : 0;
        record = calloc(1, sizeof(*record));
        if (!record)
                return failure_set_errno(f, -ENOMEM, "Cannot read the feed");
        memcpy(record->build_id, build_id, BUILD_ID_SIZE);
        r = find_release(work, build_id, &record->release, f);
        if (r < 0)
                return r;
        if (r == 0 && !options->release)
                return failure_set(
                                f, FAILURE_INVALID_ARGUMENT,
                                "The feed has no patch for that kernel, so '--release' has to say which it is.");
        *ret = TAKE_PTR(record);
        return 0;
}

static int replace(char **field, const char *text, Failure *f)
{
        char *copy = strdup(text);

        if (!copy)
                return failure_set_errno(f, -ENOMEM, "Cannot change the kernel");
        free(*field);
        *field = copy;
        return 0;
}

static int advise(const Work *work, const KernelOptions *options, const uint8_t build_id[BUILD_ID_SIZE],
                  Failure *f)
{
        _cleanup_(feed_index_freep) FeedIndex *record = NULL;
        int r;

        r = load_or_make(work, options, build_id, &record, f);
        if (r >= 0 && options->release)
                r = replace(&record->release, options->release, f);
        if (r >= 0)
                r = replace(&record->reboot_kind, options->kind, f);
        if (r >= 0)
                r = replace(&record->reboot_reason, options->reason, f);
        return r < 0 ? r : work_store_kernel(work, record, f);
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const KernelOptions *options = data;
        _cleanup_(work_freep) Work *work = NULL;
        uint8_t build_id[BUILD_ID_SIZE];
        int r;

        r = check(options, f);
        if (r < 0)
                return r;
        if (hex_decode(args[0], build_id, BUILD_ID_SIZE) < 0)
                return failure_set(f, FAILURE_USAGE,
                                   "'%.80s' is not a build-id of 40 hexadecimal digits; 'kpatch-feed "
                                   "build-id' shows a kernel's.",
                                   args[0]);
        r = work_open(options->dir ? options->dir : ".", &work, f);
        if (r < 0)
                return r;
        r = options->undo ? work_remove_kernel(work, build_id, f) : advise(work, options, build_id, f);
        if (r < 0)
                return r;
        puts("'kpatch-feed stage' makes the feed that says so.");
        return 0;
}

/* clang-format off */
static const FeedOption table[] = {
        { "dir", "DIR", FEED_OPTION_STRING, false, offsetof(KernelOptions, dir),
          "The feed's folder; this one where it is not said" },
        { "reboot", "KIND", FEED_OPTION_STRING, false, offsetof(KernelOptions, kind),
          "Why only a boot helps: withdrawn, unpatchable or superseded" },
        { "reason", "TEXT", FEED_OPTION_STRING, false, offsetof(KernelOptions, reason),
          "The same in one line for the administrators of hosts" },
        { "release", "RELEASE", FEED_OPTION_STRING, false, offsetof(KernelOptions, release),
          "Which kernel it is, where the feed has no patch for it" },
        { "undo", NULL, FEED_OPTION_FLAG, false, offsetof(KernelOptions, undo), "Advise no boot any more" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_kernel = {
        .name = "kernel",
        .arguments = "BUILD-ID",
        .help = "Advise hosts with a kernel to boot another one",
        .min_args = 1,
        .max_args = 1,
        .options = table,
        .options_size = sizeof(KernelOptions),
        .run = run,
};
