// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "module.h"

#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/preempt.h>
#include <linux/slab.h>

#include "callback.h"
#include "modsym.h"
#include "object.h"
#include "patch.h"
#include "report.h"
#include "target.h"

/* A module between the notifiers' being told that it is coming, and that it is there or is not. */
struct module_coming {
	struct list_head link;
	const struct module *mod;
};

/* Protected by kpc_patch_lock. */
static LIST_HEAD(module_list);

static struct module_coming *module_find_coming(const struct module *mod)
{
	struct module_coming *coming;

	list_for_each_entry(coming, &module_list, link)
		if (coming->mod == mod)
			return coming;
	return NULL;
}

static void module_forget_coming(const struct module *mod)
{
	struct module_coming *coming = module_find_coming(mod);

	if (coming)
		list_del(&coming->link);
	kfree(coming);
}

/*
 * One that is coming and that this was not told of may still be refused by somebody who is told
 * before, and nobody would say that to those behind. When this is told, it is patched.
 */
struct module *kpc_module_find(const char *name)
{
	struct module *mod;

	lockdep_assert_held(&kpc_patch_lock);
	/* One that is on its way out may be about to be freed; any other goes through the notifier first. */
	preempt_disable();
	mod = kpc_modsym_find(name);
	if (mod && READ_ONCE(mod->state) != MODULE_STATE_LIVE && !module_find_coming(mod))
		mod = NULL;
	preempt_enable();
	return mod;
}

/* Its exit runs, in which tasks may still be in its functions, or it is as good as gone. */
bool kpc_module_is_going(const char *name)
{
	const struct module *mod;
	bool going;

	/* It may be about to be freed. */
	preempt_disable();
	mod = kpc_modsym_find(name);
	going = mod && READ_ONCE(mod->state) == MODULE_STATE_GOING;
	preempt_enable();
	return going;
}

static int module_attach(struct kpc_object *object)
{
	int err;

	err = kpc_callback_pre_patch(object);
	if (err < 0)
		return err;

	err = kpc_object_attach(object);
	if (err < 0)
		kpc_callback_post_unpatch(object);
	return err;
}

static int module_patch(struct kpc_object *object)
{
	int err;

	err = kpc_object_find_in(object);
	/* Not there for the patch: it is skipped. */
	if (err < 0 || !object->mod)
		return err;

	err = module_attach(object);
	if (err < 0) {
		kpc_object_forget(object);
		return err;
	}

	/* A task that has not come to the patch yet may call the old functions of the module too. */
	if (object->patch->complete)
		kpc_callback_post_patch(object);
	pr_notice("%s: applied to %s, which is being loaded\n", kpc_patch_name(object->patch),
		  object->name);
	return 0;
}

static void module_unpatch(struct kpc_object *object)
{
	kpc_callback_pre_unpatch(object);
	kpc_object_detach(object);
	kpc_callback_post_unpatch(object);
	kpc_object_forget(object);
}

static void module_going(const struct module *mod)
{
	struct kpc_object *object;
	struct kpc_patch *patch;

	module_forget_coming(mod);

	list_for_each_entry_reverse(patch, &kpc_patches, link) {
		object = kpc_object_find(patch, mod->name);
		if (object && (object->mod == mod || object->skipped))
			module_unpatch(object);
	}
}

static int module_coming(const struct module *mod)
{
	struct module_coming *coming;
	struct kpc_object *object;
	struct kpc_patch *patch;
	int err;

	coming = kmalloc(sizeof(*coming), GFP_KERNEL);
	if (!coming)
		return -ENOMEM;
	coming->mod = mod;
	list_add(&coming->link, &module_list);

	list_for_each_entry(patch, &kpc_patches, link) {
		object = kpc_object_find(patch, mod->name);
		if (!object || !kpc_patch_is_seen(patch))
			continue;
		err = module_patch(object);
		/* A patch on its way out refuses nothing. */
		if (err < 0 && patch->applied) {
			pr_err("%s: so the module %s is refused\n", kpc_patch_name(patch),
			       mod->name);
			module_going(mod);
			return err;
		}
	}
	return 0;
}

/*
 * One that was being loaded when this module was, and that this was not told of: tasks may be in its
 * functions by now.
 */
static void module_live(const struct module *mod)
{
	struct kpc_object *object;
	struct kpc_patch *patch;

	if (module_find_coming(mod)) {
		module_forget_coming(mod);
		return;
	}

	list_for_each_entry(patch, &kpc_patches, link) {
		object = kpc_object_find(patch, mod->name);
		if (object && patch->applied && !object->mod && !object->skipped)
			pr_warn("%s: not applied to %s, which was being loaded at the same time as kpatch_core; reload it\n",
				kpc_patch_name(patch), mod->name);
	}
}

static int module_notify(struct notifier_block *nb, unsigned long action, void *data)
{
	const struct module *mod = data;
	int err = 0;

	mutex_lock(&kpc_patch_lock);
	if (action == MODULE_STATE_COMING)
		err = module_coming(mod);
	else if (action == MODULE_STATE_LIVE)
		module_live(mod);
	else if (action == MODULE_STATE_GOING)
		module_going(mod);
	mutex_unlock(&kpc_patch_lock);
	return notifier_from_errno(err);
}

static struct notifier_block module_notifier = {
	.notifier_call = module_notify,
};

int kpc_module_init(void)
{
	return register_module_notifier(&module_notifier);
}

void kpc_module_exit(void)
{
	unregister_module_notifier(&module_notifier);
}
