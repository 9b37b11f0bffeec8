// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "switch.h"

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/spinlock.h>
#include <linux/stop_machine.h>

#include "patch.h"
#include "report.h"
#include "stack.h"

#define SWITCH_TRIES 10
#define SWITCH_PAUSE_MS 30

struct switch_stop {
	struct kpc_check *check;
	unsigned int *word;
	unsigned int value;
	u64 ns;
};

/* Guards switch_stats alone: a reader never waits for a switch. */
static DEFINE_SPINLOCK(switch_stats_lock);
static struct kpc_pause switch_stats;

struct kpc_pause kpc_switch_stats(void)
{
	struct kpc_pause stats;

	spin_lock(&switch_stats_lock);
	stats = switch_stats;
	spin_unlock(&switch_stats_lock);
	return stats;
}

static void switch_count(const struct switch_stop *stop, unsigned int tries)
{
	spin_lock(&switch_stats_lock);
	switch_stats.last_ns = stop->ns;
	switch_stats.max_ns = max(switch_stats.max_ns, stop->ns);
	switch_stats.tasks = stop->check->tasks;
	switch_stats.tries = tries;
	spin_unlock(&switch_stats_lock);
}

/* On one CPU, while all others spin with interrupts off. */
static int switch_stopped(void *data)
{
	struct switch_stop *stop = data;
	u64 start = ktime_get_ns();
	int err;

	err = kpc_check_tasks(stop->check);
	if (!err)
		/* Read by the routes: see classic_handler(). */
		WRITE_ONCE(*stop->word, stop->value);

	stop->ns = ktime_get_ns() - start;
	return err;
}

static int switch_refuse(const struct kpc_check *check)
{
	const char *name = kpc_patch_name(check->patch);
	unsigned int i;
	int err;

	if (!check->func)
		err = kpc_refuse(name, -EBUSY,
				 "the stack of task %s[%d] cannot be read; nothing was changed",
				 check->comm, check->pid);
	else
		err = kpc_refuse(name, -EBUSY, "task %s[%d] is in %s, %s; nothing was changed",
				 check->comm, check->pid, check->func,
				 check->mod ? "which is being taken back" :
					      "which this patch replaces");

	for (i = 0; i < check->nr_trace; i++)
		pr_info("%s:  %pB\n", name, (void *)check->trace[i]);
	return err;
}

void kpc_switch_pause(void)
{
	msleep(SWITCH_PAUSE_MS);
}

int kpc_switch(struct kpc_patch *patch, bool on, const struct task_struct *self)
{
	struct switch_stop stop = { .word = patch->info->on, .value = on };
	unsigned int tries;
	int err;

	stop.check = kpc_check_new(patch, on, self);
	if (!stop.check)
		return kpc_refuse(kpc_patch_name(patch), -ENOMEM, "out of memory");

	for (tries = 1;; tries++) {
		err = stop_machine(switch_stopped, &stop, NULL);
		switch_count(&stop, tries);
		if (err != -EBUSY || tries == SWITCH_TRIES)
			break;
		kpc_switch_pause();
	}

	if (err < 0)
		err = switch_refuse(stop.check);
	kpc_check_free(stop.check);
	return err;
}
