/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the names in a patch to addresses.
 */
#ifndef KPC_SYMBOL_H
#define KPC_SYMBOL_H

struct kpc_object;
struct kpc_patch;

/**
 * kpc_symbol_check_table() - take over the table of functions, when the objects are known
 *
 * Return: 0; -EINVAL, reported, if an entry makes no sense.
 */
int kpc_symbol_check_table(struct kpc_patch *patch);

/**
 * kpc_symbol_resolve() - find the functions of an object, which is there
 *
 * Return: 0; -ENOENT, -ENOTUNIQ, -EOPNOTSUPP, -EINVAL or -E2BIG, reported, and then some of them may
 * have been found.
 */
int kpc_symbol_resolve(struct kpc_object *object);

/* The functions of a module are where they were no longer. */
void kpc_symbol_forget(struct kpc_object *object);

#endif
