/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

#include <stdint.h>

/* Ed25519 keys (RFC 8032) through OpenSSL's EVP. */

#define KEY_PUBLIC_SIZE    32
#define KEY_SIGNATURE_SIZE 64
#define KEY_ID_MAX         128

typedef struct PublicKey {
        char *id; /* owned: as the trust root or the envelope calls it; ours are the hex sha256 of the raw
                     key */
        uint8_t raw[KEY_PUBLIC_SIZE];
} PublicKey;

/* Whether id can be a key's: 1 to KEY_ID_MAX printable characters of ASCII. */
bool key_id_is_valid(const char *id) _pure_;

/* Whether signature is key's over the size bytes at data. Never fails for bad input: that is a "no". */
bool public_key_verify(const PublicKey *key, const void *data, size_t size,
                       const uint8_t signature[KEY_SIGNATURE_SIZE]);

/* The id that this project gives a raw key: 64 hex digits, the caller frees. NULL when memory is out. */
char *public_key_make_id(const uint8_t raw[KEY_PUBLIC_SIZE]);
