/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "sign-test.h"

#include <assert.h>
#include <openssl/evp.h>

static EVP_PKEY *private_key(uint8_t seed)
{
        uint8_t bytes[32];
        EVP_PKEY *key;

        memset(bytes, seed, sizeof(bytes));
        key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, sizeof(bytes));
        assert(key);
        return key;
}

void sign_test_key(uint8_t seed, const char *id, PublicKey *ret)
{
        EVP_PKEY *key = private_key(seed);
        size_t size = sizeof(ret->raw);
        int r;

        r = EVP_PKEY_get_raw_public_key(key, ret->raw, &size);
        assert(r == 1 && size == sizeof(ret->raw));
        EVP_PKEY_free(key);
        ret->id = id ? strdup(id) : public_key_make_id(ret->raw);
        assert(ret->id);
}

DsseEnvelope *sign_test_envelope(const char *payload_type, const char *payload)
{
        DsseEnvelope *e = calloc(1, sizeof(*e));

        assert(e);
        e->payload_type = strdup(payload_type);
        e->payload = (uint8_t *) strdup(payload);
        e->payload_size = strlen(payload);
        e->signatures = calloc(DSSE_SIGNATURES_MAX, sizeof(*e->signatures));
        assert(e->payload_type && e->payload && e->signatures);
        return e;
}

void sign_test_add(DsseEnvelope *e, uint8_t seed, const char *key_id)
{
        DsseSignature *signature = &e->signatures[e->n_signatures++];
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        EVP_PKEY *key = private_key(seed);
        size_t n = KEY_SIGNATURE_SIZE, size;
        uint8_t *pae;
        int r;

        r = dsse_pae(e->payload_type, e->payload, e->payload_size, &pae, &size);
        assert(r == 0);
        r = EVP_DigestSignInit(context, NULL, NULL, NULL, key);
        assert(r == 1);
        r = EVP_DigestSign(context, signature->signature, &n, pae, size);
        assert(r == 1);
        signature->key_id = strdup(key_id);
        assert(signature->key_id);
        EVP_MD_CTX_free(context);
        EVP_PKEY_free(key);
        free(pae);
}
