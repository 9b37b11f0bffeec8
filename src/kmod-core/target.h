/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that are replaced, each with the stack of its replacements.
 *
 * What a call gets depends on the epoch that its task is in: the newest replacement whose layer is
 * visible at that epoch, or else the function itself. A layer is one application of one patch.
 */
#ifndef KPC_TARGET_H
#define KPC_TARGET_H

#include <linux/ftrace.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/types.h>

#include "patch.h"

struct kpc_route;

#define KPC_EPOCH_NEVER ULONG_MAX

/**
 * struct kpc_node - a replacement in the stack of a target
 * @link:	in kpc_target.nodes; changed under kpc_patch_lock, read by kpc_dispatch() without
 * @target:	NULL while not in a stack: the function's object is not there
 */
struct kpc_node {
	struct list_head link;
	struct kpc_layer *layer;
	struct kpc_func *func;
	struct kpc_target *target;
};

/**
 * struct kpc_layer - a patch, from one application of it until that is taken back
 * @link:	in kpc_layers, the newest first
 * @seq:	grows with each layer: the order in the stacks
 * @from:	the first epoch at which it is visible
 * @until:	the first at which it is not any more
 * @next:	whether it is visible after the switch that is being prepared; at other times, now
 * @nodes:	for each function of the patch
 *
 * All under kpc_patch_lock; @from and @until are written with the machine stopped, and read by
 * kpc_dispatch() without a lock.
 */
struct kpc_layer {
	struct list_head link;
	struct kpc_patch *patch;
	unsigned long seq;
	unsigned long from;
	unsigned long until;
	bool next;
	struct kpc_node nodes[];
};

/**
 * struct kpc_target - a function that is replaced
 * @link:	in kpc_targets
 * @nodes:	its replacements, the newest first
 * @route:	how its calls come to kpc_dispatch()
 * @ops:	of ftrace, for the route
 * @trampoline:	what the direct route calls
 * @name:	for people, cut if it is very long
 * @addr:	its symbol
 * @ftrace_ip:	what ftrace knows it by
 * @entry:	see struct kpc_func
 * @old:	where its own code is
 * @nr_old:	number of entries in @old
 */
struct kpc_target {
	struct list_head link;
	struct list_head nodes;
	const struct kpc_route *route;
	struct ftrace_ops ops;
	unsigned long trampoline;
	char name[KPC_NAME_SHOWN];
	unsigned long addr;
	unsigned long ftrace_ip;
	struct kpc_range entry;
	struct kpc_range old[KPC_OLD_RANGES_MAX];
	unsigned int nr_old;
};

/* All targets, all layers that can be visible to some task; kpc_patch_lock. */
extern struct list_head kpc_targets;
extern struct list_head kpc_layers;

static inline bool kpc_layer_is_visible(const struct kpc_layer *layer, unsigned long epoch)
{
	return READ_ONCE(layer->from) <= epoch && epoch < READ_ONCE(layer->until);
}

/**
 * kpc_layer_new() - prepare to apply a patch
 *
 * Every function of the objects that are there is attached; as long as the layer is not visible
 * that changes no behaviour.
 *
 * Return: 0; -ENOMEM, -EADDRINUSE, -ESHUTDOWN or -EOPNOTSUPP, reported, and then nothing is attached.
 */
int kpc_layer_new(struct kpc_patch *patch, struct kpc_layer **ret_layer);

/* Takes layers that no task can see out of every stack, waits until none is on its way, frees them. */
void kpc_layers_free(struct list_head *layers);

/**
 * kpc_object_attach() - an object of an applied patch is there now
 *
 * For a module that is being loaded: nobody is in its functions, so no switch is needed. Every
 * layer of the patch gets them.
 *
 * Return: as kpc_layer_new(). Nothing is done for an object that is not there.
 */
int kpc_object_attach(struct kpc_object *object);

/* For a module that goes. Returns when no task is on its way; nothing is done if not attached. */
void kpc_object_detach(struct kpc_object *object);

/* The replacement that tasks at an epoch get; NULL: the function itself. */
struct kpc_func *kpc_target_at(const struct kpc_target *target, unsigned long epoch);

/* The same after the switch that is being prepared. */
struct kpc_func *kpc_target_next(const struct kpc_target *target);

#endif
