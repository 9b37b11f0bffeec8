// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's module as with pre_patch_ret=-19, ENODEV: kpatchd gives no parameters. */
static int pre_patch_ret = -19;
#include "test_klp_callbacks_demo.c"
