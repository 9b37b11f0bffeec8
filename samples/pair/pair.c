// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two functions that flip together: whoever reads /proc/execdomains and then /proc/dma sees both as
 * they were or both live patched, at whatever instant the patch is applied or taken back between
 * any two reads. Two files that hardly anything reads, so that nothing else notices.
 *
 *	before	0-0     Linux                   [kernel]
 *		 4: cascade
 *	after	0-0     Linux                   [live patched]
 *		 4: cascade, live patched
 */
#include <linux/seq_file.h>

#include "kpatch.h"

static int sample_execdomains_show(struct seq_file *m, void *v)
{
	seq_puts(m, "0-0\tLinux           \t[live patched]\n");
	return 0;
}

static int sample_dma_show(struct seq_file *m, void *v)
{
	seq_puts(m, " 4: cascade, live patched\n");
	return 0;
}

#define SAMPLE(F) \
	F(vmlinux, execdomains_proc_show, 0, sample_execdomains_show) \
	F(vmlinux, proc_dma_show, 0, sample_dma_show)
KPATCH_MODULE(SAMPLE);

MODULE_DESCRIPTION("Sample: /proc/execdomains and /proc/dma change in one instant");
MODULE_VERSION("1");
