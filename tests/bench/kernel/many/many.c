// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Many functions, replaced through kpatch_core, to see what memory each one takes. */
#include "calls.h"
#include "kpatch.h"

KPATCH_MODULE(CALLS);

MODULE_DESCRIPTION("Bench: many functions, replaced through kpatch_core");
