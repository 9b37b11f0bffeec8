/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "envelope.h"
#include "host.h"
#include "manifest.h"
#include "root.h"

#include <time.h>

/* The checks between bytes that anyone could have written and a module that the kernel may load, in the
 * order of trust: nothing is looked at before what vouches for it was checked. */

/* Signature, then the manifest itself. *ret_root is the name of the trust root that vouches, the caller
 * frees; *ret_expires (may be NULL) is when that root expires. */
int verify_manifest(const Host *host, const char *envelope, size_t size, Manifest **ret, char **ret_root,
                    time_t *ret_expires, Failure *f);

/* The same, for show: by roots that were read before, and with a parser that may have seen other envelopes.
 */
int verify_manifest_by(EnvelopeParser *parser, Root *const *roots, size_t n_roots, const char *envelope,
                       size_t size, Manifest **ret, char **ret_root, time_t *ret_expires, Failure *f);

/* Digests by which it is known whether a verification would have the same outcome as an earlier one: of all
 * trust roots, and of an envelope together with those. */
int verify_digest_roots(const Host *host, uint8_t ret[SHA256_SIZE]);
int verify_digest(const uint8_t roots[SHA256_SIZE], const char *envelope, size_t size,
                  uint8_t ret[SHA256_SIZE]);

/* Whether the bytes are the module that a verified manifest names, for whatever kernel. */
int verify_module_bytes(const Manifest *m, const void *data, size_t size, Failure *f);

/* Whether they are, it is for the running kernel, and it says
 * the same about itself as the manifest. */
int verify_module(const Host *host, const Manifest *m, const void *data, size_t size, Failure *f);
