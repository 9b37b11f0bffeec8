/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"
#include "host.h"

/* Patches that the present generation has and that somebody wants out of force until the next boot:
 * postponed/ID=VERSION.json. They have not failed. A mark of another boot says nothing. */

int postpone_add(const Host *host, const char *ref, Failure *f);

/* One that is not there is fine. */
int postpone_remove(const char *state_dir, const char *ref, Failure *f);

/* Those of this boot, sorted; freed by strv_free(). */
int postpone_list(const Host *host, char ***ret_refs, Failure *f);
