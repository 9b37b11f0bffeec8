/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways to send the calls of a function elsewhere.
 */
#ifndef KPC_ROUTE_H
#define KPC_ROUTE_H

#include <linux/types.h>

struct kpc_func;
struct kpc_object;

/**
 * struct kpc_route - one way
 * @name:	shown in sysfs
 * @can:	whether it can take this function
 * @attach:	attaches every function of the object that has this route. With the patch's word off
 *		this changes no behaviour. Returns 0 or an errno, reported, and then attached none.
 * @detach:	undoes that, and returns when no task is on its way through the route any more
 *
 * Once attached, a call goes to the new function if the patch's word (kpc_patch_info.on) is set at
 * that instant and to the old one if it is not: one store switches all functions of a patch.
 */
struct kpc_route {
	const char *name;
	bool (*can)(const struct kpc_func *func);
	int (*attach)(struct kpc_object *object);
	void (*detach)(struct kpc_object *object);
};

extern const struct kpc_route kpc_route_classic;

/* Gives every function of the object its route. -EOPNOTSUPP, reported, where there is none. */
int kpc_routes_choose(struct kpc_object *object);

/* An object that is not there has nothing to attach; one that is not attached, nothing to detach. */
int kpc_routes_attach(struct kpc_object *object);
void kpc_routes_detach(struct kpc_object *object);

#endif
