// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "target.h"

#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "report.h"
#include "route.h"
#include "target-stack.h"

LIST_HEAD(kpc_targets);

/* Detached, and freed when nobody is on the way through them; kpc_patch_lock. */
static LIST_HEAD(target_dead);

static struct kpc_target *target_find(unsigned long ftrace_ip)
{
	struct kpc_target *target;

	list_for_each_entry(target, &kpc_targets, link)
		if (target->ftrace_ip == ftrace_ip)
			return target;
	return NULL;
}

static struct kpc_target *target_new(const struct kpc_func *func)
{
	struct kpc_target *target = kzalloc(sizeof(*target), GFP_KERNEL);

	if (!target)
		return NULL;

	INIT_LIST_HEAD(&target->nodes);
	strscpy(target->name, func->info->name, sizeof(target->name));
	target->addr = func->addr;
	target->ftrace_ip = func->ftrace_ip;
	target->entry = func->entry;
	memcpy(target->old, func->old, sizeof(target->old));
	target->nr_old = func->nr_old;
	list_add(&target->link, &kpc_targets);
	return target;
}

/* By age and not by arrival: a module's functions arrive when the layers are there already. */
static void target_link(struct kpc_target *target, struct kpc_node *node)
{
	struct kpc_node *below;

	list_for_each_entry(below, &target->nodes, link)
		if (below->layer->seq < node->layer->seq)
			break;
	/* Before the first that is older; at the end, that is the list's head. */
	list_add_tail_rcu(&node->link, &below->link);
	node->target = target;
}

static int target_aim(struct kpc_target *target)
{
	return target->route->aim ? target->route->aim(target) : 0;
}

int kpc_target_push(struct kpc_node *node)
{
	struct kpc_func *func = node->func;
	struct kpc_patch *patch = func->patch;
	struct kpc_target *target = target_find(func->ftrace_ip);
	int err;

	if (!target)
		target = target_new(func);
	if (!target)
		return kpc_refuse(kpc_patch_name(patch), -ENOMEM, "out of memory");

	/* The trampoline reads it, and is called as soon as the route is attached. */
	WRITE_ONCE(*func->trampoline_target, target);
	target_link(target, node);

	if (!target->route) {
		err = kpc_route_attach(target, kpc_patch_name(patch), patch->info->classic);
	} else {
		err = target_aim(target);
		if (err < 0)
			kpc_refuse(kpc_patch_name(patch), err,
				   "the calls of %s cannot be sent to its trampoline (error %d)",
				   target->name, err);
	}
	if (err < 0) {
		/* Freed by the caller only after kpc_targets_wait(): someone may be looking at it. */
		list_del_rcu(&node->link);
		node->target = NULL;
		if (!target->route)
			list_move(&target->link, &target_dead);
		return err;
	}
	WRITE_ONCE(func->route, target->route);
	return 0;
}

void kpc_target_drop(struct kpc_node *node)
{
	struct kpc_target *target = node->target;

	if (!target)
		return;
	list_del_rcu(&node->link);
	node->target = NULL;

	if (list_empty(&target->nodes)) {
		target->route->detach(target);
		list_move(&target->link, &target_dead);
		return;
	}
	/* The module holds a trampoline that is still called: it must stay for ever. */
	if (WARN_ON(target_aim(target) < 0))
		__module_get(node->func->patch->info->mod);
}

/*
 * The first is for tasks that lost the CPU in a trampoline, or behind one with a function's entry as
 * return address; the second for what RCU does not see, such as idle tasks, and for NMIs.
 */
void kpc_targets_wait(void)
{
	struct kpc_target *target, *next;

	synchronize_rcu_tasks();
	synchronize_rcu_tasks_rude();

	list_for_each_entry_safe(target, next, &target_dead, link) {
		list_del(&target->link);
		kfree(target);
	}
}

struct kpc_func *kpc_target_next(const struct kpc_target *target)
{
	struct kpc_node *node;

	list_for_each_entry(node, &target->nodes, link)
		if (node->layer->next)
			return node->func;
	return NULL;
}
