// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "sysfs.h"

#include <linux/kobject.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "patch.h"
#include "report.h"
#include "route.h"
#include "switch.h"

/* A set, so that there are uevents for its members. */
static struct kset *sysfs_root;

static ssize_t route_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	const struct kpc_route *route = READ_ONCE(container_of(kobj, struct kpc_func, kobj)->route);

	return sysfs_emit(buf, "%s\n", route ? route->name : "none");
}

static struct kobj_attribute route_attr = __ATTR_RO(route);

static struct attribute *func_attrs[] = {
	&route_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(func);

static ssize_t object_state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return kpc_object_show_state(container_of(kobj, struct kpc_object, kobj), buf);
}

static struct kobj_attribute object_state_attr = __ATTR(state, 0444, object_state_show, NULL);

static struct attribute *object_attrs[] = {
	&object_state_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(object);

static ssize_t last_error_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return kpc_report_show(buf);
}

static ssize_t pause_last_us_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", div_u64(kpc_switch_stats().last_ns, 1000));
}

static ssize_t pause_max_us_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", div_u64(kpc_switch_stats().max_ns, 1000));
}

static ssize_t pause_tasks_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", kpc_switch_stats().tasks);
}

static ssize_t pause_tries_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", kpc_switch_stats().tries);
}

static struct kobj_attribute last_error_attr = __ATTR_RO(last_error);
static struct kobj_attribute pause_last_us_attr = __ATTR_RO(pause_last_us);
static struct kobj_attribute pause_max_us_attr = __ATTR_RO(pause_max_us);
static struct kobj_attribute pause_tasks_attr = __ATTR_RO(pause_tasks);
static struct kobj_attribute pause_tries_attr = __ATTR_RO(pause_tries);

/* clang-format off */
static struct attribute *root_attrs[] = {
	&last_error_attr.attr,
	&pause_last_us_attr.attr,
	&pause_max_us_attr.attr,
	&pause_tasks_attr.attr,
	&pause_tries_attr.attr,
	NULL,
};
/* clang-format on */
ATTRIBUTE_GROUPS(root);

/* The folders are embedded in the patch, which is freed when the last of them has been released. */
static void patch_put_kobj(struct kpc_patch *patch)
{
	if (atomic_dec_and_test(&patch->kobjs))
		complete(&patch->kobjs_gone);
}

static void patch_release(struct kobject *kobj)
{
	patch_put_kobj(container_of(kobj, struct kpc_patch, kobj));
}

static void object_release(struct kobject *kobj)
{
	patch_put_kobj(container_of(kobj, struct kpc_object, kobj)->patch);
}

static void func_release(struct kobject *kobj)
{
	patch_put_kobj(container_of(kobj, struct kpc_func, kobj)->patch);
}

static const struct kobj_type patch_type = {
	.release = patch_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = kpc_sysfs_patch_groups,
};

static const struct kobj_type object_type = {
	.release = object_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = object_groups,
};

static const struct kobj_type func_type = {
	.release = func_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = func_groups,
};

static int sysfs_add_all(struct kpc_patch *patch)
{
	struct kpc_func *func;
	unsigned int i;
	int err;

	atomic_inc(&patch->kobjs);
	patch->kobj.kset = sysfs_root;
	err = kobject_init_and_add(&patch->kobj, &patch_type, NULL, "%s", kpc_patch_name(patch));
	for (i = 0; !err && i < patch->nr_objects; i++) {
		atomic_inc(&patch->kobjs);
		err = kobject_init_and_add(&patch->objects[i].kobj, &object_type, &patch->kobj,
					   "%s", patch->objects[i].name);
	}
	for (func = patch->funcs; !err && func < patch->funcs + patch->info->nr_funcs; func++) {
		atomic_inc(&patch->kobjs);
		err = kobject_init_and_add(&func->kobj, &func_type, &func->object->kobj, "%s,%u",
					   func->info->name, func->info->sympos);
	}
	/* The whole tree is there when somebody is told of it. */
	if (!err)
		kobject_uevent(&patch->kobj, KOBJ_ADD);
	return err;
}

int kpc_sysfs_add(struct kpc_patch *patch)
{
	int err;

	init_completion(&patch->kobjs_gone);
	atomic_set(&patch->kobjs, 1);

	err = sysfs_add_all(patch);
	if (err < 0)
		return kpc_refuse(kpc_patch_name(patch), err, "cannot be shown in sysfs (error %d)",
				  err);
	return 0;
}

/* The only reference there is: putting it removes the folder and waits for calls into its files. */
static void folder_put(struct kobject *kobj)
{
	if (kobj->state_initialized)
		kobject_put(kobj);
}

void kpc_sysfs_remove(struct kpc_patch *patch)
{
	struct kpc_func *func;
	unsigned int i;

	/* Never got as far as kpc_sysfs_add(). */
	if (!atomic_read(&patch->kobjs))
		return;

	kpc_for_each_func(patch, func)
		folder_put(&func->kobj);
	for (i = 0; i < patch->nr_objects; i++)
		folder_put(&patch->objects[i].kobj);
	folder_put(&patch->kobj);

	patch_put_kobj(patch);
	wait_for_completion(&patch->kobjs_gone);
}

int kpc_sysfs_init(void)
{
	int err;

	sysfs_root = kset_create_and_add("kpatch", NULL, kernel_kobj);
	if (!sysfs_root)
		return -ENOMEM;

	err = sysfs_create_groups(&sysfs_root->kobj, root_groups);
	if (err < 0)
		kset_unregister(sysfs_root);
	return err;
}

void kpc_sysfs_exit(void)
{
	kset_unregister(sysfs_root);
}
