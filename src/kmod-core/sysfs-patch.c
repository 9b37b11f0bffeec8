// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kobject.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "info.h"
#include "patch.h"
#include "route.h"
#include "straggler.h"
#include "switch.h"
#include "sysfs.h"

static struct kpc_patch *patch_of(struct kobject *kobj)
{
	return container_of(kobj, struct kpc_patch, kobj);
}

static ssize_t enabled_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(patch_of(kobj)->applied));
}

static ssize_t enabled_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			     size_t count)
{
	bool on = sysfs_streq(buf, "1");
	int err;

	/* Nothing else that might mean yes or no: this changes the running kernel. */
	if (!on && !sysfs_streq(buf, "0"))
		return -EINVAL;

	err = kpc_patch_set(patch_of(kobj), on);
	return err < 0 ? err : count;
}

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", kpc_patch_state(patch_of(kobj)));
}

static ssize_t policy_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", READ_ONCE(patch_of(kobj)->strict) ? "strict" : "gradual");
}

/* Holds for the next switch. */
static ssize_t policy_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			    size_t count)
{
	if (!kpc_policy_is_known(buf))
		return -EINVAL;
	WRITE_ONCE(patch_of(kobj)->strict, sysfs_streq(buf, "strict"));
	return count;
}

/* One word for all functions that are attached. */
static ssize_t route_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct kpc_patch *patch = patch_of(kobj);
	const struct kpc_route *route, *first = NULL;
	struct kpc_func *func;

	kpc_for_each_func(patch, func) {
		route = READ_ONCE(func->route);
		if (route && first && route != first)
			return sysfs_emit(buf, "mixed\n");
		first = route ?: first;
	}
	return sysfs_emit(buf, "%s\n", first ? first->name : "none");
}

static ssize_t replace_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", !!patch_of(kobj)->info->replace);
}

static ssize_t forced_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(patch_of(kobj)->forced));
}

static ssize_t force_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			   size_t count)
{
	int err;

	if (!sysfs_streq(buf, "1"))
		return -EINVAL;

	err = kpc_patch_force(patch_of(kobj));
	return err < 0 ? err : count;
}

static ssize_t stragglers_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return kpc_stragglers_show(patch_of(kobj), buf);
}

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", patch_of(kobj)->info->mod->version ?: "");
}

static ssize_t build_id_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", patch_of(kobj)->info->build_id);
}

static ssize_t checksum_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", patch_of(kobj)->info->checksum);
}

static ssize_t srcversion_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", patch_of(kobj)->info->mod->srcversion ?: "");
}

static struct kpc_pause pause_of(struct kobject *kobj)
{
	return kpc_switch_stats_of(&patch_of(kobj)->pause);
}

static ssize_t pause_last_us_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", div_u64(pause_of(kobj).last_ns, 1000));
}

static ssize_t pause_max_us_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", div_u64(pause_of(kobj).max_ns, 1000));
}

static ssize_t pause_tasks_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", pause_of(kobj).tasks);
}

static ssize_t pause_tries_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", pause_of(kobj).tries);
}

static struct kobj_attribute enabled_attr = __ATTR_RW(enabled);
static struct kobj_attribute state_attr = __ATTR_RO(state);
static struct kobj_attribute policy_attr = __ATTR_RW(policy);
static struct kobj_attribute route_attr = __ATTR_RO(route);
static struct kobj_attribute replace_attr = __ATTR_RO(replace);
static struct kobj_attribute version_attr = __ATTR_RO(version);
static struct kobj_attribute build_id_attr = __ATTR_RO(build_id);
static struct kobj_attribute srcversion_attr = __ATTR_RO(srcversion);
static struct kobj_attribute checksum_attr = __ATTR_RO(checksum);
static struct kobj_attribute forced_attr = __ATTR_RO(forced);
static struct kobj_attribute force_attr = __ATTR_WO(force);
static struct kobj_attribute stragglers_attr = __ATTR_RO(stragglers);
static struct kobj_attribute pause_last_us_attr = __ATTR_RO(pause_last_us);
static struct kobj_attribute pause_max_us_attr = __ATTR_RO(pause_max_us);
static struct kobj_attribute pause_tasks_attr = __ATTR_RO(pause_tasks);
static struct kobj_attribute pause_tries_attr = __ATTR_RO(pause_tries);

/* clang-format off */
static struct attribute *patch_attrs[] = {
	&enabled_attr.attr,
	&state_attr.attr,
	&policy_attr.attr,
	&route_attr.attr,
	&replace_attr.attr,
	&version_attr.attr,
	&build_id_attr.attr,
	&srcversion_attr.attr,
	&checksum_attr.attr,
	&forced_attr.attr,
	&force_attr.attr,
	&stragglers_attr.attr,
	&pause_last_us_attr.attr,
	&pause_max_us_attr.attr,
	&pause_tasks_attr.attr,
	&pause_tries_attr.attr,
	NULL,
};
/* clang-format on */

static const struct attribute_group patch_group = {
	.attrs = patch_attrs,
};

const struct attribute_group *kpc_sysfs_patch_groups[] = {
	&patch_group,
	NULL,
};
