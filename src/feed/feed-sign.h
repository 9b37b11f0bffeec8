/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dsse.h"
#include "feed-key.h"
#include "feed-payload.h"

/* Signatures of an envelope: made here, or brought from where the key is. */

/* Takes a payload (and its bytes) that payload->check() accepts into an envelope without signatures. */
int feed_sign_wrap(const FeedPayload *payload, char **data, size_t size, DsseEnvelope **ret, Failure *f);

/* Of bytes that are an envelope of that payload, or the payload alone. */
int feed_sign_open(const FeedPayload *payload, char **data, size_t size, DsseEnvelope **ret, Failure *f);

/* Adds the signature of a key. Errors: FAILURE_INVALID_ARGUMENT where it has signed already. */
int feed_sign_add(DsseEnvelope *e, EVP_PKEY *key, Failure *f);

/* Adds a signature that somebody else made, after it was checked with the public key. */
int feed_sign_add_raw(DsseEnvelope *e, const uint8_t public[KEY_PUBLIC_SIZE],
                      const uint8_t signature[KEY_SIGNATURE_SIZE], Failure *f);

/* Adds those signatures of another envelope, of the same payload, that e does not have. */
int feed_sign_merge(DsseEnvelope *e, const DsseEnvelope *other, Failure *f);

/* Its text, which must not be larger than what is accepted; the caller frees. */
int feed_sign_encode(const DsseEnvelope *e, char **ret_text, Failure *f);
