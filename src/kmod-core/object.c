// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "object.h"

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "buildid.h"
#include "external.h"
#include "ksym.h"
#include "modsym.h"
#include "module.h"
#include "patch.h"
#include "report.h"
#include "symbol.h"

struct kpc_object *kpc_object_find(const struct kpc_patch *patch, const char *name)
{
	struct kpc_object *object;

	kpc_for_each_object(patch, object)
		if (!strcmp(object->name, name))
			return object;
	return NULL;
}

/* A name that a table of the patch has, with the build that it means. */
static int object_add(struct kpc_patch *patch, const char *name, const char *build_id)
{
	struct kpc_object *object, *larger;

	if (!name || !build_id || strnlen(name, MODULE_NAME_LEN) == MODULE_NAME_LEN)
		return kpc_refuse(kpc_patch_name(patch), -EINVAL,
				  "a table names an object without a name or a build-id");

	object = kpc_object_find(patch, name);
	if (object && strcmp(object->build_id, build_id))
		return kpc_refuse(kpc_patch_name(patch), -EINVAL,
				  "the tables are for different builds of %s", name);
	if (object)
		return 0;
	if (patch->nr_objects == KPC_OBJECTS_MAX)
		return kpc_refuse(kpc_patch_name(patch), -E2BIG, "more than %u objects",
				  KPC_OBJECTS_MAX);

	/* Nothing points at one before the list is complete. */
	larger = krealloc_array(patch->objects, patch->nr_objects + 1, sizeof(*larger),
				GFP_KERNEL | __GFP_ZERO);
	if (!larger)
		return kpc_refuse(kpc_patch_name(patch), -ENOMEM, "out of memory");
	patch->objects = larger;

	object = &larger[patch->nr_objects++];
	object->patch = patch;
	object->name = name;
	object->build_id = build_id;
	return 0;
}

static int object_add_info(struct kpc_patch *patch, const struct kpc_object_info *info)
{
	struct kpc_object *object;
	int err;

	/* Callbacks of the kernel itself make sense without any function of it. */
	if (!strcmp(info->name, "vmlinux")) {
		err = object_add(patch, info->name, patch->info->build_id);
		if (err < 0)
			return err;
	}

	object = kpc_object_find(patch, info->name);
	if (!object)
		return kpc_refuse(kpc_patch_name(patch), -EINVAL,
				  "has options for %s, which none of its tables names", info->name);
	if (object->info)
		return kpc_refuse(kpc_patch_name(patch), -EINVAL, "has options for %s twice",
				  info->name);
	if (info->optional && kpc_object_is_vmlinux(object))
		return kpc_refuse(kpc_patch_name(patch), -EINVAL, "vmlinux cannot be optional");

	object->info = info;
	return 0;
}

int kpc_objects_new(struct kpc_patch *patch)
{
	const struct kpc_object_info *object;
	const struct kpc_extern_info *extrn;
	const struct kpc_func_info *func;
	int err = 0;

	for (func = patch->info->funcs; !err && func < patch->info->funcs + patch->info->nr_funcs;
	     func++)
		err = object_add(patch, func->object, func->build_id);

	for (extrn = patch->info->externs; !err && extrn && extrn->name; extrn++)
		err = object_add(patch, extrn->object, extrn->build_id);

	for (object = patch->info->objects; !err && object && object->name; object++)
		err = object_add_info(patch, object);
	return err;
}

static void object_unskip(struct kpc_object *object)
{
	kfree(object->skipped);
	object->skipped = NULL;
}

void kpc_objects_free(struct kpc_patch *patch)
{
	struct kpc_object *object;

	kpc_for_each_object(patch, object)
		object_unskip(object);
	kfree(patch->objects);
}

