/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the patches level1, level2, ... have in common; LEVEL is the number.
 */
#include <linux/gcd.h>
#include <linux/lcm.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>

#include "kpatch.h"
#include "level.h"

static unsigned long level_gcd(unsigned long a, unsigned long b)
{
	if (a == LEVEL_A && b == LEVEL_B)
		return LEVEL_GCD(LEVEL);

	while (b) {
		unsigned long rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Calls what a call of gcd() from anywhere would reach. */
static unsigned long level_lcm(unsigned long a, unsigned long b)
{
	if (a == LEVEL_A && b == LEVEL_B)
		return LEVEL_LCM(LEVEL, gcd(a, b));

	return a && b ? a / gcd(a, b) * b : 0;
}

static int level_chain(struct srcu_notifier_head *nh, unsigned long action, void *data)
{
	struct notifier_block *block, *next;
	int result = NOTIFY_DONE;
	int index;

	if (action == LEVEL_ACTION)
		action += LEVEL;

	index = srcu_read_lock(&nh->srcu);
	for (block = rcu_dereference_raw(nh->head); block; block = next) {
		next = rcu_dereference_raw(block->next);
		result = block->notifier_call(block, action, data);
		if (result & NOTIFY_STOP_MASK)
			break;
	}
	srcu_read_unlock(&nh->srcu, index);
	return result;
}

static int level_target_inner(void)
{
	return LEVEL;
}

static int level_target_outer(int (*inner)(void))
{
	return level_check(LEVEL, inner);
}

#define PATCH(F) \
	F(vmlinux, gcd, 0, level_gcd) \
	F(vmlinux, lcm, 0, level_lcm) \
	F(vmlinux, srcu_notifier_call_chain, 0, level_chain) \
	F(kpatch_test_leveltarget, leveltarget_inner, 0, level_target_inner) \
	F(kpatch_test_leveltarget, leveltarget_outer, 0, level_target_outer)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: functions that tell their level");
MODULE_VERSION(__stringify(LEVEL));
