/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "engine.h"
#include "generation.h"

/* Which functions the patches in the kernel replace, by what each engine shows of them in sysfs. */

/* Two engines cannot both redirect a function: neither knows of the other. Errors: FAILURE_CONFLICT with
 * both patches and the function. */
int claims_check_engines(const Host *host, const Generation *g, const Manifest *m, Failure *f);

/* Whether a patch that is loaded replaces the functions that its manifest names, and no others. For engines
 * whose modules do not say it themselves. Errors: FAILURE_MODULE_MISMATCH. */
int claims_check_functions(const Host *host, const Engine *engine, const Manifest *m, Failure *f);
