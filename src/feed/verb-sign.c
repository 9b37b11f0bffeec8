/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-file.h"
#include "feed-sign.h"
#include "names.h"
#include "verb.h"
#include "work.h"

#include <stddef.h>

typedef struct SignOptions {
        const char *type;
        const char *key;
        const char *passphrase;
        const char *import;
        const char *signature;
        const char *public;
        const char *export;
        const char *bytes;
        const char *dir;
        const char *out;
} SignOptions;

static int sign_with_key(DsseEnvelope *e, const SignOptions *options, Failure *f)
{
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        int r;

        r = feed_key_read_private(options->key, options->passphrase, &key, f);
        return r < 0 ? r : feed_sign_add(e, key, f);
}

static int sign_by_import(DsseEnvelope *e, const SignOptions *options, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *other = NULL;
        int r;

        r = feed_envelope_read(options->import, &other, f);
        return r < 0 ? r : feed_sign_merge(e, other, f);
}

static int sign_by_signature(DsseEnvelope *e, const SignOptions *options, Failure *f)
{
        _cleanup_free_ char *signature = NULL;
        uint8_t public[KEY_PUBLIC_SIZE];
        size_t size;
        int r;

        if (!options->public)
                return failure_set(f, FAILURE_USAGE,
                                   "'--signature' needs '--public PUB.pem', the key that made it.");
        r = feed_key_read_public(options->public, public, f);
        if (r < 0)
                return r;
        r = feed_file_read(options->signature, "signature", 1024, &signature, &size, f);
        if (r < 0)
                return r;
        if (size != KEY_SIGNATURE_SIZE)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "%s has %zu bytes; a signature has %d.",
                                   options->signature, size, KEY_SIGNATURE_SIZE);
        return feed_sign_add_raw(e, public, (const uint8_t *) signature, f);
}

/* What somebody signs with kpatch-feed elsewhere: the payload, or the envelope as far as it is. */
static int export_envelope(const DsseEnvelope *e, const SignOptions *options, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        int r;

        if (e->n_signatures == 0)
                return feed_file_write_bytes(options->export, e->payload, e->payload_size, f);
        r = feed_sign_encode(e, &text, f);
        return r < 0 ? r : feed_file_write(options->export, text, f);
}

/* What somebody signs with any other tool. */
static int export_bytes(const DsseEnvelope *e, const SignOptions *options, Failure *f)
{
        _cleanup_free_ uint8_t *pae = NULL;
        size_t size;
        int r;

        r = dsse_pae(e->payload_type, e->payload, e->payload_size, &pae, &size);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot write what is to be signed");
        return feed_file_write_bytes(options->bytes, pae, size, f);
}

/* What is done with an envelope. */
static const struct {
        size_t offset; /* of the option that asks for it */
        bool signs;
        int (*sign)(DsseEnvelope *e, const SignOptions *options, Failure *f);
        int (*export)(const DsseEnvelope *e, const SignOptions *options, Failure *f);
} actions[] = {
        { offsetof(SignOptions, key), true, sign_with_key, NULL },
        { offsetof(SignOptions, import), true, sign_by_import, NULL },
        { offsetof(SignOptions, signature), true, sign_by_signature, NULL },
        { offsetof(SignOptions, export), false, NULL, export_envelope },
        { offsetof(SignOptions, bytes), false, NULL, export_bytes },
};

/* The number of the one action that is asked for. */
static int find_action(const SignOptions *options, size_t *ret, Failure *f)
{
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTSOF(actions); i++)
                if (*(const char *const *) ((const char *) options + actions[i].offset)) {
                        *ret = i;
                        n++;
                }
        if (n != 1)
                return failure_set(
                                f, FAILURE_USAGE,
                                "'sign' needs one of '--key KEY', '--import', '--signature', '--export' and "
                                "'--bytes'.");
        return 0;
}

