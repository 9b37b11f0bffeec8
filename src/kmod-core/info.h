/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPC_INFO_H
#define KPC_INFO_H

#include <linux/types.h>

struct kpc_patch_info;

/**
 * kpc_info_check() - whether what a module hands in is a patch, and one for this kernel
 *
 * Nothing else of the description is believed before this.
 *
 * Return: 0; -EINVAL, -E2BIG or -EXDEV, reported.
 */
int kpc_info_check(const struct kpc_patch_info *info);

/* What the module's command line says, or else the module. */
bool kpc_info_is_strict(const struct kpc_patch_info *info);

/* With or without a newline. */
bool kpc_policy_is_known(const char *policy);

#endif
