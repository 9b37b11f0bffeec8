/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPC_INFO_H
#define KPC_INFO_H

struct kpc_patch_info;

/**
 * kpc_info_check() - whether what a module hands in is a patch, and one for this kernel
 *
 * Nothing else of the description is believed before this.
 *
 * Return: 0; -EINVAL, -E2BIG or -EXDEV, reported.
 */
int kpc_info_check(const struct kpc_patch_info *info);

#endif
