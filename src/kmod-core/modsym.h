/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loadable modules and their symbols, which the kernel does not export to other modules.
 */
#ifndef KPC_MODSYM_H
#define KPC_MODSYM_H

#include <linux/types.h>

struct module;

/* After kpc_ksym_init(). -EOPNOTSUPP, logged, where the kernel lacks something. */
int kpc_modsym_init(void);

/* The module of that name, in whatever state it is; without a reference. NULL if there is none. */
struct module *kpc_modsym_find(const char *name);

/* Calls @fn for each symbol of that name in @mod, until it returns something else than 0. */
int kpc_modsym_each(const struct module *mod, const char *name,
		    int (*fn)(void *data, unsigned long addr), void *data);

#endif
