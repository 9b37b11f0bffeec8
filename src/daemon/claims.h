/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "engine.h"
#include "generation.h"

/* Which functions the patches in the kernel replace, by what each engine shows of them in sysfs. */

/* Two engines cannot both redirect a function: neither knows of the other. Errors: FAILURE_CONFLICT with
 * both patches and the function. */
int claims_check_engines(const Host *host, const Generation *g, const Manifest *m, Failure *f);

/* The same of two that need not be in the kernel, by their manifests alone; other is applied at boot. */
int claims_check_manifests(const Manifest *m, const Manifest *other, Failure *f);

/* Whether a patch that is loaded replaces the functions that its manifest names, and no others. For engines
 * whose modules do not say it themselves. Errors: FAILURE_MODULE_MISMATCH. */
int claims_check_functions(const Host *host, const Engine *engine, const Manifest *m, Failure *f);

/* What the kernel shows that a module which is loaded replaces; the functions of an object stand together.
 * *ret is released by manifest_functions_free(). */
int claims_read_functions(const Host *host, const Engine *engine, const char *module, ManifestFunction **ret,
                          size_t *ret_n);

/* For a patch whose manifest does not know what it replaces, as that of an unsigned livepatch. Before it is
 * loaded: nothing else of its engine may be in force, as it might take its place. Errors: FAILURE_CONFLICT.
 */
int claims_check_alone(const Host *host, const Generation *g, const Engine *engine, const Manifest *m,
                       Failure *f);
/* And when it is loaded, claims_check_engines() with what the kernel shows. */
int claims_check_shown(const Host *host, const Generation *g, const Engine *engine, const Manifest *m,
                       Failure *f);
