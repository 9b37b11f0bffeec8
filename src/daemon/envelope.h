/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dsse.h"

/* A process without privileges that decodes envelopes of unknown origin, one after the other. Starting it
 * costs more than ten envelopes do.
 *
 * An envelope that takes it over can have it lie about those that come later, and about nothing else: what
 * it hands back is a payload with signatures, which are checked on exactly these bytes. So it can withhold
 * an envelope, or put another one in its place that was signed for the same role. Who uses one for several
 * envelopes therefore compares what the payload says it is with what was asked for, as has to be done with
 * any server; and what is about to be put in force is decoded by a process of its own. */
typedef struct EnvelopeParser EnvelopeParser;

/* The program is borrowed; it is started when it is needed, and anew when it has failed. */
int envelope_parser_new(const char *program, EnvelopeParser **ret);

/* Blocks for as long as it takes, 10 s at most. Errors: FAILURE_ENVELOPE_INVALID. */
int envelope_parser_decode(EnvelopeParser *parser, const char *text, size_t size, DsseEnvelope **ret,
                           Failure *f);

EnvelopeParser *envelope_parser_free(EnvelopeParser *parser);
DEFINE_CLEANUP(EnvelopeParser *, envelope_parser_free);

/* The same by a process for this envelope alone. */
int envelope_decode(const char *program, const char *text, size_t size, DsseEnvelope **ret, Failure *f);
