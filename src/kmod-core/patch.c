// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "patch.h"

#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/panic.h>
#include <linux/slab.h>

#include "callback.h"
#include "info.h"
#include "report.h"
#include "route.h"
#include "state.h"
#include "switch.h"
#include "symbol.h"
#include "sysfs.h"

DEFINE_MUTEX(kpc_patch_lock);
LIST_HEAD(kpc_patches);

static struct kpc_patch *patch_find(const struct kpc_patch_info *info)
{
	struct kpc_patch *patch;

	list_for_each_entry(patch, &kpc_patches, link)
		if (patch->info == info)
			return patch;
	return NULL;
}

/* The applied patch that already replaces one of @patch's functions, stored in @ret_func. */
static struct kpc_patch *patch_find_rival(struct kpc_patch *patch, struct kpc_func **ret_func)
{
	struct kpc_func *func, *theirs;
	struct kpc_patch *other;

	list_for_each_entry(other, &kpc_patches, link) {
		if (other == patch || !other->applied)
			continue;
		kpc_for_each_func(patch, func) {
			kpc_for_each_func(other, theirs) {
				if (func->addr && func->addr == theirs->addr) {
					*ret_func = func;
					return other;
				}
			}
		}
	}
	return NULL;
}

static int patch_attach(struct kpc_patch *patch)
{
	struct kpc_object *object;
	int err;

	kpc_for_each_object(patch, object) {
		err = kpc_routes_attach(object);
		if (err < 0)
			return err;
	}
	return 0;
}

static void patch_detach(struct kpc_patch *patch)
{
	struct kpc_object *object;

	kpc_for_each_object(patch, object)
		kpc_routes_detach(object);
}

/* What a patch is refused for before anything is touched. */
static int patch_check_others(struct kpc_patch *patch)
{
	struct kpc_patch *rival;
	struct kpc_func *func;

	rival = patch_find_rival(patch, &func);
	if (rival)
		return kpc_refuse(kpc_patch_name(patch), -EALREADY,
				  "%s is already replaced by patch %s", func->info->name,
				  kpc_patch_name(rival));
	return kpc_state_check(patch);
}

static int patch_enable(struct kpc_patch *patch)
{
	const char *name = kpc_patch_name(patch);
	int err;

	/* Pinned while applied. Fails only for a module that is on its way out. */
	if (!try_module_get(patch->info->mod))
		return kpc_refuse(name, -ENODEV, "the module is being unloaded");

	err = kpc_objects_find_all(patch);
	if (err < 0)
		goto put_module;

	err = patch_check_others(patch);
	if (err < 0)
		goto forget;

	/* Attached and switched off, functions behave as before. */
	err = patch_attach(patch);
	if (err < 0)
		goto detach;

	err = kpc_callbacks_pre_patch(patch);
	if (err < 0)
		goto detach;

	err = kpc_switch(patch, true, NULL);
	if (err < 0)
		goto post_unpatch;

	WRITE_ONCE(patch->applied, true);
	add_taint(TAINT_LIVEPATCH, LOCKDEP_STILL_OK);
	kpc_callbacks_post_patch(patch);
	kpc_report_clear(name);
	pr_notice("%s: applied, %u function%s\n", name, patch->info->nr_funcs,
		  patch->info->nr_funcs == 1 ? "" : "s");
	return 0;

post_unpatch:
	kpc_callbacks_post_unpatch(patch);
detach:
	patch_detach(patch);
forget:
	kpc_objects_forget(patch);
put_module:
	module_put(patch->info->mod);
	return err;
}

/* @self: a task that may be in the module's code other than the new functions; NULL if none may */
static int patch_disable(struct kpc_patch *patch, struct task_struct *self)
{
	int err;

	kpc_callbacks_pre_unpatch(patch);
	err = kpc_switch(patch, false, self);
	if (err < 0) {
		/* Still there: what pre-unpatch did is undone by what is called after a patch. */
		kpc_callbacks_post_patch(patch);
		return err;
	}

	WRITE_ONCE(patch->applied, false);
	/* Waits until no task is on its way into the module. */
	patch_detach(patch);
	kpc_callbacks_post_unpatch(patch);
	kpc_objects_forget(patch);
	kpc_report_clear(kpc_patch_name(patch));
	pr_notice("%s: taken back\n", kpc_patch_name(patch));
	module_put(patch->info->mod);
	return 0;
}

