// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call of noop_llseek() costs, a function of a single load. Reading the parameter "ticks" calls
 * it many times and gives the time stamp counter's ticks for a thousand calls, without those of an
 * empty loop. Where the counter counts instructions, the figure is exact.
 */
#include <linux/fs.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include <asm/msr.h>

#define CALLS 10000

static struct file file;

static noinline u64 meter_empty(void)
{
	u64 start = rdtsc_ordered();
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		barrier();
	return rdtsc_ordered() - start;
}

static noinline u64 meter_calls(void)
{
	u64 start = rdtsc_ordered();
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		noop_llseek(&file, 0, SEEK_CUR);
	return rdtsc_ordered() - start;
}

static int meter_get(char *page, const struct kernel_param *param)
{
	unsigned long flags;
	u64 empty, calls;

	local_irq_save(flags);
	/* Once for the caches. */
	meter_empty();
	meter_calls();
	empty = meter_empty();
	calls = meter_calls();
	local_irq_restore(flags);

	return sysfs_emit(page, "%lld\n", div_s64((s64)(calls - empty) * 1000, CALLS));
}

static const struct kernel_param_ops meter_ops = {
	.get = meter_get,
};
module_param_cb(ticks, &meter_ops, NULL, 0400);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Bench: what a call of a function costs");
