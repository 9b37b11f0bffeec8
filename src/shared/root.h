/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "dsse.h"
#include "failure.h"
#include "key.h"

#include <time.h>

/* A trust root: the keys and thresholds of every role, in an envelope that its own root role signed. The
 * file /etc/kpatchd/feeds.d/NAME.root.json is trusted for where it stands. */

typedef enum RootRole {
        ROOT_ROLE_ROOT,
        ROOT_ROLE_PATCH,
        ROOT_ROLE_FEED,
        ROOT_ROLE_TIMESTAMP,
        _ROOT_ROLE_MAX,
} RootRole;

const char *root_role_to_string(RootRole role) _const_;

#define ROOT_KEYS_MAX 64

typedef struct RootRoleKeys {
        const PublicKey **keys; /* into Root.keys */
        size_t n_keys;          /* 0: the root has no such role; root and patch are always there */
        size_t threshold;       /* 1 to n_keys */
} RootRoleKeys;

typedef struct Root {
        char *name; /* of the feed: the NAME of its file */
        uint64_t version;
        time_t expires;
        PublicKey *keys;
        size_t n_keys;
        RootRoleKeys roles[_ROOT_ROLE_MAX];
} Root;

/* Reads a root's payload, and trusts it no further: whoever calls checks the signatures. Expiry is stored
 * and not looked at. Errors: FAILURE_ROOT_INVALID, naming the field. */
int root_parse(const char *name, const void *data, size_t size, Root **ret, Failure *f);

/* The JSON that root_parse() reads, indented, with a newline at its end; the caller frees. */
int root_format(const Root *root, char **ret_text, Failure *f);

/* Parses a root whose envelope was decoded; checks that it is signed by its own root role. Errors:
 * FAILURE_ROOT_INVALID, and those of dsse_verify(). */
int root_from_envelope(const char *name, const DsseEnvelope *e, Root **ret, Failure *f);

/* Loads all NAME.root.json of a folder, sorted by name. Those that are broken are logged and left out. No
 * folder or no file is success with none. Root-owned configuration: decoded in process. */
int root_load_all(const char *folder, Root ***ret_roots, size_t *ret_n, Failure *f);

/* Checks an envelope against the patch role (or another) of any of the roots. *ret_root (may be NULL) is the
 * one that vouches. Errors: FAILURE_NO_TRUST_ROOT, and the most telling of dsse_verify()'s. */
int root_verify_any(Root *const *roots, size_t n_roots, RootRole role, const DsseEnvelope *e,
                    const char *payload_type, const Root **ret_root, Failure *f);

/* Checks an envelope against one role. Errors: those of dsse_verify(), and FAILURE_ROOT_INVALID where the
 * root gives the role to nobody. */
int root_verify_role(const Root *root, RootRole which, const DsseEnvelope *e, const char *payload_type,
                     Failure *f);

/* The root that follows a trusted one: signed by the thresholds of both, and its version one higher. Expiry
 * is not looked at, as the last of a chain counts. Errors: as root_from_envelope(). */
int root_follow(const Root *trusted, const DsseEnvelope *e, Root **ret, Failure *f);

/* Whether a role has the same keys, by their bytes, and threshold in both. */
bool root_role_is_same(const Root *a, const Root *b, RootRole which) _pure_;

Root *root_free(Root *root);
DEFINE_CLEANUP(Root *, root_free);
void root_free_many(Root **roots, size_t n);
