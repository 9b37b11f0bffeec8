/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions and data of the kernel that are not exported to modules.
 */
#ifndef KPC_KSYM_H
#define KPC_KSYM_H

#include <linux/types.h>

struct task_struct;

/**
 * kpc_ksym_init() - find everything below; nothing here may be called before it succeeded
 *
 * Return: 0; -EOPNOTSUPP, logged, where the kernel lacks something.
 */
int kpc_ksym_init(void);

/* Address of a symbol of vmlinux, 0 if there is none of that name. */
unsigned long kpc_ksym_lookup(const char *name);

/* Calls @fn for each symbol of vmlinux of that name, in the order of /proc/kallsyms. */
int kpc_ksym_each(const char *name, int (*fn)(void *data, unsigned long addr), void *data);

/* Bytes from the symbol that starts at @addr to the next one; 0 if none starts there. */
unsigned long kpc_ksym_size(unsigned long addr);

/* What ftrace calls the function at @addr; 0 if it cannot reach it. */
unsigned long kpc_ksym_ftrace_location(unsigned long addr);

/* Whether @addr is text of vmlinux or of a module, and not code generated at run time. */
bool kpc_ksym_is_compiled(unsigned long addr);

struct task_struct *kpc_ksym_idle_task(int cpu);

/* Calls @fn for a task that cannot begin or cease to run meanwhile: under the scheduler's locks. */
int kpc_ksym_task_call(struct task_struct *task, int (*fn)(struct task_struct *task, void *data),
		       void *data);

/* Calls @fn on a CPU in place of what runs there; -ENOENT if it is off. Sleeps. */
int kpc_ksym_stop_one_cpu(int cpu, int (*fn)(void *data), void *data);

/* Wakes a task that sleeps in @state; 0 if it does not. */
int kpc_ksym_wake_up(struct task_struct *task, unsigned int state);

/* False while sysctl kernel.ftrace_enabled is 0. */
bool kpc_ksym_ftrace_enabled(void);

#endif
