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

int kpc_routes_choose(struct kpc_object *object)
{
	struct kpc_func *func;
	unsigned int i;

	kpc_for_each_func_of(object, func)
	{
		for (i = 0; i < ARRAY_SIZE(routes) && !func->route; i++)
			if (routes[i]->can(func))
				func->route = routes[i];
		if (!func->route)
			return kpc_refuse(kpc_patch_name(object->patch), -EOPNOTSUPP,
					  "there is no way to redirect %s", func->info->name);
	}
	return 0;
}

int kpc_routes_attach(struct kpc_object *object)
{
	unsigned int i;
	int err;

	if (!kpc_object_is_there(object))
		return 0;

	for (i = 0; i < ARRAY_SIZE(routes); i++) {
		err = routes[i]->attach(object);
		if (err < 0) {
			while (i--)
				routes[i]->detach(object);
			return err;
		}
	}
	object->attached = true;
	return 0;
}

void kpc_routes_detach(struct kpc_object *object)
{
	unsigned int i = ARRAY_SIZE(routes);

	if (!object->attached)
		return;
	object->attached = false;
	while (i--)
		routes[i]->detach(object);
}
