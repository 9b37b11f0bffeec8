// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* The second of each name. */
#include <linux/module.h>
#include <linux/seq_file.h>

#include "target.h"

static volatile int twin_count = 2;

static target_function int twin(void)
{
	return twin_count;
}

void target_show_twin(struct seq_file *m)
{
	seq_printf(m, "%d\n", twin());
}
