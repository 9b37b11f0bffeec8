// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "info.h"

#include <linux/module.h>
#include <linux/string.h>

#include "buildid.h"
#include "kpatch.h"
#include "report.h"

/* A module that was not made with the kit keeps to none of what the kit promises. */
static bool info_has_note(const struct kpc_patch_info *info)
{
	const struct kpc_note *note = info->note;

	return within_module_core((unsigned long)note, info->mod) &&
	       note->namesz == sizeof(KPC_NOTE_NAME) && note->descsz == sizeof(note->abi) &&
	       note->type == KPC_NOTE_TYPE &&
	       !memcmp(note->name, KPC_NOTE_NAME, sizeof(KPC_NOTE_NAME)) && note->abi == info->abi;
}

static const char *info_policy(const struct kpc_patch_info *info)
{
	if (info->policy_param && *info->policy_param)
		return *info->policy_param;
	return info->policy ?: "gradual";
}

bool kpc_policy_is_known(const char *policy)
{
	return sysfs_streq(policy, "strict") || sysfs_streq(policy, "gradual");
}

bool kpc_info_is_strict(const struct kpc_patch_info *info)
{
	return sysfs_streq(info_policy(info), "strict");
}

int kpc_info_check(const struct kpc_patch_info *info)
{
	if (!info || !info->mod)
		return kpc_refuse("kpc_register", -EINVAL, "called without a patch");
	if (info->abi != KPC_ABI)
		return kpc_refuse(info->mod->name, -EINVAL,
				  "built for version %u of the interface, this is %u", info->abi,
				  KPC_ABI);
	if (!info_has_note(info))
		return kpc_refuse(info->mod->name, -EINVAL, "the note of the patch kit is missing");
	if (!info->nr_funcs || !info->funcs || !info->trampolines || !info->build_id ||
	    !info->checksum || !info->on)
		return kpc_refuse(info->mod->name, -EINVAL,
				  "the table of functions is not complete");
	if (info->nr_funcs > KPC_FUNCS_MAX)
		return kpc_refuse(info->mod->name, -E2BIG, "%u functions, at most %u are allowed",
				  info->nr_funcs, KPC_FUNCS_MAX);
	if (!kpc_policy_is_known(info_policy(info)))
		return kpc_refuse(info->mod->name, -EINVAL,
				  "%.32s is no policy; there are strict and gradual",
				  info_policy(info));
	if (strcmp(info->build_id, kpc_buildid()))
		return kpc_refuse(info->mod->name, -EXDEV,
				  "made for the kernel with build-id %.64s, this one is %s",
				  info->build_id, kpc_buildid());
	return 0;
}
