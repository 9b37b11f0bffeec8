/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "root.h"

#include "date.h"
#include "hex.h"
#include "json-read.h"
#include "names.h"

static const char *const role_names[_ROOT_ROLE_MAX] = {
        [ROOT_ROLE_ROOT] = "root",
        [ROOT_ROLE_PATCH] = "patch",
        [ROOT_ROLE_FEED] = "feed",
        [ROOT_ROLE_TIMESTAMP] = "timestamp",
};

const char *root_role_to_string(RootRole role)
{
        return role_names[role];
}

Root *root_free(Root *root)
{
        if (!root)
                return NULL;
        FOREACH_ARRAY (role, root->roles, _ROOT_ROLE_MAX)
                free(role->keys);
        for (size_t i = 0; i < root->n_keys; i++)
                free(root->keys[i].id);
        free(root->keys);
        free(root->name);
        free(root);
        return NULL;
}

void root_free_many(Root **roots, size_t n)
{
        for (size_t i = 0; i < n; i++)
                root_free(roots[i]);
        free(roots);
}

static const PublicKey *find_key(const Root *root, const char *id)
{
        FOREACH_ARRAY (key, root->keys, root->n_keys)
                if (streq(key->id, id))
                        return key;
        return NULL;
}

/* Appends to root->keys, which has room. */
static int parse_key(const JsonPlace *keys, const char *id, Root *root)
{
        PublicKey *key = &root->keys[root->n_keys];
        const char *type, *public;
        JsonPlace place;
        int r;

        if (!key_id_is_valid(id))
                return json_place_fail(keys, "",
                                       "names a key by something else than 1 to 128 printable characters");
        r = json_read_object(keys, id, true, &place);
        if (r < 0)
                return r;
        r = json_read_string(&place, "type", true, 32, &type);
        if (r < 0)
                return r;
        if (!streq(type, "ed25519"))
                return json_place_fail(&place, "type", "is not 'ed25519', the one type that is known");
        r = json_read_string(&place, "public", true, 2 * KEY_PUBLIC_SIZE, &public);
        if (r < 0)
                return r;
        if (hex_decode(public, key->raw, sizeof(key->raw)) < 0)
                return json_place_fail(&place, "public", "is not 64 hexadecimal digits");
        /* One key under two ids would count as two signers. */
        FOREACH_ARRAY (other, root->keys, root->n_keys)
                if (memcmp(other->raw, key->raw, sizeof(key->raw)) == 0)
                        return json_place_fail(&place, "public", "is the same as another key's");
        key->id = strdup(id);
        if (!key->id)
                return failure_set_errno(place.failure, -ENOMEM, "Cannot read the trust root");
        root->n_keys++;
        return 0;
}

