/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a patch module and kpatch_core agree on. A patch is a C file of replacement functions that
 * ends in a table of them:
 *
 *	#include "kpatch.h"
 *
 *	static int fixed_show(struct seq_file *m, void *v) { ... }
 *
 *	#define PATCH(F) \
 *		F(vmlinux, broken_show, 0, fixed_show)
 *	KPATCH_MODULE(PATCH);
 *
 * F takes the object (vmlinux or a module's name), the name of the function to replace, its sympos
 * and the replacement. sympos 0 says that the name is unique in its object, N means the Nth of that
 * name in /proc/kallsyms. Table and modinfo are both made from the one list.
 *
 * Loading the module applies the patch; what finit_module() fails with is the reason:
 *
 *	EBUSY		a task executes one of the functions; the same call may succeed later
 *	EXDEV		the patch was made for another build of the kernel
 *	ENOENT		a function does not exist
 *	ENOTUNIQ	a function's name occurs more than once and the table names no sympos
 *	EOPNOTSUPP	ftrace cannot reach a function, or its object cannot be patched
 *	EALREADY	another patch already replaces a function
 *	EADDRINUSE	something else (a kernel livepatch, say) already redirects a function
 *	ESHUTDOWN	function tracing is switched off (sysctl kernel.ftrace_enabled)
 *	EEXIST		a patch of that name is registered already
 *	E2BIG		too many functions
 *	ENOMEM		out of memory
 *	EINVAL		the table or its ABI number makes no sense
 *
 * The sentence that goes with it is in the kernel log and in /sys/kernel/kpatch/last_error.
 * Whatever the error, nothing was changed. While a patch is applied its module cannot be unloaded;
 * writing 0 to /sys/kernel/kpatch/MODULE/enabled takes it back.
 */
#ifndef KPATCH_H
#define KPATCH_H

#include <linux/module.h>
#include <linux/types.h>

#define KPC_ABI 1
#define KPC_FUNCS_MAX 1024

/**
 * struct kpc_func_info - one function to replace
 * @object:	"vmlinux" or the name of a module
 * @name:	the function's name in kallsyms
 * @sympos:	which of that name, from 1; 0: the name is unique
 * @new_func:	what is called instead, in the text of the patch module
 */
struct kpc_func_info {
	const char *object;
	const char *name;
	unsigned int sympos;
	void *new_func;
};

/**
 * struct kpc_patch_info - a patch, as its module describes it
 * @abi:	KPC_ABI of the header that the module was built with
 * @nr_funcs:	number of entries in @funcs, 1 to KPC_FUNCS_MAX
 * @mod:	the patch module
 * @build_id:	GNU build-id of the kernel that it is for, in lower-case hex
 * @checksum:	digest of the sources it was built from, in hex; shown, not checked
 * @funcs:	the functions
 * @on:		the switch: non-zero while calls go to the new functions. Belongs to kpatch_core.
 *
 * Must stay in place and unchanged from kpc_register() until kpc_unregister() returns.
 */
struct kpc_patch_info {
	unsigned int abi;
	unsigned int nr_funcs;
	struct module *mod;
	const char *build_id;
	const char *checksum;
	const struct kpc_func_info *funcs;
	unsigned int on;
};

/**
 * kpc_register() - check a patch, and apply it
 *
 * Called from the patch module's init. Sleeps; may take a second where tasks are in the way.
 *
 * Return: 0, or one of the errors above, and then nothing was changed.
 */
int kpc_register(struct kpc_patch_info *info);

/**
 * kpc_unregister() - forget a patch
 *
 * Called from the patch module's exit. On return nothing executes or refers to the module's code.
 * A patch that is still applied (rmmod --force) is taken back first, however long that takes.
 */
void kpc_unregister(struct kpc_patch_info *info);

#define KPC__MODINFO(_object, _name, _sympos, _new) \
	MODULE_INFO(kpatch_func, #_object ":" #_name "," #_sympos);

#define KPC__ENTRY(_object, _name, _sympos, _new) \
	{ .object = #_object, .name = #_name, .sympos = (_sympos), .new_func = (_new) },

/* .kpatch.checksum is where kpatch's own tools look for what sysfs shows as the checksum. */
#define KPATCH_MODULE(_list) \
	_list(KPC__MODINFO) MODULE_INFO(kpatch_abi, __stringify(KPC_ABI)); \
	MODULE_INFO(kpatch_build_id, KPATCH_BUILD_ID); \
	MODULE_INFO(kpatch_policy, "strict"); \
	MODULE_INFO(kpatch_replace, "0"); \
	MODULE_LICENSE("GPL"); \
	static const char kpc__checksum[] __used __section(".kpatch.checksum") = KPATCH_CHECKSUM; \
	static const struct kpc_func_info kpc__funcs[] = { _list(KPC__ENTRY) }; \
	static struct kpc_patch_info kpc__patch = { \
		.abi = KPC_ABI, \
		.nr_funcs = ARRAY_SIZE(kpc__funcs), \
		.mod = THIS_MODULE, \
		.build_id = KPATCH_BUILD_ID, \
		.checksum = kpc__checksum, \
		.funcs = kpc__funcs, \
	}; \
	static int __init kpc__init(void) \
	{ \
		return kpc_register(&kpc__patch); \
	} \
	static void __exit kpc__exit(void) \
	{ \
		kpc_unregister(&kpc__patch); \
	} \
	module_init(kpc__init); \
	module_exit(kpc__exit)

#endif
