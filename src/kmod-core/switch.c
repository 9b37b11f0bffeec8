// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "switch.h"

#include <linux/delay.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "dispatch.h"
#include "recent.h"
#include "report.h"
#include "straggler.h"
#include "try.h"

#define SWITCH_TRIES 10
#define SWITCH_PAUSE_MS 30

static unsigned int switch_budget_us = 1000;
module_param_named(pause_budget_us, switch_budget_us, uint, 0644);
MODULE_PARM_DESC(pause_budget_us, "microseconds for which a switch may stop the machine");

static bool switch_precheck = true;
module_param_named(precheck, switch_precheck, bool, 0644);
MODULE_PARM_DESC(
	precheck,
	"0: read all stacks with the machine stopped, however long it takes, for comparison");

/* Guards what is below and every patch's own figures: a reader never waits for a switch. */
static DEFINE_SPINLOCK(switch_stats_lock);
static struct kpc_pause switch_stats;

struct kpc_pause kpc_switch_stats_of(const struct kpc_pause *pause)
{
	struct kpc_pause stats;

	spin_lock(&switch_stats_lock);
	stats = *pause;
	spin_unlock(&switch_stats_lock);
	return stats;
}

struct kpc_pause kpc_switch_stats(void)
{
	return kpc_switch_stats_of(&switch_stats);
}

static void pause_count(struct kpc_pause *pause, const struct kpc_try *try, unsigned int tries)
{
	/* A try may end before the machine was stopped. */
	if (try->ns) {
		pause->last_ns = try->ns;
		pause->max_ns = max(pause->max_ns, try->ns);
		pause->tasks = try->tasks;
	}
	pause->tries = tries;
}

static void switch_count(const struct kpc_try *try, unsigned int tries)
{
	spin_lock(&switch_stats_lock);
	pause_count(&switch_stats, try, tries);
	pause_count(try->what->pause, try, tries);
	spin_unlock(&switch_stats_lock);
}

static int switch_refuse_busy(const struct kpc_try *try)
{
	const char *name = try->what->name;
	unsigned int i;
	int err;

	if (!try->why.func)
		err = kpc_refuse(name, -EBUSY,
				 "the stack of task %s[%d] cannot be read; nothing was changed",
				 try->comm, try->pid);
	else
		err = kpc_refuse(
			name, -EBUSY,
			"task %s[%d] is in %s, which is being switched; nothing was changed",
			try->comm, try->pid, try->why.func);

	for (i = 0; i < try->why.nr_trace; i++)
		pr_info("%s:  %pB\n", name, (void *)try->why.trace[i]);
	return err;
}

static int switch_refuse(const struct kpc_try *try, int err)
{
	const char *name = try->what->name;

	switch (err) {
	case -EBUSY:
		return switch_refuse_busy(try);
	case -ETIME:
		return kpc_refuse(
			name, -EBUSY,
			"the machine would have stood still for more than pause_budget_us, %llu; nothing was changed",
			div_u64(try->budget_ns, 1000));
	case -EAGAIN:
		return kpc_refuse(name, -EBUSY,
				  "too many tasks ran to keep up with; nothing was changed");
	case -ENOMEM:
		return kpc_refuse(name, err, "out of memory");
	default:
		return kpc_refuse(name, err, "tasks cannot be watched (error %d)", err);
	}
}

void kpc_switch_pause(void)
{
	msleep(SWITCH_PAUSE_MS);
}

static int switch_tries(struct kpc_try *try)
{
	unsigned int tries;
	int err;

	for (tries = 1;; tries++) {
		err = kpc_try_run(try);
		switch_count(try, tries);
		if (!err || err == -ENOMEM || tries == SWITCH_TRIES)
			return err;
		kpc_switch_pause();
	}
}

static int switch_watched(struct kpc_try *try)
{
	int err;

	if (!try->precheck)
		return switch_tries(try);

	err = kpc_recent_start();
	if (err < 0)
		return err;
	err = switch_tries(try);
	kpc_recent_stop();
	return err;
}

int kpc_switch(const struct kpc_switch *what)
{
	struct kpc_try *try = kzalloc(sizeof(*try), GFP_KERNEL);
	int err;

	lockdep_assert_held(&kpc_patch_lock);
	if (!try)
		return kpc_refuse(what->name, -ENOMEM, "out of memory");

	try->what = what;
	try->precheck = READ_ONCE(switch_precheck);
	try->budget_ns = READ_ONCE(switch_budget_us) * 1000ULL;

	kpc_nmi_hold();
	err = switch_watched(try);
	kpc_nmi_release();

	if (err < 0)
		err = switch_refuse(try, err);
	else
		kpc_stragglers_put(try->before);
	kfree(try);
	return err;
}
