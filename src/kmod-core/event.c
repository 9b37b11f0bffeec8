// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "event.h"

#include <linux/kobject.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "patch.h"

#define EVENT_STATE_MAX 32

void kpc_event(struct kpc_patch *patch)
{
	char state[sizeof("PATCH_STATE=") + EVENT_STATE_MAX];
	char name[sizeof("PATCH_NAME=") + MODULE_NAME_LEN];
	char *env[] = { state, name, NULL };

	snprintf(state, sizeof(state), "PATCH_STATE=%s", kpc_patch_state(patch));
	snprintf(name, sizeof(name), "PATCH_NAME=%s", kpc_patch_name(patch));
	sysfs_notify(&patch->kobj, NULL, "state");
	sysfs_notify(&patch->kobj, NULL, "enabled");
	/* Without memory nobody is told; the files say it all the same. */
	kobject_uevent_env(&patch->kobj, KOBJ_CHANGE, env);
}
