// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * The direct route: the function calls the trampoline of its newest replacement, which is in that
 * patch's module (kpatch-trampoline.h of the kit).
 *
 * ftrace lets a function have one such trampoline: an owner that came first, as BPF's may be, keeps
 * it and the classic route is taken, which can share with it; one that comes later is refused.
 */
#include <linux/ftrace.h>
#include <linux/string.h>

#include "compat.h"
#include "ksym.h"
#include "route.h"
#include "target.h"

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
static unsigned long direct_trampoline(const struct kpc_target *target)
{
	const struct kpc_node *top = list_first_entry(&target->nodes, struct kpc_node, link);

	return top->func->trampoline.start;
}

static void direct_forget(struct kpc_target *target)
{
	ftrace_free_filter(&target->ops);
	memset(&target->ops, 0, sizeof(target->ops));
}

/*
 * ftrace clears the flags as it registers, on older kernels, so this one comes afterwards. Whoever
 * sets the sysctl stores its value before he looks for the flag, and we set the flag before we look
 * at the value: one of us sees the other.
 */
static int direct_protect(struct kpc_target *target)
{
	target->ops.flags |= FTRACE_OPS_FL_PERMANENT;
	smp_mb();
	return kpc_ksym_ftrace_enabled() ? 0 : -EBUSY;
}

static int direct_attach(struct kpc_target *target)
{
	unsigned long trampoline = direct_trampoline(target);
	int err;

	err = ftrace_set_filter_ip(&target->ops, target->ftrace_ip, 0, 0);
	if (!err)
		err = kpc_register_direct(&target->ops, trampoline);
	if (!err) {
		err = direct_protect(target);
		if (err)
			kpc_unregister_direct(&target->ops, trampoline);
	}
	if (err) {
		direct_forget(target);
		return err;
	}
	target->trampoline = trampoline;
	return 0;
}

static int direct_aim(struct kpc_target *target)
{
	unsigned long trampoline = direct_trampoline(target);
	int err;

	if (trampoline == target->trampoline)
		return 0;

	err = kpc_modify_direct(&target->ops, trampoline);
	if (!err)
		target->trampoline = trampoline;
	return err;
}

static void direct_detach(struct kpc_target *target)
{
	WARN_ON(kpc_unregister_direct(&target->ops, target->trampoline) < 0);
	direct_forget(target);
}
#else
static int direct_attach(struct kpc_target *target)
{
	return -EOPNOTSUPP;
}

static int direct_aim(struct kpc_target *target)
{
	return -EOPNOTSUPP;
}

static void direct_detach(struct kpc_target *target)
{
}
#endif

const struct kpc_route kpc_route_direct = {
	.name = "direct",
	.attach = direct_attach,
	.aim = direct_aim,
	.detach = direct_detach,
};
