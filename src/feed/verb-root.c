/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "date.h"
#include "feed-file.h"
#include "feed-key.h"
#include "root.h"
#include "verb.h"

#include <stddef.h>

typedef struct RootOptions {
        FeedValues keys;
        FeedValues thresholds;
        const char *expires;
        const char *version;
        const char *out;
} RootOptions;

/* Splits "ROLE=VALUE" into the role and what follows the sign. */
static int split_role(const char *option, const char *text, RootRole *ret_role, const char **ret_value,
                      Failure *f)
{
        const char *equals = strchr(text, '=');

        for (RootRole role = 0; equals && role < _ROOT_ROLE_MAX; role++) {
                const char *name = root_role_to_string(role);

                if (strlen(name) == (size_t) (equals - text) && strncmp(name, text, strlen(name)) == 0) {
                        *ret_role = role;
                        *ret_value = equals + 1;
                        return 0;
                }
        }
        return failure_set(f, FAILURE_USAGE,
                           "'--%s' takes ROLE=..., with root, patch, feed or timestamp for ROLE, not '%s'.",
                           option, text);
}

/* The number from 1 on that text is, or 0. */
static uint64_t parse_number(const char *text)
{
        size_t n = strspn(text, "0123456789");

        return n > 0 && n <= 15 && text[n] == 0 ? strtoull(text, NULL, 10) : 0;
}

/* The key of root with these bytes, which is added where it is not there yet. */
static int add_key(Root *root, const uint8_t raw[KEY_PUBLIC_SIZE], const PublicKey **ret, Failure *f)
{
        PublicKey *key;

        FOREACH_ARRAY (other, root->keys, root->n_keys)
                if (memcmp(other->raw, raw, KEY_PUBLIC_SIZE) == 0) {
                        *ret = other;
                        return 0;
                }
        if (root->n_keys == ROOT_KEYS_MAX)
                return failure_set(f, FAILURE_USAGE, "A root has %d keys at most.", ROOT_KEYS_MAX);
        key = &root->keys[root->n_keys];
        key->id = public_key_make_id(raw);
        if (!key->id)
                return failure_set_errno(f, -ENOMEM, "Cannot make the key's id");
        memcpy(key->raw, raw, KEY_PUBLIC_SIZE);
        root->n_keys++;
        *ret = key;
        return 0;
}

static int add_role_key(Root *root, const char *text, Failure *f)
{
        uint8_t raw[KEY_PUBLIC_SIZE];
        const PublicKey *key = NULL;
        RootRoleKeys *keys;
        const char *path;
        RootRole role;
        int r;

        r = split_role("key", text, &role, &path, f);
        if (r < 0)
                return r;
        r = feed_key_read_public(path, raw, f);
        if (r < 0)
                return r;
        r = add_key(root, raw, &key, f);
        if (r < 0)
                return r;
        keys = &root->roles[role];
        if (!keys->keys) {
                keys->keys = calloc(ROOT_KEYS_MAX, sizeof(*keys->keys));
                if (!keys->keys)
                        return failure_set_errno(f, -ENOMEM, "Cannot make the root");
                keys->threshold = 1;
        }
        for (size_t i = 0; i < keys->n_keys; i++)
                if (keys->keys[i] == key)
                        return failure_set(f, FAILURE_USAGE, "The role %s is given the key %s twice.",
                                           root_role_to_string(role), path);
        keys->keys[keys->n_keys++] = key;
        return 0;
}

static int set_threshold(Root *root, const char *text, Failure *f)
{
        const char *value;
        RootRole role;
        int r;

        r = split_role("threshold", text, &role, &value, f);
        if (r < 0)
                return r;
        root->roles[role].threshold = parse_number(value);
        if (root->roles[role].threshold == 0 || root->roles[role].threshold > root->roles[role].n_keys)
                return failure_set(
                                f, FAILURE_USAGE,
                                "The threshold of the role %s is not between 1 and the number of its keys, %zu.",
                                root_role_to_string(role), root->roles[role].n_keys);
        return 0;
}

static int fill(Root *root, const RootOptions *options, Failure *f)
{
        int r;

        root->name = strdup("new");
        root->keys = calloc(ROOT_KEYS_MAX, sizeof(*root->keys));
        if (!root->name || !root->keys)
                return failure_set_errno(f, -ENOMEM, "Cannot make the root");
        root->version = options->version ? parse_number(options->version) : 1;
        if (root->version == 0)
                return failure_set(f, FAILURE_USAGE, "'--version' takes a number from 1 on, not '%s'.",
                                   options->version);
        if (date_parse(options->expires, &root->expires) < 0)
                return failure_set(
                                f, FAILURE_USAGE,
                                "'--expires' takes a date like 2027-11-21 or 2027-11-21T12:00:00Z, not '%s'.",
                                options->expires);
        for (size_t i = 0; i < options->keys.n; i++) {
                r = add_role_key(root, options->keys.values[i], f);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < options->thresholds.n; i++) {
                r = set_threshold(root, options->thresholds.values[i], f);
                if (r < 0)
                        return r;
        }
        if (root->roles[ROOT_ROLE_ROOT].n_keys == 0 || root->roles[ROOT_ROLE_PATCH].n_keys == 0)
                return failure_set(f, FAILURE_USAGE,
                                   "A root needs a key for the role root and one for patch.");
        return 0;
}

static int run(const void *data, char *const *args, size_t n_args, Failure *f)
{
        const RootOptions *options = data;
        _cleanup_(root_freep) Root *root = calloc(1, sizeof(*root));
        _cleanup_free_ char *text = NULL;
        int r;

        if (!root)
                return failure_set_errno(f, -ENOMEM, "Cannot make the root");
        r = fill(root, options, f);
        if (r < 0)
                return r;
        r = root_format(root, &text, f);
        if (r < 0)
                return r;
        return feed_file_write(options->out, text, f);
}

/* clang-format off */
static const FeedOption table[] = {
        { "key", "ROLE=PUB.pem", FEED_OPTION_VALUES, true, offsetof(RootOptions, keys),
          "A public key of the role root, patch, feed or timestamp; again for more" },
        { "threshold", "ROLE=N", FEED_OPTION_VALUES, false, offsetof(RootOptions, thresholds),
          "How many keys of a role must sign; 1 where it is not said" },
        { "expires", "DATE", FEED_OPTION_STRING, true, offsetof(RootOptions, expires),
          "When a newer root must have come" },
        { "version", "N", FEED_OPTION_STRING, false, offsetof(RootOptions, version),
          "The root's version, 1 where it is not said" },
        { "out", "FILE", FEED_OPTION_STRING, true, offsetof(RootOptions, out),
          "Where the root is written, to be signed; '-' is standard output" },
        {},
};
/* clang-format on */

const FeedVerb feed_verb_root = {
        .name = "root",
        .arguments = "",
        .help = "Make a trust root, which 'sign' then signs",
        .options = table,
        .options_size = sizeof(RootOptions),
        .run = run,
};
