/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "root-edit.h"

#include "feed-key.h"
#include "feed-time.h"

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

/* The key of root with these bytes, which is added where it is not there yet; id NULL: the one that we give.
 */
static int add_key(Root *root, const uint8_t raw[KEY_PUBLIC_SIZE], const char *id, const PublicKey **ret,
                   Failure *f)
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
        key->id = id ? strdup(id) : public_key_make_id(raw);
        if (!key->id)
                return failure_set_errno(f, -ENOMEM, "Cannot make the key's id");
        memcpy(key->raw, raw, KEY_PUBLIC_SIZE);
        root->n_keys++;
        *ret = key;
        return 0;
}

/* Errors: -EEXIST where the role has the key. */
static int add_raw(Root *root, RootRole role, const uint8_t raw[KEY_PUBLIC_SIZE], const char *id, Failure *f)
{
        RootRoleKeys *keys = &root->roles[role];
        const PublicKey *key = NULL;
        int r;

        r = add_key(root, raw, id, &key, f);
        if (r < 0)
                return r;
        if (!keys->keys) {
                keys->keys = calloc(ROOT_KEYS_MAX, sizeof(*keys->keys));
                if (!keys->keys)
                        return failure_set_errno(f, -ENOMEM, "Cannot make the root");
                keys->threshold = 1;
        }
        for (size_t i = 0; i < keys->n_keys; i++)
                if (keys->keys[i] == key)
                        return -EEXIST;
        keys->keys[keys->n_keys++] = key;
        return 0;
}

int root_edit_add(Root *root, const char *text, Failure *f)
{
        uint8_t raw[KEY_PUBLIC_SIZE];
        const char *path;
        RootRole role;
        int r;

        r = split_role("key", text, &role, &path, f);
        if (r < 0)
                return r;
        r = feed_key_read_public(path, raw, f);
        if (r < 0)
                return r;
        r = add_raw(root, role, raw, NULL, f);
        if (r == -EEXIST)
                return failure_set(f, FAILURE_USAGE, "The role %s is given the key %s twice.",
                                   root_role_to_string(role), path);
        return r;
}

int root_edit_threshold(Root *root, const char *text, Failure *f)
{
        const char *value;
        uint64_t threshold;
        RootRole role;
        int r;

        r = split_role("threshold", text, &role, &value, f);
        if (r < 0)
                return r;
        r = feed_number_parse("threshold ROLE", value, 1, ROOT_KEYS_MAX, &threshold, f);
        if (r < 0)
                return r;
        root->roles[role].threshold = threshold;
        if (threshold > root->roles[role].n_keys)
                return failure_set(
                                f, FAILURE_USAGE,
                                "The threshold of the role %s is not between 1 and the number of its keys, %zu.",
                                root_role_to_string(role), root->roles[role].n_keys);
        return 0;
}

int root_edit_new(Root **ret, Failure *f)
{
        _cleanup_(root_freep) Root *root = calloc(1, sizeof(*root));

        if (!root || !(root->name = strdup("new")) ||
            !(root->keys = calloc(ROOT_KEYS_MAX, sizeof(*root->keys))))
                return failure_set_errno(f, -ENOMEM, "Cannot make the root");
        *ret = TAKE_PTR(root);
        return 0;
}

int root_edit_copy(const Root *from, Root **ret, Failure *f)
{
        _cleanup_(root_freep) Root *root = NULL;
        int r;

        r = root_edit_new(&root, f);
        if (r < 0)
                return r;
        root->version = from->version;
        root->expires = from->expires;
        for (RootRole role = 0; role < _ROOT_ROLE_MAX; role++) {
                const RootRoleKeys *keys = &from->roles[role];

                for (size_t i = 0; i < keys->n_keys; i++) {
                        r = add_raw(root, role, keys->keys[i]->raw, keys->keys[i]->id, f);
                        if (r < 0)
                                return r;
                }
                root->roles[role].threshold = keys->threshold;
        }
        *ret = TAKE_PTR(root);
        return 0;
}

int root_edit_remove(Root *root, const char *text, Failure *f)
{
        uint8_t raw[KEY_PUBLIC_SIZE];
        RootRoleKeys *keys;
        bool is_file;
        const char *name;
        RootRole role;
        int r;

        r = split_role("remove", text, &role, &name, f);
        if (r < 0)
                return r;
        keys = &root->roles[role];
        is_file = access(name, F_OK) == 0;
        if (is_file) {
                r = feed_key_read_public(name, raw, f);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < keys->n_keys; i++) {
                const PublicKey *key = keys->keys[i];

                if (is_file ? memcmp(key->raw, raw, sizeof(raw)) != 0 : !streq(key->id, name))
                        continue;
                memmove(keys->keys + i, keys->keys + i + 1, (--keys->n_keys - i) * sizeof(*keys->keys));
                return 0;
        }
        return failure_set(f, FAILURE_INVALID_ARGUMENT, "The role %s has no key %s.",
                           root_role_to_string(role), name);
}

int root_edit_check(const Root *root, Failure *f)
{
        for (RootRole role = 0; role < _ROOT_ROLE_MAX; role++) {
                const RootRoleKeys *keys = &root->roles[role];

                if (keys->n_keys == 0 && (role == ROOT_ROLE_ROOT || role == ROOT_ROLE_PATCH))
                        return failure_set(f, FAILURE_USAGE,
                                           "A root needs a key for the role root and one for patch.");
                if (keys->n_keys > 0 && keys->threshold > keys->n_keys)
                        return failure_set(
                                        f, FAILURE_USAGE,
                                        "The role %s would need %zu keys and have %zu; add keys, or lower "
                                        "its threshold.",
                                        root_role_to_string(role), keys->threshold, keys->n_keys);
        }
        return 0;
}
