/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "key.h"

#include "cleanup.h"
#include "hex.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free);

bool public_key_verify(const PublicKey *key, const void *data, size_t size,
                       const uint8_t signature[KEY_SIGNATURE_SIZE])
{
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *pkey = NULL;
        _cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();

        pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->raw, sizeof(key->raw));
        if (!pkey || !context || EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) != 1)
                return false;
        /* 1 alone is a yes: a negative value says that the check could not be made. */
        return EVP_DigestVerify(context, signature, KEY_SIGNATURE_SIZE, data, size) == 1;
}

char *public_key_make_id(const uint8_t raw[KEY_PUBLIC_SIZE])
{
        uint8_t digest[SHA256_DIGEST_LENGTH];

        if (!SHA256(raw, KEY_PUBLIC_SIZE, digest))
                return NULL;
        return hex_encode(digest, sizeof(digest));
}
