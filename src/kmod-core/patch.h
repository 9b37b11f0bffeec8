/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Patches: what is known of each one, and its life from kpc_register() to kpc_unregister().
 */
#ifndef KPC_PATCH_H
#define KPC_PATCH_H

#include <linux/completion.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "kpatch.h"
#include "object.h"

#include "switch.h"

struct kpc_layer;
struct kpc_patch;
struct kpc_route;

/* Text, both ends included: the return address of a call that ends a function is its end. */
struct kpc_range {
	unsigned long start;
	unsigned long end;
};

/* A function and the parts of it that the compiler moved away as unlikely. */
#define KPC_OLD_RANGES_MAX 8

/* As much of a function's name as is kept where it may outlive its patch. */
#define KPC_NAME_SHOWN 128

/**
 * struct kpc_func - a function of a patch, resolved
 * @info:	what the patch says of it
 * @patch:	the patch
 * @object:	the object that it is in
 * @route:	how its calls are redirected; NULL while they are not
 * @addr:	the function's symbol; 0 while its object is not there, and then all below but @new and
 *		@kobj means nothing
 * @ftrace_ip:	what ftrace knows it by: not the symbol's address where landing pads are built in
 * @entry:	from the symbol to behind the call to ftrace: a task here, or with a return address
 *		here, may have been sent to either function and not have arrived yet
 * @old:	where the old function's code is
 * @nr_old:	number of entries in @old
 * @new:	where the new function's code is
 * @trampoline:	where its trampoline is
 * @trampoline_target: what that asks about
 * @kobj:	its folder in sysfs
 */
struct kpc_func {
	const struct kpc_func_info *info;
	struct kpc_patch *patch;
	struct kpc_object *object;
	const struct kpc_route *route;
	unsigned long addr;
	unsigned long ftrace_ip;
	struct kpc_range entry;
	struct kpc_range old[KPC_OLD_RANGES_MAX];
	unsigned int nr_old;
	struct kpc_range new;
	struct kpc_range trampoline;
	struct kpc_target **trampoline_target;
	struct kobject kobj;
};

/**
 * struct kpc_patch - a registered patch
 *
 * All under kpc_patch_lock, but flags may be read without.
 *
 * @link:	in the list of patches; kpc_patch_lock
 * @info:	what the module says
 * @applied:	whether it is wanted, and was switched so
 * @gone:	unregistered, and no longer to be switched
 * @complete:	it is applied, and every task has come to it
 * @strict:	its policy
 * @forced:	a transition of it, or over it, was forced
 * @superseded:	it was taken back for one that replaces it
 * @layer:	its application, while it is applied
 * @nr_dying:	applications that were taken back and that tasks may still see
 * @nr_retired:	of these, how many are gone and not counted down yet
 * @pause:	figures of its own switches; see kpc_switch_stats_of()
 * @kobj:	its folder in sysfs
 * @kobjs:	its kobjects that still exist, and one for kpc_sysfs_add()
 * @kobjs_gone:	completed with the last of them
 * @nr_objects:	number of entries in @objects
 * @objects:	the objects that its tables name
 * @funcs:	info->nr_funcs functions
 */
struct kpc_patch {
	struct list_head link;
	struct kpc_patch_info *info;
	bool applied;
	bool complete;
	bool gone;
	bool strict;
	bool forced;
	bool superseded;
	struct kpc_layer *layer;
	unsigned int nr_dying;
	unsigned int nr_retired;
	struct kpc_pause pause;

	struct kobject kobj;
	atomic_t kobjs;
	struct completion kobjs_gone;

	unsigned int nr_objects;
	struct kpc_object *objects;
	struct kpc_func funcs[];
};

#define kpc_for_each_func(_patch, _func) \
	for (_func = (_patch)->funcs; _func < (_patch)->funcs + (_patch)->info->nr_funcs; _func++)

/* Those of one object. */
#define kpc_for_each_func_of(_object, _func) \
	kpc_for_each_func((_object)->patch, _func) \
		if (_func->object != (_object)) { \
		} else

#define kpc_for_each_object(_patch, _object) \
	for (_object = (_patch)->objects; _object < (_patch)->objects + (_patch)->nr_objects; \
	     _object++)

#define kpc_for_each_extern(_patch, _extern) \
	for (_extern = (_patch)->info->externs; _extern && _extern->name; _extern++)

static inline const char *kpc_patch_name(const struct kpc_patch *patch)
{
	return patch->info->mod->name;
}

/* Whether tasks can see an application of it, present or past: its functions are attached. */
static inline bool kpc_patch_is_seen(const struct kpc_patch *patch)
{
	return patch->layer || patch->nr_dying;
}

/* Serialises everything that registers, forgets or switches a patch, and modules that come and go. */
extern struct mutex kpc_patch_lock;

/* All patches, in the order of their registration; kpc_patch_lock. */
extern struct list_head kpc_patches;

/* For sysfs: applies the patch or takes it back; success where it is so already. */
int kpc_patch_set(struct kpc_patch *patch, bool on);

/* For sysfs: ends its transition, if there is one. */
int kpc_patch_force(struct kpc_patch *patch);

/* A word for what it is. */
const char *kpc_patch_state(const struct kpc_patch *patch);

#endif
