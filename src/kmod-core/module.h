/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Modules that come and go while patches for them are applied. Nobody is in a module's functions
 * before its init or after its exit, so neither needs a switch.
 */
#ifndef KPC_MODULE_H
#define KPC_MODULE_H

#include <linux/types.h>

struct module;

/**
 * kpc_module_find() - a module whose functions can be replaced
 *
 * Under kpc_patch_lock, and it stays where it is for as long as that is held: a module that goes
 * waits for it. One that is being loaded is found when its symbols are complete and ftrace knows its
 * functions.
 *
 * Return: the module, NULL if there is none, or none yet, or none for much longer.
 */
struct module *kpc_module_find(const char *name);

/* Whether a module of that name is on its way out: then it is not found any more. */
bool kpc_module_is_going(const char *name);

int kpc_module_init(void);
void kpc_module_exit(void);

#endif
