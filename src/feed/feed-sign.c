/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-sign.h"

#include "names.h"

int feed_sign_wrap(const FeedPayload *payload, char **data, size_t size, DsseEnvelope **ret, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = calloc(1, sizeof(*e));
        int r;

        r = payload->check(*data, size, f);
        if (r < 0)
                return r;
        if (!e || !(e->payload_type = strdup(payload->type)))
                return failure_set_errno(f, -ENOMEM, "Cannot sign");
        e->payload = (uint8_t *) TAKE_PTR(*data);
        e->payload_size = size;
        *ret = TAKE_PTR(e);
        return 0;
}

int feed_sign_open(const FeedPayload *payload, char **data, size_t size, DsseEnvelope **ret, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        int r;

        if (dsse_decode(*data, size, &e, NULL) < 0)
                return feed_sign_wrap(payload, data, size, ret, f);
        r = dsse_check_type(e, payload->type, f);
        if (r < 0)
                return r;
        r = payload->check(e->payload, e->payload_size, f);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(e);
        return 0;
}

/* Appends a signature under a copy of the key id. */
static int append(DsseEnvelope *e, const char *key_id, const uint8_t signature[KEY_SIGNATURE_SIZE],
                  Failure *f)
{
        _cleanup_free_ char *id = strdup(key_id);
        DsseSignature *larger;

        if (e->n_signatures == DSSE_SIGNATURES_MAX)
                return failure_set(f, FAILURE_INVALID_ARGUMENT,
                                   "The envelope has %d signatures already, the most that are accepted.",
                                   DSSE_SIGNATURES_MAX);
        larger = reallocarray(e->signatures, e->n_signatures + 1, sizeof(*larger));
        if (!larger)
                return failure_set_errno(f, -ENOMEM, "Cannot sign");
        e->signatures = larger;
        if (!id)
                return failure_set_errno(f, -ENOMEM, "Cannot sign");
        larger[e->n_signatures].key_id = TAKE_PTR(id);
        memcpy(larger[e->n_signatures++].signature, signature, KEY_SIGNATURE_SIZE);
        return 0;
}

static int refuse_second(const DsseEnvelope *e, const PublicKey *public, const uint8_t *pae, size_t pae_size,
                         Failure *f)
{
        FOREACH_ARRAY (other, e->signatures, e->n_signatures)
                if (public_key_verify(public, pae, pae_size, other->signature))
                        return failure_set(f, FAILURE_INVALID_ARGUMENT,
                                           "That key has signed the envelope already.");
        return 0;
}

static int make_pae(const DsseEnvelope *e, uint8_t **ret, size_t *ret_size, Failure *f)
{
        int r = dsse_pae(e->payload_type, e->payload, e->payload_size, ret, ret_size);

        return r < 0 ? failure_set_errno(f, r, "Cannot sign") : 0;
}

int feed_sign_add_raw(DsseEnvelope *e, const uint8_t public[KEY_PUBLIC_SIZE],
                      const uint8_t signature[KEY_SIGNATURE_SIZE], Failure *f)
{
        _cleanup_free_ uint8_t *pae = NULL;
        _cleanup_free_ char *id = public_key_make_id(public);
        PublicKey key = {};
        size_t pae_size;
        int r;

        r = make_pae(e, &pae, &pae_size, f);
        if (r < 0)
                return r;
        memcpy(key.raw, public, KEY_PUBLIC_SIZE);
        r = refuse_second(e, &key, pae, pae_size, f);
        if (r < 0)
                return r;
        if (!public_key_verify(&key, pae, pae_size, signature))
                return failure_set(f, FAILURE_SIGNATURE_INVALID,
                                   "The signature is not that key's over these bytes.");
        if (!id)
                return failure_set_errno(f, -ENOMEM, "Cannot sign");
        return append(e, id, signature, f);
}

int feed_sign_add(DsseEnvelope *e, EVP_PKEY *key, Failure *f)
{
        uint8_t public[KEY_PUBLIC_SIZE], signature[KEY_SIGNATURE_SIZE];
        _cleanup_free_ uint8_t *pae = NULL;
        size_t pae_size;
        int r;

        r = feed_key_get_public(key, public, f);
        if (r < 0)
                return r;
        r = make_pae(e, &pae, &pae_size, f);
        if (r < 0)
                return r;
        r = feed_key_sign(key, pae, pae_size, signature, f);
        return r < 0 ? r : feed_sign_add_raw(e, public, signature, f);
}

static bool has_signature(const DsseEnvelope *e, const uint8_t signature[KEY_SIGNATURE_SIZE])
{
        FOREACH_ARRAY (other, e->signatures, e->n_signatures)
                if (memcmp(other->signature, signature, KEY_SIGNATURE_SIZE) == 0)
                        return true;
        return false;
}

int feed_sign_merge(DsseEnvelope *e, const DsseEnvelope *other, Failure *f)
{
        int r;

        if (!streq(e->payload_type, other->payload_type) || e->payload_size != other->payload_size ||
            memcmp(e->payload, other->payload, e->payload_size) != 0)
                return failure_set(f, FAILURE_INVALID_ARGUMENT,
                                   "The signature is over something else than what is to be signed.");
        FOREACH_ARRAY (signature, other->signatures, other->n_signatures) {
                if (has_signature(e, signature->signature))
                        continue;
                r = append(e, signature->key_id, signature->signature, f);
                if (r < 0)
                        return r;
        }
        return 0;
}

int feed_sign_encode(const DsseEnvelope *e, char **ret_text, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = dsse_encode(e, &text, f);
        if (r < 0)
                return r;
        if (strlen(text) > ENVELOPE_SIZE_MAX)
                return failure_set(f, FAILURE_TOO_LARGE,
                                   "The envelope would be larger than %u bytes, the most that is accepted.",
                                   ENVELOPE_SIZE_MAX);
        *ret_text = TAKE_PTR(text);
        return 0;
}
