/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"
#include "model.h"

#include <json-c/json_object.h>
#include <time.h>

/* An OpenVEX 0.2.0 document about the kernel that runs: a statement for each vulnerability, in their order.
 * It is also about what others know this kernel by, package URLs. The same input gives the same bytes. The
 * caller puts *ret. */
int vex_make(const KernelInfo *kernel, const char *const *others, size_t n_others, char *const *ids,
             const CveInfo *cves, time_t now, json_object **ret, Failure *f);
