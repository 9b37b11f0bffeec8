// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * The classic route: an ftrace handler that changes where the function entry returns to.
 *
 * IPMODIFY has ftrace itself refuse a second owner, PERMANENT has it refuse to be switched off
 * underneath. The ops are registered as a whole and never changed while registered, which is what
 * tells BPF trampolines on the same function that they have to share.
 */
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/string.h>

#include "compat.h"
#include "route.h"
#include "target.h"

#define CLASSIC_TRIES 20
#define CLASSIC_TRIES_MS 10

/*
 * Runs in any context, NMI included. There is no guard against recursion, which kpc_dispatch() does
 * not need: one that turned a call away would send it to the old function. Where tracers share the
 * function, ftrace calls them and this from a list that does have a guard: a call of the function
 * by one of those tracers, out of its handler, then stays with the old function, as it does with the
 * kernel's own livepatch.
 */
static void notrace classic_handler(unsigned long ip, unsigned long parent_ip,
				    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct kpc_target *target = container_of(ops, struct kpc_target, ops);
	unsigned long addr = kpc_dispatch(target, kpc_ftrace_stack(fregs));

	if (addr)
		kpc_ftrace_set_ip(fregs, addr);
}

static int classic_attach(struct kpc_target *target)
{
	unsigned int tries = CLASSIC_TRIES;
	int err;

	target->ops.func = classic_handler;
	target->ops.flags = KPC_FTRACE_SAVE | FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_IPMODIFY |
			    FTRACE_OPS_FL_PERMANENT;

	err = ftrace_set_filter_ip(&target->ops, target->ftrace_ip, 0, 0);
	/* A BPF trampoline on the function asks for another try while it is being changed. */
	while (!err && (err = register_ftrace_function(&target->ops)) == -EAGAIN && --tries) {
		msleep(CLASSIC_TRIES_MS);
		err = 0;
	}
	if (err) {
		ftrace_free_filter(&target->ops);
		memset(&target->ops, 0, sizeof(target->ops));
	}
	return err;
}

static void classic_detach(struct kpc_target *target)
{
	WARN_ON(unregister_ftrace_function(&target->ops) < 0);
	ftrace_free_filter(&target->ops);
}

const struct kpc_route kpc_route_classic = {
	.name = "classic",
	.attach = classic_attach,
	.detach = classic_detach,
};
