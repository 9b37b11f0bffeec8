// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "route.h"

#include <linux/kernel.h>
#include <linux/moduleparam.h>

#include "ksym.h"
#include "report.h"
#include "target.h"

static bool route_classic_only;
module_param_named(classic, route_classic_only, bool, 0644);
MODULE_PARM_DESC(classic, "1: attach functions by ftrace handlers only, never by direct calls");

/* The cheapest first. */
static const struct kpc_route *const routes[] = {
	&kpc_route_direct,
	&kpc_route_classic,
};

static int route_refuse(const struct kpc_target *target, const char *patch, int err)
{
	if (!kpc_ksym_ftrace_enabled())
		return kpc_refuse(patch, -ESHUTDOWN,
				  "function tracing is off (sysctl kernel.ftrace_enabled)");
	if (err == -ENOMEM)
		return kpc_refuse(patch, err, "out of memory");
	if (err == -EBUSY)
		return kpc_refuse(
			patch, -EADDRINUSE,
			"%s is already redirected by something else, such as a kernel livepatch",
			target->name);
	return kpc_refuse(patch, -EOPNOTSUPP, "ftrace refuses %s (error %d)", target->name, err);
}

int kpc_route_attach(struct kpc_target *target, const char *patch, bool classic)
{
	unsigned int i = classic || READ_ONCE(route_classic_only);
	int err;

	for (; i < ARRAY_SIZE(routes); i++) {
		err = routes[i]->attach(target);
		if (!err) {
			WRITE_ONCE(target->route, routes[i]);
			return 0;
		}
	}
	return route_refuse(target, patch, err);
}
