/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "json-read.h"

#include <time.h>

/* What a timestamp and a feed begin with. */
typedef struct FeedHead {
        uint64_t version; /* from 1 on, never the same for two contents, never back */
        time_t issued;
        time_t expires;
} FeedHead;

/* Reads "type", which must be type, and the head. Returns 0 or a failure. */
int feed_head_read(const JsonPlace *document, const char *type, FeedHead *ret);

/* Errors: -ENOMEM, -EINVAL for a date that cannot be written. */
int feed_head_write(struct json_object *document, const char *type, const FeedHead *head);
