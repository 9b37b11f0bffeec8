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

struct kpc_route;
struct kpc_patch;

/* Text, both ends included: the return address of a call that ends a function is its end. */
struct kpc_range {
	unsigned long start;
	unsigned long end;
};

/* A function and the parts of it that the compiler moved away as unlikely. */
#define KPC_OLD_RANGES_MAX 8

/**
 * struct kpc_func - a function of a patch, resolved
 * @info:	what the patch says of it
 * @patch:	the patch
 * @object:	the object that it is in
 * @route:	how calls are redirected
 * @addr:	the function's symbol; 0 while its object is not there, and then all below but @new and
 *		@kobj means nothing
 * @ftrace_ip:	what ftrace knows it by: not the symbol's address where landing pads are built in
 * @entry:	from the symbol to behind the call to ftrace: a task here, or with a return address
 *		here, may have been sent to either function and not have arrived yet
 * @old:	where the old function's code is
 * @nr_old:	number of entries in @old
 * @new:	where the new function's code is
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
	struct kobject kobj;
};

/**
 * struct kpc_patch - a registered patch
 * @link:	in the list of patches; kpc_patch_lock
 * @info:	what the module says; info->on is stored with the machine stopped only
 * @applied:	whether calls go to the new functions; written under kpc_patch_lock, read without
 * @gone:	unregistered, and no longer to be switched; kpc_patch_lock
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
	bool gone;

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

/* Serialises everything that registers, forgets or switches a patch, and modules that come and go. */
extern struct mutex kpc_patch_lock;

/* All patches, in the order of their registration; kpc_patch_lock. */
extern struct list_head kpc_patches;

/* For sysfs: applies the patch or takes it back; success where it is so already. */
int kpc_patch_set(struct kpc_patch *patch, bool on);

#endif
