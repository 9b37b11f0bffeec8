/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "dsse.h"

#include "text.h"

int dsse_pae(const char *payload_type, const void *payload, size_t payload_size, uint8_t **ret,
             size_t *ret_size)
{
        _cleanup_free_ char *head = NULL;
        uint8_t *data;
        size_t n;

        head = text_format("DSSEv1 %zu %s %zu ", strlen(payload_type), payload_type, payload_size);
        if (!head)
                return -ENOMEM;
        n = strlen(head);
        data = malloc(n + payload_size);
        if (!data)
                return -ENOMEM;
        memcpy(data, head, n);
        memcpy(data + n, payload, payload_size);
        *ret = data;
        *ret_size = n + payload_size;
        return 0;
}

int dsse_check_type(const DsseEnvelope *e, const char *payload_type, Failure *f)
{
        if (streq(e->payload_type, payload_type))
                return 0;
        return failure_set(f, FAILURE_PAYLOAD_TYPE_WRONG, "The envelope holds '%s' where '%s' is needed.",
                           e->payload_type, payload_type);
}

/* Whether a key with these bytes stands before the i-th: two ids of one key are one signer. */
static bool is_repeated(const PublicKey *const *keys, size_t i)
{
        for (size_t j = 0; j < i; j++)
                if (memcmp(keys[j]->raw, keys[i]->raw, KEY_PUBLIC_SIZE) == 0)
                        return true;
        return false;
}

/* The key id is a hint that anyone can write: every signature is tried. */
static bool key_signed(const PublicKey *key, const DsseEnvelope *e, const uint8_t *pae, size_t pae_size)
{
        FOREACH_ARRAY (signature, e->signatures, e->n_signatures)
                if (public_key_verify(key, pae, pae_size, signature->signature))
                        return true;
        return false;
}

static bool key_is_claimed(const PublicKey *key, const DsseEnvelope *e)
{
        FOREACH_ARRAY (signature, e->signatures, e->n_signatures)
                if (streq(signature->key_id, key->id))
                        return true;
        return false;
}

int dsse_verify(const DsseEnvelope *e, const char *payload_type, const PublicKey *const *keys, size_t n_keys,
                size_t threshold, Failure *f)
{
        _cleanup_free_ uint8_t *pae = NULL;
        size_t pae_size, n_signed = 0;
        bool claimed = false;
        int r;

        r = dsse_check_type(e, payload_type, f);
        if (r < 0)
                return r;
        r = dsse_pae(e->payload_type, e->payload, e->payload_size, &pae, &pae_size);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot verify the envelope");
        for (size_t i = 0; i < n_keys; i++) {
                claimed = claimed || key_is_claimed(keys[i], e);
                n_signed += !is_repeated(keys, i) && key_signed(keys[i], e, pae, pae_size);
        }
        if (threshold > 0 && n_signed >= threshold)
                return 0;
        if (n_signed > 0)
                return failure_set(f, FAILURE_SIGNATURE_INVALID,
                                   "%zu of the trusted keys signed the envelope, %zu are needed.", n_signed,
                                   threshold);
        if (claimed)
                return failure_set(f, FAILURE_SIGNATURE_INVALID,
                                   "The signature does not match: the bytes were altered after signing.");
        return failure_set(f, FAILURE_KEY_UNKNOWN,
                           "No trusted key signed the envelope; the first signature names the key '%.80s'.",
                           e->n_signatures > 0 ? e->signatures[0].key_id : "");
}
