// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "patch.h"

#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/panic.h>
#include <linux/slab.h>

#include "buildid.h"
#include "report.h"
#include "route.h"
#include "switch.h"
#include "symbol.h"
#include "sysfs.h"

/* Serialises everything that registers, forgets or switches a patch. */
static DEFINE_MUTEX(kpc_patch_lock);
static LIST_HEAD(kpc_patches);

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
				if (func->addr == theirs->addr) {
					*ret_func = func;
					return other;
				}
			}
		}
	}
	return NULL;
}

static int patch_enable(struct kpc_patch *patch)
{
	const char *name = kpc_patch_name(patch);
	struct kpc_patch *rival;
	struct kpc_func *func;
	int err;

	rival = patch_find_rival(patch, &func);
	if (rival)
		return kpc_refuse(name, -EALREADY, "%s is already replaced by patch %s",
				  func->info->name, kpc_patch_name(rival));

	/* Pinned while applied. Fails only for a module that is on its way out. */
	if (!try_module_get(patch->info->mod))
		return kpc_refuse(name, -ENODEV, "the module is being unloaded");

	/* Attached and switched off, functions behave as before. */
	err = kpc_routes_attach(patch);
	if (err < 0)
		goto put_module;

	err = kpc_switch(patch, true, NULL);
	if (err < 0)
		goto detach;

	WRITE_ONCE(patch->applied, true);
	add_taint(TAINT_LIVEPATCH, LOCKDEP_STILL_OK);
	kpc_report_clear(name);
	pr_notice("%s: applied, %u function%s\n", name, patch->info->nr_funcs,
		  patch->info->nr_funcs == 1 ? "" : "s");
	return 0;

detach:
	kpc_routes_detach(patch);
put_module:
	module_put(patch->info->mod);
	return err;
}

/* @self: a task that may be in the module's code other than the new functions; NULL if none may */
static int patch_disable(struct kpc_patch *patch, struct task_struct *self)
{
	int err;

	err = kpc_switch(patch, false, self);
	if (err < 0)
		return err;

	WRITE_ONCE(patch->applied, false);
	/* Waits until no task is on its way into the module. */
	kpc_routes_detach(patch);
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
	kfree(patch->objects);
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

/* A module that was not made with the kit keeps to none of what the kit promises. */
static bool patch_has_note(const struct kpc_patch_info *info)
{
	const struct kpc_note *note = info->note;

	return within_module_core((unsigned long)note, info->mod) &&
	       note->namesz == sizeof(KPC_NOTE_NAME) && note->descsz == sizeof(note->abi) &&
	       note->type == KPC_NOTE_TYPE &&
	       !memcmp(note->name, KPC_NOTE_NAME, sizeof(KPC_NOTE_NAME)) && note->abi == info->abi;
}

/* Nothing else of the description is believed before this. */
static int patch_check_info(const struct kpc_patch_info *info)
{
	if (!info || !info->mod)
		return kpc_refuse("kpc_register", -EINVAL, "called without a patch");
	if (info->abi != KPC_ABI)
		return kpc_refuse(info->mod->name, -EINVAL,
				  "built for version %u of the interface, this is %u", info->abi,
				  KPC_ABI);
	if (!patch_has_note(info))
		return kpc_refuse(info->mod->name, -EINVAL, "the note of the patch kit is missing");
	if (!info->nr_funcs || !info->funcs || !info->build_id || !info->checksum || !info->on)
		return kpc_refuse(info->mod->name, -EINVAL,
				  "the table of functions is not complete");
	if (info->nr_funcs > KPC_FUNCS_MAX)
		return kpc_refuse(info->mod->name, -E2BIG, "%u functions, at most %u are allowed",
				  info->nr_funcs, KPC_FUNCS_MAX);
	if (info->replace)
		return kpc_refuse(info->mod->name, -EOPNOTSUPP,
				  "it takes the place of all others, which cannot be done yet");
	if (strcmp(info->build_id, kpc_buildid()))
		return kpc_refuse(info->mod->name, -EXDEV,
				  "made for the kernel with build-id %.64s, this one is %s",
				  info->build_id, kpc_buildid());
	return 0;
}

static int patch_register(struct kpc_patch *patch)
{
	int err;

	if (patch_find(patch->info))
		return kpc_refuse(kpc_patch_name(patch), -EEXIST, "registered already");

	err = kpc_symbol_resolve(patch);
	if (err < 0)
		return err;

	err = kpc_routes_choose(patch);
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

	err = patch_check_info(info);
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
