/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways to have the calls of a function ask kpc_dispatch() where they go.
 */
#ifndef KPC_ROUTE_H
#define KPC_ROUTE_H

#include <linux/types.h>

struct kpc_target;

/**
 * struct kpc_route - one way
 * @name:	shown in sysfs
 * @attach:	errno of ftrace's: -EBUSY where the function has an owner. Nothing is left then.
 * @aim:	the newest replacement, whose trampoline is called, is another; may be NULL
 * @detach:	when it returns no new call comes; some may be on their way
 */
struct kpc_route {
	const char *name;
	int (*attach)(struct kpc_target *target);
	int (*aim)(struct kpc_target *target);
	void (*detach)(struct kpc_target *target);
};

extern const struct kpc_route kpc_route_direct;
extern const struct kpc_route kpc_route_classic;

/**
 * kpc_route_attach() - attach a target with a node by the cheapest route that takes it
 * @patch:	the patch module's name, for the report
 * @classic:	not by the direct one
 *
 * Return: 0; -ENOMEM, -EADDRINUSE, -ESHUTDOWN or -EOPNOTSUPP, reported.
 */
int kpc_route_attach(struct kpc_target *target, const char *patch, bool classic);

#endif
