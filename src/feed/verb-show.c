/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-payload.h"
#include "verb.h"

static int run(const void *unused, char *const *args, size_t n_args, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        const FeedPayload *payload;
        int r;

        r = feed_envelope_read(args[0], &e, f);
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
        .arguments = "ENVELOPE",
        .help = "Show what a signed manifest or root says, without verifying it",
        .min_args = 1,
        .max_args = 1,
        .run = run,
};
