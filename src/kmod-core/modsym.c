// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "modsym.h"

#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/static_call.h>
#include <linux/string.h>

#include "compat.h"
#include "ksym.h"

/*
 * Through static calls, as in ksym.c. Of the two prototypes one is the kernel's: both are compiled,
 * and one is called.
 */
typedef int (*modsym_any_fn)(void *data, const char *name, struct module *mod, unsigned long addr);
typedef int (*modsym_one_fn)(void *data, const char *name, unsigned long addr);
typedef int modsym_each_any(modsym_any_fn fn, void *data);
typedef int modsym_each_one(const char *modname, modsym_one_fn fn, void *data);

DEFINE_STATIC_CALL_NULL(kpc_find_module, find_module);
DEFINE_STATIC_CALL_NULL(kpc_each_any, modsym_each_any);
DEFINE_STATIC_CALL_NULL(kpc_each_one, modsym_each_one);

#define MODSYM_EACH_ANY \
	__builtin_types_compatible_p(typeof(module_kallsyms_on_each_symbol), modsym_each_any)
static_assert(MODSYM_EACH_ANY ||
	      __builtin_types_compatible_p(typeof(module_kallsyms_on_each_symbol),
					   modsym_each_one));

struct modsym_match {
	const struct module *mod;
	const char *name;
	int (*fn)(void *data, unsigned long addr);
	void *data;
};

int kpc_modsym_init(void)
{
	void *find = (void *)kpc_ksym_lookup("find_module");
	void *each = (void *)kpc_ksym_lookup("module_kallsyms_on_each_symbol");

	if (!find || !each) {
		pr_err("this kernel has no symbol %s\n",
		       find ? "module_kallsyms_on_each_symbol" : "find_module");
		return -EOPNOTSUPP;
	}

	static_call_update(kpc_find_module, find);
	if (MODSYM_EACH_ANY)
		static_call_update(kpc_each_any, each);
	else
		static_call_update(kpc_each_one, each);
	return 0;
}

struct module *kpc_modsym_find(const char *name)
{
	struct module *mod;

	/* Holds up RCU and RCU-sched alike; which one guards the list differs. */
	preempt_disable();
	mod = static_call(kpc_find_module)(name);
	preempt_enable();
	return mod;
}

static int modsym_visit(struct modsym_match *match, const char *name, unsigned long addr)
{
	return strcmp(name, match->name) ? 0 : match->fn(match->data, addr);
}

static int modsym_visit_any(void *data, const char *name, struct module *mod, unsigned long addr)
{
	struct modsym_match *match = data;

	return mod == match->mod ? modsym_visit(match, name, addr) : 0;
}

static int modsym_visit_one(void *data, const char *name, unsigned long addr)
{
	return modsym_visit(data, name, addr);
}

int kpc_modsym_each(const struct module *mod, const char *name,
		    int (*fn)(void *data, unsigned long addr), void *data)
{
	struct modsym_match match = { .mod = mod, .name = name, .fn = fn, .data = data };

	if (MODSYM_EACH_ANY)
		return static_call(kpc_each_any)(modsym_visit_any, &match);
	return static_call(kpc_each_one)(mod->name, modsym_visit_one, &match);
}
