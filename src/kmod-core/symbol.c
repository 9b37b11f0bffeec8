// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "symbol.h"

#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/string.h>

#include "compat.h"
#include "ksym.h"
#include "patch.h"
#include "report.h"

/*
 * The stopper threads are in the first whenever a patch is switched, and are not looked at, so a
 * switch of these could not be a clean one. The others are called by kpc_dispatch().
 */
static const char *const symbol_forbidden[] = {
	"cpu_stopper_thread",	 "multi_cpu_stop",	     "smpboot_thread_fn",

	"__kernel_text_address", "__module_address",	     "__module_text_address",
	"__unwind_start",	 "core_kernel_text",	     "ftrace_graph_ret_addr",
	"get_stack_info",	 "get_stack_info_noinstr",   "is_module_text_address",
	"kernel_text_address",	 "preempt_schedule_notrace", "unwind_get_return_address",
	"unwind_next_frame",
};

static bool symbol_is_forbidden(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(symbol_forbidden); i++)
		if (!strcmp(symbol_forbidden[i], name))
			return true;
	return false;
}

struct symbol_match {
	unsigned int sympos;
	unsigned int count;
	unsigned long addr;
};

static int symbol_match(void *data, unsigned long addr)
{
	struct symbol_match *match = data;

	match->count++;
	if (match->sympos == 0 || match->sympos == match->count)
		match->addr = addr;
	/* Stop at the one that was asked for, or as soon as the name is known to be ambiguous. */
	return match->sympos ? match->sympos == match->count : match->count > 1;
}

/* Words for where a function was looked for. */
#define symbol_where_fmt "%s%s"
#define symbol_where_args(_object) \
	kpc_object_is_vmlinux(_object) ? "this kernel" : "the module ", \
		kpc_object_is_vmlinux(_object) ? "" : (_object)->name

static int symbol_find(struct kpc_func *func)
{
	const struct kpc_func_info *info = func->info;
	const char *patch = kpc_patch_name(func->patch);
	struct symbol_match match = { .sympos = info->sympos };

	kpc_object_each_symbol(func->object, info->name, symbol_match, &match);

	if (!match.count)
		return kpc_refuse(patch, -ENOENT, symbol_where_fmt " has no function %s",
				  symbol_where_args(func->object), info->name);
	if (!info->sympos && match.count > 1)
		return kpc_refuse(patch, -ENOTUNIQ,
				  "there is more than one %s and the patch does not say which",
				  info->name);
	if (!match.addr)
		return kpc_refuse(patch, -ENOENT,
				  symbol_where_fmt " has %u of %s, the patch is for number %u",
				  symbol_where_args(func->object), match.count, info->name,
				  info->sympos);
	if (kpc_object_is_init(func->object, match.addr))
		return kpc_refuse(patch, -EOPNOTSUPP, "%s is gone after init", info->name);

	func->addr = match.addr;
	return 0;
}

static int symbol_add_old(void *data, unsigned long addr)
{
	struct kpc_func *func = data;
	unsigned long size = kpc_ksym_size(addr);

	if (!size)
		return -ENOENT;
	if (func->nr_old == ARRAY_SIZE(func->old))
		return -E2BIG;
	func->old[func->nr_old++] = (struct kpc_range){ addr, addr + size };
	return 0;
}

/*
 * Unlikely code is moved to NAME.cold, with no frame of its own: a task that sleeps in there has no
 * return address in NAME. Where several functions have one name, which cold part is whose cannot
 * be told; all of them are taken, which at worst finds a task in the way that is not.
 */
static int symbol_measure_old(struct kpc_func *func)
{
	const char *patch = kpc_patch_name(func->patch);
	char cold[KSYM_NAME_LEN];
	int err;

	func->nr_old = 0;
	err = symbol_add_old(func, func->addr);
	if (!err && snprintf(cold, sizeof(cold), "%s.cold", func->info->name) < (int)sizeof(cold))
		err = kpc_object_each_symbol(func->object, cold, symbol_add_old, func);
	if (err == -E2BIG)
		return kpc_refuse(patch, err, "%s has too many parts", func->info->name);
	if (err < 0)
		return kpc_refuse(patch, -EOPNOTSUPP, "the size of %s is not known",
				  func->info->name);
	return 0;
}

