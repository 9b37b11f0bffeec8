/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-file.h"
#include "feed-key.h"
#include "feed-payload.h"
#include "names.h"
#include "verb.h"

#include <stddef.h>

typedef struct SignOptions {
        const char *key;
        const char *type;
        const char *out;
} SignOptions;

/* Puts a payload, once it was checked, into an envelope without signatures. */
static int wrap(const FeedPayload *payload, char **data, size_t size, DsseEnvelope **ret, Failure *f)
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

/* A file that is an envelope gets one more signature, any other is a payload. */
static int load(const char *path, const FeedPayload *payload, DsseEnvelope **ret, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_free_ char *data = NULL;
        size_t size;
        int r;

        r = feed_file_read(path, payload->name, ENVELOPE_SIZE_MAX, &data, &size, f);
        if (r < 0)
                return r;
        if (dsse_decode(data, size, &e, NULL) < 0)
                return wrap(payload, &data, size, ret, f);
        r = dsse_check_type(e, payload->type, f);
        if (r < 0)
                return r;
        r = payload->check(e->payload, e->payload_size, f);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(e);
        return 0;
}

/* Takes the signature over. */
static int append(DsseEnvelope *e, DsseSignature *signature, Failure *f)
{
        DsseSignature *larger;

        if (e->n_signatures == DSSE_SIGNATURES_MAX)
                return failure_set(f, FAILURE_INVALID_ARGUMENT,
                                   "The envelope has %d signatures already, the most that are accepted.",
                                   DSSE_SIGNATURES_MAX);
        larger = reallocarray(e->signatures, e->n_signatures + 1, sizeof(*larger));
        if (!larger)
                return failure_set_errno(f, -ENOMEM, "Cannot sign");
        e->signatures = larger;
        larger[e->n_signatures] = *signature;
        signature->key_id = NULL;
        e->n_signatures++;
        return 0;
}

static void signature_clear(DsseSignature *signature)
{
        free(signature->key_id);
}

static int add_signature(DsseEnvelope *e, EVP_PKEY *key, Failure *f)
{
        _cleanup_(signature_clear) DsseSignature signature = {};
        _cleanup_free_ uint8_t *pae = NULL;
        PublicKey public = {};
        size_t pae_size;
        int r;

        r = feed_key_get_public(key, public.raw, f);
        if (r < 0)
                return r;
        r = dsse_pae(e->payload_type, e->payload, e->payload_size, &pae, &pae_size);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot sign");
        FOREACH_ARRAY (other, e->signatures, e->n_signatures)
                if (public_key_verify(&public, pae, pae_size, other->signature))
                        return failure_set(f, FAILURE_INVALID_ARGUMENT,
                                           "That key has signed the envelope already.");
        r = feed_key_sign(key, pae, pae_size, signature.signature, f);
        if (r < 0)
                return r;
        signature.key_id = public_key_make_id(public.raw);
        if (!signature.key_id)
                return failure_set_errno(f, -ENOMEM, "Cannot sign");
        return append(e, &signature, f);
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const SignOptions *options = data;
        const FeedPayload *payload = feed_payload_find_name(options->type);
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        if (!payload)
                return failure_set(f, FAILURE_USAGE, "'--type' takes manifest or root, not '%s'.",
                                   options->type);
        r = load(args[0], payload, &e, f);
        if (r < 0)
                return r;
        r = feed_key_read_private(options->key, &key, f);
        if (r < 0)
                return r;
        r = add_signature(e, key, f);
        if (r < 0)
                return r;
        r = dsse_encode(e, &text, f);
        if (r < 0)
                return r;
        if (strlen(text) > ENVELOPE_SIZE_MAX)
                return failure_set(f, FAILURE_TOO_LARGE,
                                   "The envelope would be larger than %u bytes, the most that is accepted.",
                                   ENVELOPE_SIZE_MAX);
        return feed_file_write(options->out, text, f);
}

/* clang-format off */
static const FeedOption table[] = {
        { "key", "KEY.pem", FEED_OPTION_STRING, true, offsetof(SignOptions, key), "The private key" },
        { "type", "manifest|root", FEED_OPTION_STRING, true, offsetof(SignOptions, type), "What the file is" },
        { "out", "ENVELOPE", FEED_OPTION_STRING, true, offsetof(SignOptions, out),
          "Where the envelope is written; '-' is standard output" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_sign = {
        .name = "sign",
        .arguments = "FILE",
        .help = "Sign a manifest or a root; of an envelope, add a signature by another key",
        .min_args = 1,
        .max_args = 1,
        .options = table,
        .options_size = sizeof(SignOptions),
        .run = run,
};
