/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dsse.h"
#include "failure.h"

/* What this project signs. */
typedef struct FeedPayload {
        const char *name; /* "manifest": of --type */
        const char *type; /* of the envelope */

        /* Whether the bytes are what they should be. */
        int (*check)(const void *data, size_t size, Failure *f);

        /* Prints them for a person, from what was understood of them and not as they are. */
        int (*print)(const void *data, size_t size, Failure *f);
} FeedPayload;

/* NULL where it is none of ours. */
const FeedPayload *feed_payload_find_name(const char *name) _pure_;
const FeedPayload *feed_payload_find_type(const char *type) _pure_;

/* Which of them bytes are that stand alone; NULL where they are none. */
const FeedPayload *feed_payload_guess(const void *data, size_t size);

/* Reads and decodes an envelope. */
int feed_envelope_read(const char *path, DsseEnvelope **ret, Failure *f);
