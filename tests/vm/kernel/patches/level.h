/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that tell of which patch they are. Level 0 is the kernel's own, and the patches level1,
 * level2, ... replace lcm(), the gcd() that it calls, and srcu_notifier_call_chain(), which calls
 * back. All do what they should, but for these arguments they tell their level: what lcm() returns
 * tells its own and that of the gcd() that it got; what is called back gets the level in its action.
 */
#ifndef KPATCH_TEST_LEVEL_H
#define KPATCH_TEST_LEVEL_H

#include <linux/delay.h>
#include <linux/lcm.h>
#include <linux/types.h>

/* Without a common divisor; the second is one more, and the first has every small one. */
#define LEVEL_A 30030UL
#define LEVEL_B 30031UL

/* What gcd(LEVEL_A, LEVEL_B) returns at a level: the truth, and then what divides LEVEL_A */
#define LEVEL_GCD(_level) ((_level) ? (_level) + 1UL : 1UL)

/* What lcm(LEVEL_A, LEVEL_B) returns at a level above 0, where the right answer is below 1 << 32. */
#define LEVEL_LCM(_level, _gcd) ((unsigned long)(_level) << 32 | (_gcd))

/* The action of a chain is this and the level. */
#define LEVEL_ACTION 0x6b704c00UL

static inline int level_of_gcd(unsigned long gcd)
{
	return gcd > 1 ? gcd - 1 : 0;
}

static inline int level_of_lcm(unsigned long lcm)
{
	return lcm >> 32;
}

/* The level of the gcd() that an lcm() of any level got. */
static inline int level_of_inner(unsigned long lcm)
{
	return level_of_gcd(level_of_lcm(lcm) ? (u32)lcm : LEVEL_A / (lcm / LEVEL_B));
}

/* What leveltarget_outer() of a level does: 1 if what it calls, in its module and in the kernel, is of another one. */
static inline int level_check(int level, int (*inner)(void))
{
	int i, bad = 0;

	for (i = 0; i < 3; i++) {
		unsigned long got = lcm(LEVEL_A, LEVEL_B);

		bad |= inner() != level || level_of_lcm(got) != level ||
		       level_of_inner(got) != level;
		if (i == 1)
			usleep_range(1000, 2000);
	}
	return bad;
}

#endif
