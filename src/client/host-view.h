/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "json.h"
#include "terminal.h"

/* What can be told of this host where kpatchd does not answer: its kernel, and the modules of patches that
 * sysfs shows. What cannot be read is left out. */

int host_view_print(const Terminal *out);
/* The members "kernel" and "modules". */
int host_view_reply(json_object *reply, Failure *f);
