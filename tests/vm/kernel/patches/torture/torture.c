// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls the functions that the patches level1, level2, ... replace, from tasks in tight loops, from
 * tasks that sleep in one of them, from interrupts and from NMIs, and counts what is mixed: an lcm()
 * of one level that calls a gcd() of another, a chain that calls back while another level is in force
 * for its task, an interrupt or an NMI that sees more than one level.
 *
 * Parameters, when it is loaded: tasks and sleepers (numbers of kernel threads), sleep_us (of one
 * sleep in a chain), gap_us (between two chains), irq and nmi (1: from there as well). The parameter
 * "results" has a line for each kind: calls, changes of the level that it saw, mixed. Who reads
 * /proc/kpatch_test_call does once what a sleeper does, and reads the level; who reads
 * /proc/kpatch_test_hold as well, but the Nth of these sleeps in the chain until the parameter
 * "release" is N or more.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gcd.h>
#include <linux/kthread.h>
#include <linux/lcm.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/srcu.h>

#include <asm/apic.h>
#include <asm/nmi.h>

#include "level.h"

#define TORTURE_THREADS_MAX 64
#define TORTURE_CALL "kpatch_test_call"
#define TORTURE_HOLD "kpatch_test_hold"
#define TORTURE_MIXED (-1)
#define TORTURE_NMI_CALLS 8
#define TORTURE_NMI_CHAIN 400

static unsigned int tasks = 2, sleepers = 2, sleep_us = 3000, gap_us = 12000, irq = 1, nmi;
static unsigned int release;
module_param(tasks, uint, 0444);
module_param(sleepers, uint, 0444);
module_param(sleep_us, uint, 0644);
module_param(gap_us, uint, 0644);
module_param(irq, uint, 0444);
module_param(nmi, uint, 0444);
module_param(release, uint, 0644);

enum torture_kind {
	TASK,
	SLEEPER,
	USER,
	INTERRUPT,
	NONMASKABLE,
	KINDS,
};

static struct torture_tally {
	const char *name;
	atomic_long_t calls;
	atomic_long_t changed;
	atomic_long_t mixed;
	int last;
	/* of the first that was mixed */
	int wanted;
	unsigned long got;
} tallies[KINDS] = {
	[TASK] = { .name = "task" },	   [SLEEPER] = { .name = "sleeper" },
	[USER] = { .name = "user" },	   [INTERRUPT] = { .name = "interrupt" },
	[NONMASKABLE] = { .name = "nmi" },
};

static struct task_struct *threads[TORTURE_THREADS_MAX];
static unsigned int nr_threads;
static atomic_t nmi_left;

static void tally_mixed(enum torture_kind kind, int wanted, unsigned long got)
{
	if (atomic_long_inc_return(&tallies[kind].mixed) == 1) {
		tallies[kind].wanted = wanted;
		tallies[kind].got = got;
	}
}

/* @wanted: the level that it must be; negative: any */
static int torture_call(enum torture_kind kind, int wanted)
{
	unsigned long got = lcm(LEVEL_A, LEVEL_B);
	int level = level_of_lcm(got);

	atomic_long_inc(&tallies[kind].calls);
	if (level != level_of_inner(got) || (wanted >= 0 && level != wanted)) {
		tally_mixed(kind, wanted, got);
		return TORTURE_MIXED;
	}
	if (READ_ONCE(tallies[kind].last) != level) {
		WRITE_ONCE(tallies[kind].last, level);
		atomic_long_inc(&tallies[kind].changed);
	}
	return level;
}

struct torture_chain {
	enum torture_kind kind;
	unsigned int depth;
	unsigned int held;
	int wanted;
	int level;
};

static int torture_chain(enum torture_kind kind, unsigned int depth, int wanted);

/* Called by srcu_notifier_call_chain(), which stays on the stack. */
static int torture_called_back(struct notifier_block *block, unsigned long action, void *data)
{
	struct torture_chain *chain = data;

	chain->level = action - LEVEL_ACTION;
	if (chain->wanted >= 0 && chain->level != chain->wanted)
		tally_mixed(chain->kind, chain->wanted, chain->level);

	torture_call(chain->kind, chain->level);
	do {
		usleep_range(sleep_us, sleep_us + 100);
	} while (READ_ONCE(release) < chain->held);
	torture_call(chain->kind, chain->level);
	if (chain->depth)
		torture_chain(chain->kind, chain->depth - 1, chain->level);
	torture_call(chain->kind, chain->level);
	return NOTIFY_OK;
}

static struct srcu_notifier_head torture_head;
static struct notifier_block torture_block = { .notifier_call = torture_called_back };

/* @wanted: the level that it must be; negative: any */
static int torture_chain(enum torture_kind kind, unsigned int depth, int wanted)
{
	struct torture_chain chain = { .kind = kind, .depth = depth, .wanted = wanted };

	srcu_notifier_call_chain(&torture_head, LEVEL_ACTION, &chain);
	return chain.level;
}

static int torture_task(void *data)
{
	unsigned int i = 0;

	set_user_nice(current, MAX_NICE);
	while (!kthread_should_stop()) {
		torture_call(TASK, -1);
		/* Says as well that it is in nobody's trampoline: a wait for that would never end otherwise. */
		if (!(++i % 64))
			cond_resched_tasks_rcu_qs();
	}
	return 0;
}

