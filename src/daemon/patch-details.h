/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "patch.h"

/* What the kernel shows of a patch beside its state: of each object, the tasks it waits for, its policy and
 * how long the machine stood still for it. All of it is read when it is asked for. */

/* What a patch replaces, as its manifest has it; what an unsigned livepatch does nobody knows but the
 * kernel, while it is loaded. *ret is borrowed; manifest_functions_free() releases what *ret_owned is, where
 * that is not NULL. */
int patch_find_functions(const Patch *p, const Host *host, const ManifestFunction **ret, size_t *ret_n,
                         ManifestFunction **ret_owned);

/* Calls visit for each object, with its state, which is "" where the kernel shows none. Returns the first
 * negative number that it returns. */
typedef int (*PatchVisitObject)(const char *object, const char *state, void *userdata);
int patch_visit_objects(const Patch *p, const Host *host, PatchVisitObject visit, void *userdata);

/* "strict" or "gradual"; NULL where there is none. */
char *patch_read_policy(const Patch *p, const Host *host);

/* All 0 where the kernel does not tell. */
EnginePause patch_read_pause(const Patch *p, const Host *host);

/* Reads all of that. Returns whether something is another than when this was called last. */
bool patch_look(Patch *p, const Host *host);