static int parse_keys(const JsonPlace *document, Root *root)
{
        struct json_object_iterator i, end;
        JsonPlace place;
        size_t n;
        int r;

        r = json_read_object(document, "keys", true, &place);
        if (r < 0)
                return r;
        n = (size_t) json_object_object_length(place.object);
        if (n == 0 || n > ROOT_KEYS_MAX)
                return json_place_fail(document, "keys", "has no key or too many");
        root->keys = calloc(n, sizeof(*root->keys));
        if (!root->keys)
                return failure_set_errno(place.failure, -ENOMEM, "Cannot read the trust root");
        i = json_object_iter_begin(place.object);
        end = json_object_iter_end(place.object);
        for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
                r = parse_key(&place, json_object_iter_peek_name(&i), root);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Appends to role->keys, which has room. */
static int parse_role_key(const JsonPlace *place, struct json_object *id, const Root *root,
                          RootRoleKeys *role)
{
        const PublicKey *key;

        if (!json_object_is_type(id, json_type_string))
                return json_place_fail(place, "keys", "has something else than strings");
        key = find_key(root, json_object_get_string(id));
        if (!key)
                return json_place_fail(place, "keys", "names a key that is not there");
        for (size_t i = 0; i < role->n_keys; i++)
                if (role->keys[i] == key)
                        return json_place_fail(place, "keys", "names a key twice");
        role->keys[role->n_keys++] = key;
        return 0;
}

static int parse_role(const JsonPlace *roles, RootRole which, Root *root)
{
        RootRoleKeys *role = &root->roles[which];
        struct json_object *keys;
        uint64_t threshold;
        JsonPlace place;
        size_t n;
        int r;

        r = json_read_object(roles, role_names[which], which == ROOT_ROLE_ROOT || which == ROOT_ROLE_PATCH,
                             &place);
        if (r <= 0)
                return r;
        r = json_read_array(&place, "keys", true, ROOT_KEYS_MAX, &keys);
        if (r < 0)
                return r;
        n = json_object_array_length(keys);
        role->keys = calloc(n > 0 ? n : 1, sizeof(*role->keys));
        if (!role->keys)
                return failure_set_errno(place.failure, -ENOMEM, "Cannot read the trust root");
        for (size_t i = 0; i < n; i++) {
                r = parse_role_key(&place, json_object_array_get_idx(keys, i), root, role);
                if (r < 0)
                        return r;
        }
        r = json_read_integer(&place, "threshold", true, ROOT_KEYS_MAX, &threshold);
        if (r < 0)
                return r;
        if (threshold == 0 || threshold > role->n_keys)
                return json_place_fail(&place, "threshold", "is not between 1 and the number of keys");
        role->threshold = threshold;
        return 0;
}

static int parse_head(const JsonPlace *document, Root *root)
{
        const char *type, *expires;
        int r;

        r = json_read_string(document, "type", true, 32, &type);
        if (r < 0)
                return r;
        if (!streq(type, "root"))
                return json_place_fail(document, "type", "is not 'root'");
        r = json_read_integer(document, "version", true, JSON_INTEGER_MAX, &root->version);
        if (r < 0)
                return r;
        if (root->version == 0)
                return json_place_fail(document, "version", "is 0; the first is 1");
        r = json_read_string(document, "expires", true, 64, &expires);
        if (r < 0)
                return r;
        if (date_parse(expires, &root->expires) < 0)
                return json_place_fail(document, "expires", "is not a date like 2027-11-21T00:00:00Z");
        return 0;
}

int root_parse(const char *name, const void *data, size_t size, Root **ret, Failure *f)
{
        _cleanup_(json_object_putp) struct json_object *owner = NULL;
        _cleanup_(root_freep) Root *root = calloc(1, sizeof(*root));
        JsonPlace document = { .document = "trust root", .kind = FAILURE_ROOT_INVALID, .failure = f };
        JsonPlace roles;
        int r;

        if (!root)
                return failure_set_errno(f, -ENOMEM, "Cannot read the trust root");
        root->name = strdup(name);
        if (!root->name)
                return failure_set_errno(f, -ENOMEM, "Cannot read the trust root");
        r = json_read_document(data, size, &document, &owner);
        if (r < 0)
                return r;
        r = parse_head(&document, root);
        if (r < 0)
                return r;
        r = parse_keys(&document, root);
        if (r < 0)
                return r;
        r = json_read_object(&document, "roles", true, &roles);
        if (r < 0)
                return r;
        for (RootRole role = 0; role < _ROOT_ROLE_MAX; role++) {
                r = parse_role(&roles, role, root);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(root);
        return 0;
}

static int format_keys(struct json_object *document, const Root *root)
{
        struct json_object *keys = json_object_new_object();
        int r;

        r = json_write_member(document, "keys", keys);
        if (r < 0)
                return r;
        FOREACH_ARRAY (key, root->keys, root->n_keys) {
                struct json_object *entry = json_object_new_object();
                _cleanup_free_ char *public = hex_encode(key->raw, sizeof(key->raw));

                r = json_write_member(keys, key->id, entry);
                if (r < 0)
                        return r;
                r = json_write_string(entry, "type", "ed25519");
                if (r < 0)
                        return r;
                r = public ? json_write_string(entry, "public", public) : -ENOMEM;
                if (r < 0)
                        return r;
        }
        return 0;
}

static int format_role(struct json_object *roles, const char *name, const RootRoleKeys *role)
{
        struct json_object *entry = json_object_new_object(), *ids;
        int r;

        r = json_write_member(roles, name, entry);
        if (r < 0)
                return r;
        ids = json_object_new_array();
        r = json_write_member(entry, "keys", ids);
        if (r < 0)
                return r;
        for (size_t i = 0; i < role->n_keys; i++) {
                r = json_append(ids, json_object_new_string(role->keys[i]->id));
                if (r < 0)
                        return r;
        }
        return json_write_member(entry, "threshold", json_object_new_int64((int64_t) role->threshold));
}

static int format(const Root *root, char **ret_text)
{
        _cleanup_(json_object_putp) struct json_object *document = json_object_new_object();
        struct json_object *roles = NULL;
        char expires[DATE_TEXT_SIZE];
        int r;

        if (!document)
                return -ENOMEM;
        r = date_format(root->expires, expires);
        if (r < 0)
                return r;
        r = json_write_string(document, "type", "root");
        if (r < 0)
                return r;
        r = json_write_member(document, "version", json_object_new_int64((int64_t) root->version));
        if (r < 0)
                return r;
        r = json_write_string(document, "expires", expires);
        if (r < 0)
                return r;
        r = format_keys(document, root);
        if (r < 0)
                return r;
        roles = json_object_new_object();
        r = json_write_member(document, "roles", roles);
        for (RootRole role = 0; r >= 0 && role < _ROOT_ROLE_MAX; role++)
                if (root->roles[role].n_keys > 0)
                        r = format_role(roles, role_names[role], &root->roles[role]);
        if (r < 0)
                return r;
        return json_write_text(document, JSON_INDENTED, ret_text);
}

int root_format(const Root *root, char **ret_text, Failure *f)
{
        int r = format(root, ret_text);

        return r < 0 ? failure_set_errno(f, r, "Cannot write the trust root") : 0;
}
