// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Takes the place of all other patches. */
#define LEVEL 3
#include "level-patch.h"

KPATCH_REPLACE();