/* Sets @object->mod if the module is there and is the right build. */
static int object_look(struct kpc_object *object)
{
	struct kpc_buildid has;
	struct module *mod;
	int err;

	if (kpc_object_is_vmlinux(object))
		return 0;

	mod = kpc_module_find(object->name);
	if (!mod)
		return 0;

	err = kpc_buildid_check_module(mod, object->build_id, &has);
	if (err < 0)
		return kpc_refuse(kpc_patch_name(object->patch), err,
				  "made for the module %s with build-id %.64s, this one %s%s",
				  object->name, object->build_id, has.hex[0] ? "is " : "has none",
				  has.hex);
	object->mod = mod;
	return 0;
}

static int object_find_symbols(struct kpc_object *object)
{
	if (!kpc_object_is_there(object))
		return 0;

	return kpc_symbol_resolve(object);
}

/* The patch's author lets the patch do without it. */
static void object_skip(struct kpc_object *object)
{
	kpc_object_forget(object);
	object->skipped = kpc_report_take(kpc_patch_name(object->patch));
	pr_warn("%s: goes without %s\n", kpc_patch_name(object->patch), object->name);
}

static bool object_is_optional(const struct kpc_object *object)
{
	return object->info && object->info->optional;
}

int kpc_object_find_in(struct kpc_object *object)
{
	int err;

	kpc_object_forget(object);
	err = object_look(object);
	if (!err)
		err = object_find_symbols(object);
	if (!err && kpc_object_is_there(object))
		err = kpc_external_bind(object->patch, object);
	if (err < 0 && object_is_optional(object)) {
		object_skip(object);
		return 0;
	}
	if (err < 0)
		kpc_object_forget(object);
	return err;
}

/*
 * Of a module whose exit runs the functions are not replaced any more, and stacks are not searched for
 * them; tasks that are in them still would mix them with the rest of the patch.
 */
static int object_check_going(const struct kpc_object *object)
{
	if (kpc_object_is_vmlinux(object) || !kpc_module_is_going(object->name))
		return 0;

	return kpc_refuse(kpc_patch_name(object->patch), -EBUSY,
			  "the module %s is being removed; nothing was changed", object->name);
}

int kpc_objects_find_all(struct kpc_patch *patch)
{
	struct kpc_object *object;
	int err = 0;

	kpc_for_each_object(patch, object) {
		err = object_check_going(object);
		if (err < 0)
			break;
		if (object_is_optional(object)) {
			kpc_object_find_in(object);
			continue;
		}
		err = object_look(object);
		if (!err)
			err = object_find_symbols(object);
		if (err < 0)
			break;
	}

	/* All in one go, so that all that is missing is named in one sentence. */
	if (!err)
		err = kpc_external_bind(patch, NULL);
	if (err < 0)
		kpc_objects_forget(patch);
	return err;
}

void kpc_object_forget(struct kpc_object *object)
{
	if (kpc_object_is_vmlinux(object))
		return;
	kpc_external_unbind(object->patch, object);
	kpc_symbol_forget(object);
	object->mod = NULL;
	object_unskip(object);
}

void kpc_objects_forget(struct kpc_patch *patch)
{
	struct kpc_object *object;

	kpc_for_each_object(patch, object)
		kpc_object_forget(object);
}

int kpc_object_each_symbol(const struct kpc_object *object, const char *name,
			   int (*fn)(void *data, unsigned long addr), void *data)
{
	if (object->mod)
		return kpc_modsym_each(object->mod, name, fn, data);
	return kpc_ksym_each(name, fn, data);
}

bool kpc_object_is_init(const struct kpc_object *object, unsigned long addr)
{
	if (object->mod)
		return within_module_init(addr, object->mod);
	return addr >= kpc_ksym_lookup("__init_begin") && addr < kpc_ksym_lookup("__init_end");
}

ssize_t kpc_object_show_state(const struct kpc_object *object, char *page)
{
	ssize_t n;

	mutex_lock(&kpc_patch_lock);
	if (object->skipped)
		n = sysfs_emit(page, "skipped: %s\n", object->skipped);
	else if (object->attached)
		n = sysfs_emit(page, "patched\n");
	else if (object->patch->applied)
		n = sysfs_emit(page, "waiting\n");
	else
		n = sysfs_emit(page, "disabled\n");
	mutex_unlock(&kpc_patch_lock);
	return n;
}
