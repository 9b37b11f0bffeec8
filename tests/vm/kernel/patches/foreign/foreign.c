// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* The replacement is a function of the kernel, which no check of the module's text would find. */
#include <linux/seq_file.h>

#include "kpatch.h"

#define PATCH(F) F(vmlinux, version_proc_show, 0, seq_putc)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a replacement outside the patch module");
