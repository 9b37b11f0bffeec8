/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "root.h"

#include "names.h"

#include <inttypes.h>

/* Whether key is among the keys of a role, by its bytes: an id is only a name. */
static bool has_key(const RootRoleKeys *role, const PublicKey *key)
{
        for (size_t i = 0; i < role->n_keys; i++)
                if (memcmp(role->keys[i]->raw, key->raw, KEY_PUBLIC_SIZE) == 0)
                        return true;
        return false;
}

bool root_role_is_same(const Root *a, const Root *b, RootRole which)
{
        const RootRoleKeys *one = &a->roles[which], *other = &b->roles[which];

        /* No root has one key twice, so equal numbers and inclusion are equality. */
        if (one->threshold != other->threshold || one->n_keys != other->n_keys)
                return false;
        for (size_t i = 0; i < one->n_keys; i++)
                if (!has_key(other, one->keys[i]))
                        return false;
        return true;
}

int root_verify_role(const Root *root, RootRole which, const DsseEnvelope *e, const char *payload_type,
                     Failure *f)
{
        const RootRoleKeys *role = &root->roles[which];

        if (role->n_keys == 0)
                return failure_set(f, FAILURE_ROOT_INVALID, "The trust root names no key for the role %s.",
                                   root_role_to_string(which));
        return dsse_verify(e, payload_type, role->keys, role->n_keys, role->threshold, f);
}

int root_follow(const Root *trusted, const DsseEnvelope *e, Root **ret, Failure *f)
{
        _cleanup_(root_freep) Root *next = NULL;
        int r;

        /* First the keys that are trusted: what they did not sign is not even parsed. */
        r = root_verify_role(trusted, ROOT_ROLE_ROOT, e, PAYLOAD_TYPE_ROOT, f);
        if (r < 0)
                return r;
        r = root_from_envelope(trusted->name, e, &next, f);
        if (r < 0)
                return r;
        if (next->version != trusted->version + 1)
                return failure_set(f, FAILURE_ROOT_INVALID,
                                   "The trust root of version %" PRIu64
                                   " cannot follow that of version %" PRIu64 ".",
                                   next->version, trusted->version);
        *ret = TAKE_PTR(next);
        return 0;
}
