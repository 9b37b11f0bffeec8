/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the names in a patch to addresses.
 */
#ifndef KPC_SYMBOL_H
#define KPC_SYMBOL_H

struct kpc_patch;

/**
 * kpc_symbol_resolve() - find every function of a patch, and its objects
 *
 * Return: 0; -ENOENT, -ENOTUNIQ, -EOPNOTSUPP, -EINVAL, -E2BIG or -ENOMEM, reported.
 */
int kpc_symbol_resolve(struct kpc_patch *patch);

#endif
