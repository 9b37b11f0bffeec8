/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "failure.h"
#include "key.h"

/* DSSE envelopes, protocol version 1 (https://github.com/secure-systems-lab/dsse). What is signed is
 * PAE(type, payload): the payload's exact bytes. */

#define DSSE_SIGNATURES_MAX   16
#define DSSE_PAYLOAD_TYPE_MAX 128

typedef struct DsseSignature {
        char *key_id; /* owned, "" when the envelope has none: a hint only */
        uint8_t signature[KEY_SIGNATURE_SIZE];
} DsseSignature;

typedef struct DsseEnvelope {
        char *payload_type;
        uint8_t *payload; /* a NUL that payload_size does not count follows */
        size_t payload_size;
        DsseSignature *signatures;
        size_t n_signatures;
} DsseEnvelope;

/* Decodes the JSON form. Trusts nothing: to be called on foreign bytes only in a process without privileges.
 * Signatures that are no Ed25519 signatures (wrong length) are left out. Errors: FAILURE_ENVELOPE_INVALID.
 */
int dsse_decode(const char *text, size_t size, DsseEnvelope **ret, Failure *f);

/* The JSON form, one line and a newline; the caller frees. */
int dsse_encode(const DsseEnvelope *e, char **ret_text, Failure *f);

/* The flat form in which a decoded envelope crosses from the process that decoded it: lengths and bytes, no
 * parsing to speak of. dsse_unflatten() checks every bound. */
int dsse_flatten(const DsseEnvelope *e, uint8_t **ret_data, size_t *ret_size);
int dsse_unflatten(const uint8_t *data, size_t size, DsseEnvelope **ret);

/* PAE(payload_type, payload); the caller frees. */
int dsse_pae(const char *payload_type, const void *payload, size_t payload_size, uint8_t **ret,
             size_t *ret_size);

/* 1 to DSSE_PAYLOAD_TYPE_MAX printable characters of ASCII, and no space. */
bool dsse_payload_type_is_valid(const char *payload_type) _pure_;

/* FAILURE_PAYLOAD_TYPE_WRONG unless the envelope says that it holds payload_type. */
int dsse_check_type(const DsseEnvelope *e, const char *payload_type, Failure *f);

/* Checks that at least threshold distinct of the keys signed the envelope and that its type is payload_type.
 * A key counts once, however many signatures or ids it has. In this order:
 * FAILURE_PAYLOAD_TYPE_WRONG, FAILURE_KEY_UNKNOWN (no signature by any of these keys is even claimed: no key
 * id of the envelope is one of theirs and none of them verifies), FAILURE_SIGNATURE_INVALID (claimed but
 * wrong, or fewer than threshold). */
int dsse_verify(const DsseEnvelope *e, const char *payload_type, const PublicKey *const *keys, size_t n_keys,
                size_t threshold, Failure *f);

DsseEnvelope *dsse_free(DsseEnvelope *e);
DEFINE_CLEANUP(DsseEnvelope *, dsse_free);
