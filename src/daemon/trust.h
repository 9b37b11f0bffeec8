/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "feed-trust.h"
#include "host.h"

/* Which roots this host trusts: those that the administrator installed, feeds.d/NAME.root.json, each as far
 * as its feed has moved it on since. What is believed of a feed is in feeds/NAME/trust.json below the state
 * folder; it begins with the installed root, and anew where another one is installed. */

/* All roots, as root_load_all() has them, and last the one of what nobody has signed (unsigned.h). */
int trust_load_roots(const Host *host, Root ***ret_roots, size_t *ret_n, Failure *f);

/* The version of the root that a feed has moved on to; 0 where none is written down that can be read. Cheap,
 * for telling whether roots have changed. */
uint64_t trust_moved_version(const Host *host, const char *feed);

/* What is believed of one feed. Errors: FAILURE_NO_TRUST_ROOT, those of feed_trust_new(). */
int trust_load(const Host *host, const char *feed, FeedTrust **ret, Failure *f);

/* Writes it down, durably. Errors: FAILURE_NO_SPACE and the like. */
int trust_save(const Host *host, const char *feed, const FeedTrust *trust, Failure *f);

/* "STATE/feeds/NAME/REST"; the caller frees. NULL when memory is out. */
char *trust_path(const Host *host, const char *feed, const char *rest);