static int torture_sleeper(void *data)
{
	while (!kthread_should_stop()) {
		torture_chain(SLEEPER, 1, -1);
		if (gap_us)
			usleep_range(gap_us, gap_us + 100);
	}
	return 0;
}

static void torture_interrupt(void *data)
{
	int level = torture_call(INTERRUPT, -1);
	int i;

	for (i = 0; i < 4; i++)
		torture_call(INTERRUPT, level);
}

static int torture_interrupter(void *data)
{
	while (!kthread_should_stop()) {
		on_each_cpu(torture_interrupt, NULL, 1);
		usleep_range(500, 1500);
	}
	return 0;
}

/* By shorthand, which leaves the register of the destination alone: what the NMI interrupted may be using it. */
static void torture_send_nmi(void)
{
	apic->write(APIC_ICR, APIC_DEST_ALLBUT | APIC_DM_NMI);
}

/*
 * One sends the next: so they go on while the machine is stopped, and one is often under way at the very instant of a
 * switch. The pauses let the other processor do that.
 */
static int torture_nmi_handler(unsigned int type, struct pt_regs *regs)
{
	int level, i;

	/* Nobody else on the machine sends any that has no other handler. */
	if (atomic_dec_if_positive(&nmi_left) < 0)
		return NMI_HANDLED;

	level = torture_call(NONMASKABLE, -1);
	for (i = 0; i < TORTURE_NMI_CALLS; i++) {
		cpu_relax();
		torture_call(NONMASKABLE, level);
	}
	torture_send_nmi();
	return NMI_HANDLED;
}

/* A processor that is about to be started must not get one. */
static int torture_nmi(void *data)
{
	unsigned int i;

	while (!kthread_should_stop()) {
		cpus_read_lock();
		if (num_online_cpus() > 1) {
			atomic_set(&nmi_left, TORTURE_NMI_CHAIN);
			torture_send_nmi();
			for (i = 0; i < 100 && atomic_read(&nmi_left) > 0; i++)
				usleep_range(200, 400);
			/* The last one is on its way, or a chain was broken by one that merged with another. */
			atomic_set(&nmi_left, 0);
			usleep_range(200, 400);
		}
		cpus_read_unlock();
		usleep_range(1000, 3000);
	}
	return 0;
}

static int call_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%d\n", torture_chain(USER, 1, -1));
	return 0;
}

static int hold_show(struct seq_file *m, void *v)
{
	static atomic_t number;
	struct torture_chain chain = {
		.kind = USER,
		.depth = 1,
		.held = atomic_inc_return(&number),
		.wanted = -1,
	};

	srcu_notifier_call_chain(&torture_head, LEVEL_ACTION, &chain);
	seq_printf(m, "%d\n", chain.level);
	return 0;
}

static int results_get(char *page, const struct kernel_param *param)
{
	struct torture_tally *tally;
	int n = 0;

	for (tally = tallies; tally < tallies + KINDS; tally++) {
		n += sysfs_emit_at(
			page, n, "%s %ld %ld %ld", tally->name, atomic_long_read(&tally->calls),
			atomic_long_read(&tally->changed), atomic_long_read(&tally->mixed));
		if (atomic_long_read(&tally->mixed))
			n += sysfs_emit_at(page, n, " wanted %d got %lx", tally->wanted,
					   tally->got);
		n += sysfs_emit_at(page, n, "\n");
	}
	return n;
}

static const struct kernel_param_ops results_ops = { .get = results_get };
module_param_cb(results, &results_ops, NULL, 0400);

static void torture_stop(void)
{
	remove_proc_subtree(TORTURE_CALL, NULL);
	remove_proc_subtree(TORTURE_HOLD, NULL);
	while (nr_threads)
		kthread_stop(threads[--nr_threads]);
	if (nmi)
		unregister_nmi_handler(NMI_LOCAL, "kpatch_torture");
	srcu_cleanup_notifier_head(&torture_head);
}

static int torture_start(int (*fn)(void *data), const char *name, unsigned int count)
{
	struct task_struct *task;

	while (count--) {
		if (nr_threads == TORTURE_THREADS_MAX)
			return -E2BIG;
		task = kthread_run(fn, NULL, "kpatch_%s", name);
		if (IS_ERR(task))
			return PTR_ERR(task);
		threads[nr_threads++] = task;
	}
	return 0;
}

static int __init torture_init(void)
{
	int err;

	srcu_init_notifier_head(&torture_head);
	srcu_notifier_chain_register(&torture_head, &torture_block);
	if (nmi) {
		err = register_nmi_handler(NMI_LOCAL, torture_nmi_handler, 0, "kpatch_torture");
		if (err < 0) {
			srcu_cleanup_notifier_head(&torture_head);
			return err;
		}
	}

	err = 0;
	if (!proc_create_single(TORTURE_CALL, 0444, NULL, call_show) ||
	    !proc_create_single(TORTURE_HOLD, 0444, NULL, hold_show))
		err = -ENOMEM;
	if (!err)
		err = torture_start(torture_task, "task", tasks);
	if (!err)
		err = torture_start(torture_sleeper, "sleeper", sleepers);
	if (!err)
		err = torture_start(torture_interrupter, "irq", irq);
	if (!err)
		err = torture_start(torture_nmi, "nmi", nmi);
	if (err < 0)
		torture_stop();
	return err;
}

static void __exit torture_exit(void)
{
	torture_stop();
}

module_init(torture_init);
module_exit(torture_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: calls of functions that tell their level");
