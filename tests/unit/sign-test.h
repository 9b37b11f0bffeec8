/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dsse.h"

/* Keys whose private part is 32 times the byte seed, and envelopes that they signed. */

void sign_test_key(uint8_t seed, const char *id, PublicKey *ret);

/* An envelope around payload without signatures. */
DsseEnvelope *sign_test_envelope(const char *payload_type, const char *payload);

/* Adds the signature of the key of seed, under a key id of one's choice. */
void sign_test_add(DsseEnvelope *e, uint8_t seed, const char *key_id);
