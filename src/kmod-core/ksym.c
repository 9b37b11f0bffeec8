// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "ksym.h"

#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/static_call.h>
#include <linux/stop_machine.h>
#include <linux/wait.h>

/*
 * A kprobe gives the address of kallsyms_lookup_name(), and that one everything else. They are
 * called through static calls, which are direct: an indirect call would fault on a machine with
 * IBT, where these functions, never called through a pointer, have no landing pad.
 */
DEFINE_STATIC_CALL_NULL(kpc_lookup_name, kallsyms_lookup_name);
DEFINE_STATIC_CALL_NULL(kpc_each_match, kallsyms_on_each_match_symbol);
DEFINE_STATIC_CALL_NULL(kpc_size_offset, kallsyms_lookup_size_offset);
DEFINE_STATIC_CALL_NULL(kpc_ftrace_location, ftrace_location);
DEFINE_STATIC_CALL_NULL(kpc_core_text, core_kernel_text);
DEFINE_STATIC_CALL_NULL(kpc_module_text, __module_text_address);
DEFINE_STATIC_CALL_NULL(kpc_idle_task, idle_task);
DEFINE_STATIC_CALL_NULL(kpc_task_call, task_call_func);
DEFINE_STATIC_CALL_NULL(kpc_stop_one, stop_one_cpu);
DEFINE_STATIC_CALL_NULL(kpc_wake_up, wake_up_state);

static const int *ksym_ftrace_enabled;

static unsigned long ksym_find_lookup_name(void)
{
	/* Never armed: registering is what resolves the name. */
	struct kprobe probe = {
		.symbol_name = "kallsyms_lookup_name",
		.flags = KPROBE_FLAG_DISABLED,
	};
	unsigned long addr;

	if (register_kprobe(&probe) < 0)
		return 0;

	addr = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	return addr;
}

static void *ksym_find(const char *name)
{
	unsigned long addr = static_call(kpc_lookup_name)(name);

	if (!addr)
		pr_err("this kernel has no symbol %s\n", name);
	return (void *)addr;
}

#define ksym_bind(_call, _name) \
	({ \
		typeof(&(_name)) _addr = ksym_find(#_name); \
		if (_addr) \
			static_call_update(_call, _addr); \
		_addr != NULL; \
	})

int kpc_ksym_init(void)
{
	typeof(&kallsyms_lookup_name) lookup_name = (void *)ksym_find_lookup_name();

	if (!lookup_name) {
		pr_err("kallsyms_lookup_name cannot be found with a kprobe\n");
		return -EOPNOTSUPP;
	}
	static_call_update(kpc_lookup_name, lookup_name);

	if (!ksym_bind(kpc_each_match, kallsyms_on_each_match_symbol) ||
	    !ksym_bind(kpc_size_offset, kallsyms_lookup_size_offset) ||
	    !ksym_bind(kpc_ftrace_location, ftrace_location) ||
	    !ksym_bind(kpc_core_text, core_kernel_text) ||
	    !ksym_bind(kpc_module_text, __module_text_address) ||
	    !ksym_bind(kpc_idle_task, idle_task) || !ksym_bind(kpc_task_call, task_call_func) ||
	    !ksym_bind(kpc_stop_one, stop_one_cpu) || !ksym_bind(kpc_wake_up, wake_up_state))
		return -EOPNOTSUPP;

	ksym_ftrace_enabled = ksym_find("ftrace_enabled");
	return ksym_ftrace_enabled ? 0 : -EOPNOTSUPP;
}

unsigned long kpc_ksym_lookup(const char *name)
{
	return static_call(kpc_lookup_name)(name);
}

int kpc_ksym_each(const char *name, int (*fn)(void *data, unsigned long addr), void *data)
{
	return static_call(kpc_each_match)(fn, name, data);
}

unsigned long kpc_ksym_size(unsigned long addr)
{
	unsigned long size, offset;

	if (!static_call(kpc_size_offset)(addr, &size, &offset) || offset)
		return 0;
	return size;
}

unsigned long kpc_ksym_ftrace_location(unsigned long addr)
{
	return static_call(kpc_ftrace_location)(addr);
}

notrace bool kpc_ksym_is_compiled(unsigned long addr)
{
	return static_call(kpc_core_text)(addr) || static_call(kpc_module_text)(addr);
}

struct task_struct *kpc_ksym_idle_task(int cpu)
{
	return static_call(kpc_idle_task)(cpu);
}

int kpc_ksym_task_call(struct task_struct *task, int (*fn)(struct task_struct *task, void *data),
		       void *data)
{
	return static_call(kpc_task_call)(task, fn, data);
}

int kpc_ksym_stop_one_cpu(int cpu, int (*fn)(void *data), void *data)
{
	return static_call(kpc_stop_one)(cpu, fn, data);
}

int kpc_ksym_wake_up(struct task_struct *task, unsigned int state)
{
	return static_call(kpc_wake_up)(task, state);
}

bool kpc_ksym_ftrace_enabled(void)
{
	return READ_ONCE(*ksym_ftrace_enabled);
}