int kpc_patch_set(struct kpc_patch *patch, bool on)
{
	int err = 0;

	mutex_lock(&kpc_patch_lock);
	if (patch->gone)
		err = -ENODEV;
	else if (patch->applied != on)
		err = on ? patch_enable(patch) : patch_disable(patch, NULL);
	mutex_unlock(&kpc_patch_lock);
	return err;
}

static void patch_free(struct kpc_patch *patch)
{
	if (!patch)
		return;
	kpc_objects_free(patch);
	kvfree(patch);
}

static struct kpc_patch *patch_new(struct kpc_patch_info *info)
{
	struct kpc_patch *patch;

	patch = kvzalloc(struct_size(patch, funcs, info->nr_funcs), GFP_KERNEL);
	if (!patch)
		return NULL;

	INIT_LIST_HEAD(&patch->link);
	patch->info = info;
	return patch;
}

static int patch_register(struct kpc_patch *patch)
{
	int err;

	if (patch_find(patch->info))
		return kpc_refuse(kpc_patch_name(patch), -EEXIST, "registered already");

	err = kpc_objects_new(patch);
	if (err < 0)
		return err;

	err = kpc_state_check_table(patch);
	if (err < 0)
		return err;

	err = kpc_symbol_check_table(patch);
	if (err < 0)
		return err;

	/* Before the patch is applied: nothing that can fail may follow that. */
	err = kpc_sysfs_add(patch);
	if (err < 0)
		return err;

	list_add_tail(&patch->link, &kpc_patches);
	err = patch_enable(patch);
	if (err < 0) {
		list_del_init(&patch->link);
		patch->gone = true;
	}
	return err;
}

int kpc_register(struct kpc_patch_info *info)
{
	struct kpc_patch *patch;
	int err;

	err = kpc_info_check(info);
	if (err < 0)
		return err;

	patch = patch_new(info);
	if (!patch)
		return kpc_refuse(info->mod->name, -ENOMEM, "out of memory");

	mutex_lock(&kpc_patch_lock);
	err = patch_register(patch);
	mutex_unlock(&kpc_patch_lock);

	if (err < 0) {
		/* Without the lock: waits for writers of sysfs files, who take it. */
		kpc_sysfs_remove(patch);
		patch_free(patch);
	}
	return err;
}
EXPORT_SYMBOL_GPL(kpc_register);

/*
 * The module's text is freed as soon as its exit returns. An applied patch can only come here when
 * someone forces the module out, and then has to wait for as long as a task is in its functions.
 */
static void patch_disable_at_last(struct kpc_patch *patch)
{
	bool said = false;

	while (patch_disable(patch, current) < 0) {
		if (!said)
			pr_err("%s: being removed while in use; waiting until it is not\n",
			       kpc_patch_name(patch));
		said = true;
		kpc_switch_pause();
	}
}

void kpc_unregister(struct kpc_patch_info *info)
{
	struct kpc_patch *patch;

	mutex_lock(&kpc_patch_lock);
	patch = patch_find(info);
	if (patch) {
		if (patch->applied)
			patch_disable_at_last(patch);
		list_del_init(&patch->link);
		patch->gone = true;
	}
	mutex_unlock(&kpc_patch_lock);

	if (WARN_ON(!patch))
		return;

	kpc_sysfs_remove(patch);
	patch_free(patch);
}
EXPORT_SYMBOL_GPL(kpc_unregister);

/* Trampolines are not attached to anything yet. */
unsigned long kpc_dispatch(struct kpc_target *target, unsigned long *stack)
{
	return 0;
}
EXPORT_SYMBOL_GPL(kpc_dispatch);
