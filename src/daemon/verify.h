/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host.h"
#include "manifest.h"

/* The checks between bytes that anyone could have written and a module that the kernel may load, in the
 * order of trust: nothing is looked at before what vouches for it was checked. */

/* Signature, then the manifest itself. *ret_root is the name of the trust root that vouches, the caller
 * frees. */
int verify_manifest(const Host *host, const char *envelope, size_t size, Manifest **ret, char **ret_root,
                    Failure *f);

/* Whether the bytes are the module that a verified manifest names, it is for the running kernel, and it says
 * the same about itself as the manifest. */
int verify_module(const Host *host, const Manifest *m, const void *data, size_t size, Failure *f);

/* The part of verify_module() that needs no module: build-id, release, vermagic. */
int verify_kernel(const Host *host, const Manifest *m, Failure *f);
