// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * The classic route: an ftrace handler that changes where the function entry returns to.
 *
 * One ftrace_ops an object of a patch and not one a function: attaching and detaching then cost one pass each
 * over the kernel's call sites, and one wait, however many functions there are. They are registered
 * as a whole and never changed while registered, which is what tells BPF trampolines on the same
 * functions that they have to share (a filter that is changed later does not).
 */
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "compat.h"
#include "ksym.h"
#include "patch.h"
#include "report.h"
#include "route.h"

#define CLASSIC_TRIES 20
#define CLASSIC_TRIES_MS 10

struct classic_slot {
	unsigned long ip;
	unsigned long new;
};

/**
 * struct kpc_classic - an object's attachment
 * @ops:	its registration with ftrace
 * @on:		the patch's word
 * @bits:	there are 1 << @bits slots, at least half of them free
 * @slots:	open hash of what ftrace calls each function to its replacement; never changes while
 *		@ops is registered, so it is read without any lock
 */
struct kpc_classic {
	struct ftrace_ops ops;
	const unsigned int *on;
	unsigned int bits;
	struct classic_slot slots[];
};

static __always_inline struct classic_slot *classic_slot(struct kpc_classic *classic,
							 unsigned long ip)
{
	unsigned int mask = (1U << classic->bits) - 1;
	unsigned int i = hash_long(ip, classic->bits);

	while (classic->slots[i].ip != ip && classic->slots[i].ip)
		i = (i + 1) & mask;
	return &classic->slots[i];
}

/*
 * Runs in any context, NMI included. It calls nothing, so it cannot recurse and needs no guard
 * against that; a guard that turned a call away would send it to the old function. What it reads
 * lives until the wait in classic_detach(), which a task that is preempted in here holds up. Where
 * tracers share the function, ftrace calls them and this from a list that does have a guard: a call
 * of the function by one of those tracers, out of its handler, then stays with the old function, as
 * it does with the kernel's own livepatch.
 *
 * The word is stored while every CPU stands in stop_machine(), whose entry and exit order it
 * against everything before and after. A task that read it and has not reached a function yet still
 * has a return address in the function's entry, where the stack check finds it.
 */
static void notrace classic_handler(unsigned long ip, unsigned long parent_ip,
				    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct kpc_classic *classic = container_of(ops, struct kpc_classic, ops);
	struct classic_slot *slot;

	if (!READ_ONCE(*classic->on))
		return;

	slot = classic_slot(classic, ip);
	if (likely(slot->ip))
		kpc_ftrace_set_ip(fregs, slot->new);
}

static struct kpc_classic *classic_new(struct kpc_patch *patch, unsigned int nr)
{
	unsigned int bits = order_base_2(nr) + 1;
	struct kpc_classic *classic;

	classic = kvzalloc(struct_size(classic, slots, 1UL << bits), GFP_KERNEL);
	if (!classic)
		return NULL;

	classic->ops.func = classic_handler;
	classic->ops.flags = KPC_FTRACE_SAVE | FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_IPMODIFY |
			     FTRACE_OPS_FL_PERMANENT;
	classic->on = patch->info->on;
	classic->bits = bits;
	return classic;
}

static void classic_free(struct kpc_classic *classic)
{
	if (!classic)
		return;
	ftrace_free_filter(&classic->ops);
	kvfree(classic);
}

static int classic_add(struct kpc_classic *classic, const struct kpc_func *func)
{
	struct classic_slot *slot = classic_slot(classic, func->ftrace_ip);

	slot->ip = func->ftrace_ip;
	slot->new = func->new.start;
	return ftrace_set_filter_ip(&classic->ops, func->ftrace_ip, 0, 0);
}

static int classic_register(struct kpc_classic *classic, struct kpc_object *object)
{
	unsigned int tries = CLASSIC_TRIES;
	struct kpc_func *func;
	int err;

	kpc_for_each_func_of(object, func)
	{
		if (func->route != &kpc_route_classic)
			continue;
		err = classic_add(classic, func);
		if (err < 0)
			return err;
	}

	/* A BPF trampoline on one of the functions asks for another try while it is being changed. */
	while ((err = register_ftrace_function(&classic->ops)) == -EAGAIN && --tries)
		msleep(CLASSIC_TRIES_MS);
	return err;
}

/* Whether a function has an owner already, by trying to become that. */
static bool classic_is_owned(struct kpc_func *func)
{
	struct kpc_classic *probe;
	int err;

	probe = classic_new(func->patch, 1);
	if (!probe)
		return false;

	err = classic_add(probe, func);
	if (!err)
		err = register_ftrace_function(&probe->ops);
	if (!err)
		unregister_ftrace_function(&probe->ops);
	classic_free(probe);
	return err == -EBUSY;
}

/* ftrace only says that one of the functions has an owner. */
static const char *classic_find_owned(struct kpc_object *object)
{
	struct kpc_func *func;

	kpc_for_each_func_of(object, func) if (func->route == &kpc_route_classic &&
					       classic_is_owned(func)) return func->info->name;
	return "a function of the patch";
}

static int classic_refuse(struct kpc_object *object, int err)
{
	const char *name = kpc_patch_name(object->patch);

	if (!kpc_ksym_ftrace_enabled())
		return kpc_refuse(name, -ESHUTDOWN,
				  "function tracing is off (sysctl kernel.ftrace_enabled)");
	if (err == -ENOMEM)
		return kpc_refuse(name, err, "out of memory");
	if (err != -EBUSY)
		return kpc_refuse(name, -EOPNOTSUPP,
				  "ftrace refuses the patch's functions (error %d)", err);

	return kpc_refuse(name, -EADDRINUSE,
			  "%s is already redirected by something else, such as a kernel livepatch",
			  classic_find_owned(object));
}

static bool classic_can(const struct kpc_func *func)
{
	return func->ftrace_ip;
}

static unsigned int classic_count(struct kpc_object *object)
{
	struct kpc_func *func;
	unsigned int n = 0;

	kpc_for_each_func_of(object, func) n += func->route == &kpc_route_classic;
	return n;
}

static int classic_attach(struct kpc_object *object)
{
	unsigned int nr = classic_count(object);
	struct kpc_classic *classic;
	int err;

	if (!nr)
		return 0;

	classic = classic_new(object->patch, nr);
	if (!classic)
		return classic_refuse(object, -ENOMEM);

	err = classic_register(classic, object);
	if (err < 0) {
		classic_free(classic);
		return classic_refuse(object, err);
	}

	object->classic = classic;
	return 0;
}

static void classic_detach(struct kpc_object *object)
{
	struct kpc_classic *classic = object->classic;

	if (!classic)
		return;
	object->classic = NULL;

	/* Waits for tasks in the handler, in the trampoline, or between it and a function. */
	if (WARN_ON(unregister_ftrace_function(&classic->ops) < 0))
		return;
	classic_free(classic);
}

const struct kpc_route kpc_route_classic = {
	.name = "classic",
	.can = classic_can,
	.attach = classic_attach,
	.detach = classic_detach,
};