static int sign_file(const char *path, const FeedPayload *payload, size_t action, const SignOptions *options,
                     Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_free_ char *data = NULL, *text = NULL;
        size_t size;
        int r;

        if (options->dir)
                return failure_set(f, FAILURE_USAGE, "'--dir' is for what is staged, and not for a file.");
        if (actions[action].signs && !options->out)
                return failure_set(f, FAILURE_USAGE, "'sign' needs '--out ENVELOPE' for a file.");
        r = feed_file_read(path, payload->name, ENVELOPE_SIZE_MAX, &data, &size, f);
        if (r < 0)
                return r;
        r = feed_sign_open(payload, &data, size, &e, f);
        if (r < 0)
                return r;
        if (!actions[action].signs)
                return actions[action].export(e, options, f);
        r = actions[action].sign(e, options, f);
        if (r < 0)
                return r;
        r = feed_sign_encode(e, &text, f);
        return r < 0 ? r : feed_file_write(options->out, text, f);
}

static int sign_staged(const FeedPayload *payload, size_t action, const SignOptions *options, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(work_freep) Work *work = NULL;
        int r;

        if (options->out)
                return failure_set(f, FAILURE_USAGE, "'--out' is for a file, and not for what is staged.");
        r = work_open(options->dir ? options->dir : ".", &work, f);
        if (r < 0)
                return r;
        r = work_load_staged(work, payload, &e, f);
        if (r < 0)
                return r;
        if (r == 0)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "No %s waits to be signed in %s/staged.",
                                   payload->name, work->path);
        if (!actions[action].signs)
                return actions[action].export(e, options, f);
        r = actions[action].sign(e, options, f);
        return r < 0 ? r : work_settle(work, payload, e, f);
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const SignOptions *options = data;
        const FeedPayload *payload = feed_payload_find_name(options->type);
        size_t action = 0;
        int r;

        if (!payload)
                return failure_set(f, FAILURE_USAGE,
                                   "'--type' takes manifest, root, feed or timestamp, not '%s'.",
                                   options->type);
        r = find_action(options, &action, f);
        if (r < 0)
                return r;
        if (n_args > 0)
                return sign_file(args[0], payload, action, options, f);
        return sign_staged(payload, action, options, f);
}

/* clang-format off */
static const FeedOption table[] = {
        { "type", "TYPE", FEED_OPTION_STRING, true, offsetof(SignOptions, type),
          "What it is: manifest, root, feed or timestamp" },
        { "key", "KEY", FEED_OPTION_STRING, false, offsetof(SignOptions, key),
          "Sign with a private key: a PEM file, or a URI of OpenSSL's" },
        { "passphrase-file", "FILE", FEED_OPTION_STRING, false, offsetof(SignOptions, passphrase),
          "Where the key's passphrase is; it is asked for where it is not said" },
        { "import", "ENVELOPE", FEED_OPTION_STRING, false, offsetof(SignOptions, import),
          "Take over the signatures that were made elsewhere" },
        { "signature", "FILE", FEED_OPTION_STRING, false, offsetof(SignOptions, signature),
          "Take over a bare signature of 64 bytes, made with --public" },
        { "public", "PUB.pem", FEED_OPTION_STRING, false, offsetof(SignOptions, public),
          "The public key of --signature" },
        { "export", "FILE", FEED_OPTION_STRING, false, offsetof(SignOptions, export),
          "Write what is to be signed elsewhere with kpatch-feed" },
        { "bytes", "FILE", FEED_OPTION_STRING, false, offsetof(SignOptions, bytes),
          "Write the bytes that any other tool is to sign" },
        { "dir", "DIR", FEED_OPTION_STRING, false, offsetof(SignOptions, dir),
          "The feed's folder; this one where it is not said" },
        { "out", "ENVELOPE", FEED_OPTION_STRING, false, offsetof(SignOptions, out),
          "Where the envelope of FILE is written; '-' is standard output" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_sign = {
        .name = "sign",
        .arguments = "[FILE]",
        .help = "Sign a file, or what is staged in the feed's folder",
        .max_args = 1,
        .options = table,
        .options_size = sizeof(SignOptions),
        .run = run,
};
