// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "route.h"

#include <linux/kernel.h>

#include "patch.h"
#include "report.h"

/* The cheapest first. */
static const struct kpc_route *const routes[] = {
	&kpc_route_classic,
};

int kpc_routes_choose(struct kpc_patch *patch)
{
	struct kpc_func *func;
	unsigned int i;

	kpc_for_each_func(patch, func) {
		for (i = 0; i < ARRAY_SIZE(routes) && !func->route; i++)
			if (routes[i]->can(func))
				func->route = routes[i];
		if (!func->route)
			return kpc_refuse(kpc_patch_name(patch), -EOPNOTSUPP,
					  "there is no way to redirect %s", func->info->name);
	}
	return 0;
}

int kpc_routes_attach(struct kpc_patch *patch)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(routes); i++) {
		err = routes[i]->attach(patch);
		if (err < 0) {
			while (i--)
				routes[i]->detach(patch);
			return err;
		}
	}
	return 0;
}

void kpc_routes_detach(struct kpc_patch *patch)
{
	unsigned int i = ARRAY_SIZE(routes);

	while (i--)
		routes[i]->detach(patch);
}
