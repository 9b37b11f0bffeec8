/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"

/* What an operator should look at or do next, from what the daemon says. Returns 0 or -ENOMEM; *ret is a
 * strv, owned by the caller. */
int advice_make(const ManagerInfo *m, const ObjectsInfo *o, uint64_t now, char ***ret);
