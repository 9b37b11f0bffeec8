// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* noop_llseek(), replaced by the same, through kpatch_core. */
#include <linux/fs.h>

#include "kpatch.h"

static loff_t bench_noop_llseek(struct file *file, loff_t offset, int whence)
{
	return file->f_pos;
}

#define BENCH(F) F(vmlinux, noop_llseek, 0, bench_noop_llseek)
KPATCH_MODULE(BENCH);

MODULE_DESCRIPTION("Bench: a function replaced by the same, through kpatch_core");
