/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dsse.h"

/* Decodes an envelope of unknown origin in a process without privileges, the program at parser. Blocks for
 * as long as that takes, 10 s at most. Errors: FAILURE_ENVELOPE_INVALID. */
int envelope_decode(const char *parser, const char *text, size_t size, DsseEnvelope **ret, Failure *f);