static int symbol_measure_new(struct kpc_func *func)
{
	unsigned long addr = (unsigned long)func->info->new_func;
	unsigned long size;

	if (!within_module_core(addr, func->patch->info->mod))
		return kpc_refuse(kpc_patch_name(func->patch), -EINVAL,
				  "the replacement of %s is not in the patch module",
				  func->info->name);

	size = kpc_ksym_size(addr);
	if (!size)
		return kpc_refuse(kpc_patch_name(func->patch), -EINVAL,
				  "the replacement of %s is not the start of a function",
				  func->info->name);

	func->new = (struct kpc_range){ addr, addr + size };
	return 0;
}

static int symbol_check_trampoline(struct kpc_func *func)
{
	const struct kpc_trampoline *trampoline;
	unsigned long addr;

	trampoline = &func->patch->info->trampolines[func - func->patch->funcs];
	addr = (unsigned long)trampoline->start;
	if (!trampoline->target || !within_module_core(addr, func->patch->info->mod) ||
	    !within_module_core(addr + trampoline->size, func->patch->info->mod))
		return kpc_refuse(kpc_patch_name(func->patch), -EINVAL,
				  "the trampoline of %s is not in the patch module",
				  func->info->name);

	func->trampoline = (struct kpc_range){ addr, addr + trampoline->size };
	func->trampoline_target = trampoline->target;
	return 0;
}

static int symbol_check_ftrace(struct kpc_func *func)
{
	const char *patch = kpc_patch_name(func->patch);

	if (symbol_is_forbidden(func->info->name))
		return kpc_refuse(patch, -EOPNOTSUPP,
				  "%s cannot be replaced: switching a patch depends on it",
				  func->info->name);

	func->ftrace_ip = kpc_ksym_ftrace_location(func->addr);
	/* A call further in belongs to something behind it that has no symbol. */
	if (!func->ftrace_ip || func->ftrace_ip - func->addr > KPC_FTRACE_MAX_OFFSET)
		return kpc_refuse(patch, -EOPNOTSUPP, "ftrace cannot reach %s", func->info->name);

	func->entry = (struct kpc_range){ func->addr, func->ftrace_ip + MCOUNT_INSN_SIZE };
	return 0;
}

int kpc_symbol_check_table(struct kpc_patch *patch)
{
	const struct kpc_func_info *info;
	struct kpc_func *func;
	int err;

	kpc_for_each_func(patch, func) {
		info = &patch->info->funcs[func - patch->funcs];
		if (!info->name || !info->name[0] || !info->new_func ||
		    strnlen(info->name, KSYM_NAME_LEN) == KSYM_NAME_LEN)
			return kpc_refuse(kpc_patch_name(patch), -EINVAL,
					  "entry %td of the table of functions is not complete",
					  func - patch->funcs + 1);
		func->patch = patch;
		func->info = info;
		func->object = kpc_object_find(patch, info->object);
		err = symbol_measure_new(func);
		if (!err)
			err = symbol_check_trampoline(func);
		if (err < 0)
			return err;
	}
	return 0;
}

static int symbol_check_twice(struct kpc_func *func)
{
	struct kpc_func *other;

	kpc_for_each_func(func->patch, other)
		if (other != func && other->addr == func->addr)
			return kpc_refuse(kpc_patch_name(func->patch), -EINVAL,
					  "%s is in the table twice", func->info->name);
	return 0;
}

static int symbol_resolve_func(struct kpc_func *func)
{
	int err;

	err = symbol_find(func);
	if (!err)
		err = symbol_check_twice(func);
	if (!err)
		err = symbol_check_ftrace(func);
	if (!err)
		err = symbol_measure_old(func);
	return err;
}

int kpc_symbol_resolve(struct kpc_object *object)
{
	struct kpc_func *func;
	int err;

	kpc_for_each_func_of(object, func)
	{
		/* The kernel's stay where they are. */
		if (func->addr)
			continue;
		err = symbol_resolve_func(func);
		if (err < 0)
			return err;
	}
	return 0;
}

void kpc_symbol_forget(struct kpc_object *object)
{
	struct kpc_func *func;

	kpc_for_each_func_of(object, func)
	{
		func->addr = 0;
		func->route = NULL;
	}
}
