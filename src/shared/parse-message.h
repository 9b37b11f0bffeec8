/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "names.h"

#include <stdint.h>

/* What kpatchd and kpatchd-parse say to each other over one stream socket, which is the latter's standard
 * input and output: structs as they are in memory, each followed by as many bytes as it says. One answer
 * comes for each request, until kpatchd hangs up. */

typedef struct ParseRequest {
        uint32_t size; /* of the envelope; at most ENVELOPE_SIZE_MAX */
} ParseRequest;

typedef enum ParseResult {
        PARSE_DECODED, /* its flat form follows, see dsse.h */
        PARSE_REFUSED, /* a sentence follows, which says why it is none */
} ParseResult;

typedef struct ParseAnswer {
        uint32_t result;
        uint32_t size;
} ParseAnswer;
