// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's module as with replace=1: kpatchd gives no parameters. */
static int replace = 1;
#include "test_klp_callbacks_demo2.c"
