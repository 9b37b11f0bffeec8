/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/kernel/kpatch, described in docs/ABI-sysfs.md.
 */
#ifndef KPC_SYSFS_H
#define KPC_SYSFS_H

struct attribute_group;
struct kpc_patch;

/* The files of a patch. */
extern const struct attribute_group *kpc_sysfs_patch_groups[];

int kpc_sysfs_init(void);
void kpc_sysfs_exit(void);

/**
 * kpc_sysfs_add() - show a patch whose functions are resolved
 *
 * Return: 0 or a negative errno, reported. kpc_sysfs_remove() is due in both cases.
 */
int kpc_sysfs_add(struct kpc_patch *patch);

/* Returns when no file of the patch is open in a call. Not under a lock that such a call takes. */
void kpc_sysfs_remove(struct kpc_patch *patch);

#endif
