/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-key.h"
#include "text.h"
#include "verb.h"

#include <stddef.h>

typedef struct KeygenOptions {
        bool encrypt;
        const char *passphrase;
} KeygenOptions;

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const KeygenOptions *options = data;
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        _cleanup_free_ char *public_path = NULL, *id = NULL;
        uint8_t raw[KEY_PUBLIC_SIZE];
        int r;

        public_path = text_format("%s.pub", args[0]);
        if (!public_path)
                return failure_set_errno(f, -ENOMEM, "Cannot make a key");
        r = feed_key_generate(args[0], public_path, options->encrypt || options->passphrase,
                              options->passphrase, &key, f);
        if (r < 0)
                return r;
        r = feed_key_get_public(key, raw, f);
        if (r < 0)
                return r;
        id = public_key_make_id(raw);
        if (!id)
                return failure_set_errno(f, -ENOMEM, "Cannot make the key's id");
        puts(id);
        return 0;
}

/* clang-format off */
static const FeedOption table[] = {
        { "encrypt", NULL, FEED_OPTION_FLAG, false, offsetof(KeygenOptions, encrypt),
          "Encrypt the private key with a passphrase, which is asked for" },
        { "passphrase-file", "FILE", FEED_OPTION_STRING, false, offsetof(KeygenOptions, passphrase),
          "Encrypt it with the passphrase that is there" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_keygen = {
        .name = "keygen",
        .arguments = "FILE",
        .help = "Make a key pair in FILE and FILE.pub, and print the key's id",
        .min_args = 1,
        .max_args = 1,
        .options = table,
        .options_size = sizeof(KeygenOptions),
        .run = run,
};
