/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-file.h"
#include "feed-payload.h"
#include "names.h"
#include "show-folder.h"
#include "verb.h"

#include <sys/stat.h>

/* A payload that nobody has signed yet. Where it is none either, the failure is that of the envelope. */
static int show_payload(const char *path, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        const FeedPayload *payload;
        size_t size;
        int r;

        r = feed_file_read(path, "file", ENVELOPE_SIZE_MAX, &text, &size, f);
        if (r < 0)
                return r;
        payload = feed_payload_guess(text, size);
        if (!payload)
                return -ENOENT;
        printf("A %s without a signature.\n", payload->name);
        return payload->print(text, size, f);
}

static int run(const void *unused, char *const *args, size_t n_args, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        const FeedPayload *payload;
        struct stat st;
        int r;

        if (stat(args[0], &st) == 0 && S_ISDIR(st.st_mode))
                return show_folder(args[0], f);
        r = feed_envelope_read(args[0], &e, f);
        if (f->kind == FAILURE_ENVELOPE_INVALID) {
                _cleanup_failure_ Failure other = {};

                if (show_payload(args[0], &other) < 0)
                        return r;
                failure_clear(f);
                return 0;
        }
        if (r < 0)
                return r;
        printf("Payload type: %s, %zu bytes\n", e->payload_type, e->payload_size);
        FOREACH_ARRAY (signature, e->signatures, e->n_signatures)
                printf("Signature by: %s\n", *signature->key_id ? signature->key_id : "a key without id");
        puts("Nothing of this was verified; 'kpatch-feed verify' does that.");
        payload = feed_payload_find_type(e->payload_type);
        return payload ? payload->print(e->payload, e->payload_size, f) : 0;
}

const FeedVerb feed_verb_show = {
        .name = "show",
        .arguments = "DIR|TREE|ENVELOPE",
        .help = "Show what a folder has, or an envelope says, without verifying it",
        .min_args = 1,
        .max_args = 1,
        .run = run,
};
