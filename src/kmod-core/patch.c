// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "patch.h"

#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "enable.h"
#include "info.h"
#include "report.h"
#include "state.h"
#include "switch.h"
#include "symbol.h"
#include "sysfs.h"
#include "transition.h"

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

int kpc_patch_set(struct kpc_patch *patch, bool on)
{
	int err = 0;

	mutex_lock(&kpc_patch_lock);
	if (patch->gone)
		err = -ENODEV;
	else if (patch->applied != on)
		err = on ? kpc_patch_enable(patch) : kpc_patch_disable(patch, patch->strict, NULL);
	mutex_unlock(&kpc_patch_lock);
	return err;
}

int kpc_patch_force(struct kpc_patch *patch)
{
	int err = 0;

	mutex_lock(&kpc_patch_lock);
	if (patch->gone)
		err = -ENODEV;
	else if (patch->nr_dying || (patch->layer && !patch->complete))
		kpc_transition_force(patch);
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
	patch->strict = kpc_info_is_strict(info);
	return patch;
}

static int patch_register(struct kpc_patch *patch)
{
	int err;

	if (patch_find(patch->info))
		return kpc_refuse(kpc_patch_name(patch), -EEXIST, "registered already");
	if (*patch->info->on)
		return kpc_refuse(kpc_patch_name(patch), -EINVAL, "its word is set already");

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
	err = kpc_patch_enable(patch);
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
 * The module's text is freed as soon as its exit returns. A patch that a task can see can only come
 * here when someone forces the module out, and then has to wait for as long as it takes.
 */
static void patch_disable_at_last(struct kpc_patch *patch)
{
	bool said = false;

	while (patch->layer ? kpc_patch_disable(patch, true, current) < 0 : patch->nr_dying) {
		if (!said)
			pr_err("%s: being removed while in use; waiting until it is not\n",
			       kpc_patch_name(patch));
		said = true;
		/* The worker, who sees to what was taken back, takes it too. */
		mutex_unlock(&kpc_patch_lock);
		kpc_switch_pause();
		mutex_lock(&kpc_patch_lock);
	}
}

void kpc_unregister(struct kpc_patch_info *info)
{
	struct kpc_patch *patch;

	mutex_lock(&kpc_patch_lock);
	patch = patch_find(info);
	if (patch) {
		patch->gone = true;
		patch_disable_at_last(patch);
		list_del_init(&patch->link);
	}
	mutex_unlock(&kpc_patch_lock);

	if (WARN_ON(!patch))
		return;

	kpc_sysfs_remove(patch);
	patch_free(patch);
}
EXPORT_SYMBOL_GPL(kpc_unregister);
