/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "generation.h"
#include "host.h"

/* What a manifest says of other patches and of the daemon: depends, conflicts, min_daemon, reversible.
 * Looked at under the lock, against what the kernel has in force of the present generation. */

/* Errors: FAILURE_DAEMON_TOO_OLD, FAILURE_DEPENDENCY_MISSING, FAILURE_CONFLICT. */
int relations_check_apply(const Host *host, const Generation *g, const Manifest *m, Failure *f);

/* m may be NULL: then only what other patches say counts. Errors: FAILURE_NOT_REVERSIBLE,
 * FAILURE_DEPENDENCY_MISSING. */
int relations_check_rollback(const Host *host, const Generation *g, const char *ref, const Manifest *m,
                             Failure *f);

/* The same of what a generation without the kernel says: m is added to it, or ref taken out of it, from the
 * next boot on. What engines claim is looked at in the manifests. */
int relations_check_install(const Host *host, const Generation *g, const Manifest *m, Failure *f);
int relations_check_uninstall(const Generation *g, const char *ref, Failure *f);

/* One patch of those that go from before to goal, or stay: whether it may. p is of either; m is its
 * manifest, or NULL where that cannot be verified any more. Errors: FAILURE_NOT_REVERSIBLE,
 * FAILURE_DAEMON_TOO_OLD, FAILURE_DEPENDENCY_MISSING. */
int relations_check_goal(const Generation *before, const Generation *goal, const GenerationPatch *p,
                         const Manifest *m, Failure *f);

/* Whether m says that it cannot be in force together with p. */
bool relations_exclude(const Manifest *m, const GenerationPatch *p);

/* The manifest of a stored patch; NULL when it cannot be verified any more. */
Manifest *relations_read_manifest(const Host *host, const char *ref);
