/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* Tells the kernel's audit that software was changed (AUDIT_SOFTWARE_UPDATE). Where audit is off, or not
 * built in, the kernel drops it, and that is fine. */
void audit_tell(const char *operation, const char *patch, bool success);
