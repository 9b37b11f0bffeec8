/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between kernel versions, by feature and never by version number: distributions
 * backport.
 */
#ifndef KPC_COMPAT_H
#define KPC_COMPAT_H

#include <linux/ftrace.h>
#include <linux/hardirq.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>

#ifndef CONFIG_HAVE_RELIABLE_STACKTRACE
#error "this kernel cannot tell reliably which functions a sleeping task is in"
#endif
#ifndef CONFIG_LIVEPATCH
#error "kallsyms_on_each_match_symbol() is built with CONFIG_LIVEPATCH only"
#endif

/* 6.2 named after what it is what had been ftrace_instruction_pointer_set(). */
#ifdef ftrace_regs_set_instruction_pointer
#define kpc_ftrace_set_ip(_fregs, _ip) ftrace_regs_set_instruction_pointer(_fregs, _ip)
#else
#define kpc_ftrace_set_ip(_fregs, _ip) ftrace_instruction_pointer_set(_fregs, _ip)
#endif

/* Where the return address of the function's caller is, as the function is entered. */
static inline unsigned long *kpc_ftrace_stack(struct ftrace_regs *fregs)
{
#ifdef ftrace_regs_get_stack_pointer
	return (unsigned long *)ftrace_regs_get_stack_pointer(fregs);
#else
	return (unsigned long *)fregs->regs.sp;
#endif
}

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
/*
 * 6.2 gave the names without _multi, which took an address and no ops, to the functions with it.
 * The other kind is declared here so that both can be named; only one is ever called.
 */
int register_ftrace_direct_multi(struct ftrace_ops *ops, unsigned long addr);
int unregister_ftrace_direct_multi(struct ftrace_ops *ops, unsigned long addr);
int modify_ftrace_direct_multi(struct ftrace_ops *ops, unsigned long addr);

#define KPC_DIRECT_TAKES_OPS \
	__builtin_types_compatible_p(typeof(register_ftrace_direct), \
				     int(struct ftrace_ops *, unsigned long))

static inline int kpc_unregister_direct_multi(struct ftrace_ops *ops, unsigned long addr,
					      bool free_filters)
{
	return unregister_ftrace_direct_multi(ops, addr);
}

#define kpc_register_direct(_ops, _addr) \
	__builtin_choose_expr(KPC_DIRECT_TAKES_OPS, register_ftrace_direct, \
			      register_ftrace_direct_multi)(_ops, _addr)
#define kpc_unregister_direct(_ops, _addr) \
	__builtin_choose_expr(KPC_DIRECT_TAKES_OPS, unregister_ftrace_direct, \
			      kpc_unregister_direct_multi)(_ops, _addr, false)
#define kpc_modify_direct(_ops, _addr) \
	__builtin_choose_expr(KPC_DIRECT_TAKES_OPS, modify_ftrace_direct, \
			      modify_ftrace_direct_multi)(_ops, _addr)
#endif

/* With arguments saved, the cheaper entry code lets the handler change the instruction pointer. */
#ifdef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
#define KPC_FTRACE_SAVE 0
#else
#define KPC_FTRACE_SAVE FTRACE_OPS_FL_SAVE_REGS
#endif

/* How far behind its symbol a function's call to ftrace may be: room for a landing pad. */
#ifdef FTRACE_MCOUNT_MAX_OFFSET
#define KPC_FTRACE_MAX_OFFSET FTRACE_MCOUNT_MAX_OFFSET
#else
#define KPC_FTRACE_MAX_OFFSET 0
#endif

/* Counted up as an NMI begins. 7.2 made a table of the counters, and summed errors in it as well. */
static __always_inline unsigned int kpc_nmi_number(void)
{
#ifdef arch_irq_stat
	return this_cpu_read(irq_stat.__nmi_count);
#else
	return this_cpu_read(irq_stat.counts[IRQ_COUNT_NMI]);
#endif
}

/* Where a module's constant data is; 6.4 made a table of what had been offsets in one stretch. */
static inline const void *kpc_module_rodata(const struct module *mod, size_t *ret_size)
{
#ifdef __module_layout_align
	*ret_size = mod->core_layout.ro_size - mod->core_layout.text_size;
	return mod->core_layout.base + mod->core_layout.text_size;
#else
	*ret_size = mod->mem[MOD_RODATA].size;
	return mod->mem[MOD_RODATA].base;
#endif
}

/* Whether a return probe waits on the stack of @task. */
static inline bool kpc_task_has_rethook(struct task_struct *task)
{
#if defined(CONFIG_RETHOOK)
	return task->rethooks.first;
#elif defined(CONFIG_KRETPROBES)
	return task->kretprobe_instances.first;
#else
	return false;
#endif
}

/* Threads that start like a kernel thread and have no user mode to return to. */
#ifdef PF_USER_WORKER
#define KPC_PF_KERNEL_STACK (PF_KTHREAD | PF_USER_WORKER | PF_IO_WORKER)
#else
#define KPC_PF_KERNEL_STACK (PF_KTHREAD | PF_IO_WORKER)
#endif

#endif
