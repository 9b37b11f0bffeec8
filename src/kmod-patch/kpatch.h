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
 *	EBUSY		policy strict: a task executes one of the functions; or the machine would have stood
 *			still for too long. The same call may succeed later.
 *	EXDEV		the patch was made for another build of the kernel
 *	ENOENT		a function does not exist
 *	ENOTUNIQ	a function's name occurs more than once and the table names no sympos
 *	EOPNOTSUPP	ftrace cannot reach a function, or its object cannot be patched
 *	EADDRINUSE	something else (a kernel livepatch, say) already redirects a function
 *	ESHUTDOWN	function tracing is switched off (sysctl kernel.ftrace_enabled)
 *	EEXIST		a patch of that name is registered already (EBUSY on newer kernels)
 *	E2BIG		too many functions
 *	ENOMEM		out of memory
 *	EINVAL		the table or its ABI number makes no sense, or the kit's note is missing
 *
 * The sentence that goes with it is in the kernel log and in /sys/kernel/kpatch/last_error.
 * Whatever the error, nothing was changed. While a patch is applied its module cannot be unloaded;
 * writing 0 to /sys/kernel/kpatch/MODULE/enabled takes it back.
 */
#ifndef KPATCH_H
#define KPATCH_H

#include <linux/module.h>
#include <linux/moduleparam.h>

#include "kpatch-info.h"

/**
 * KPATCH_OBJECTS() - options and callbacks of the patch's objects
 *
 *	KPATCH_OBJECTS({ .name = "ext4", .optional = true }, { .name = "vmlinux", .pre_patch = fn });
 */
#define KPATCH_OBJECTS(...) const struct kpc_object_info kpc__objects[] = { __VA_ARGS__, {} }

/**
 * KPATCH_STATES() - what the patch changes for good
 *
 *	KPATCH_STATES({ .id = 0x6d656d01, .version = 1 });
 */
#define KPATCH_STATES(...) struct kpc_state_info kpc__states[] = { __VA_ARGS__, {} }

/**
 * KPATCH_POLICY() - what becomes of tasks that are in a function when the patch is switched
 *
 * KPATCH_POLICY(strict): the switch is refused. KPATCH_POLICY(gradual), which is the default: they
 * go on with what they had, until they are out of all of it, while all others are switched.
 */
#define KPATCH_POLICY(_policy) \
	MODULE_INFO(kpatch_policy, #_policy); \
	const char kpc__policy[] = #_policy

/* KPATCH_REPLACE(): the patch takes the place of all others, which are taken back with its switch. */
#define KPATCH_REPLACE() \
	MODULE_INFO(kpatch_replace, "1"); \
	const char kpc__replace[] = "1"

/* KPATCH_CLASSIC(): an ftrace handler and not the direct route: leaves room for BPF's trampolines. */
#define KPATCH_CLASSIC() const char kpc__classic[] = "1"

/* Of these a patch has those that it defines, in whichever of its files. */
extern const char kpc__policy[] __weak;
extern const char kpc__replace[] __weak;
extern const char kpc__classic[] __weak;
extern const struct kpc_extern_info kpc__externs[] __weak;
extern const struct kpc_object_info kpc__objects[] __weak;
extern struct kpc_state_info kpc__states[] __weak;

/* The patch's own state of that id; NULL if KPATCH_STATES() has none. */
static inline struct kpc_state_info *kpatch_state(unsigned long id)
{
	struct kpc_state_info *state;

	for (state = kpc__states; state && state->id; state++)
		if (state->id == id)
			return state;
	return NULL;
}

/**
 * kpatch_state_prev() - what the patch before this one made of a state
 *
 * For callbacks only.
 *
 * Return: the state of the newest other patch that is applied and has it; NULL if none has. It is
 * there until the callback returns; what its data points to, for as long as that patch made it.
 */
#define kpatch_state_prev(_id) kpc_state_prev(THIS_MODULE, _id)

/* kpatch.mk passes one for each module in TARGETS. */
#define KPATCH_TARGET_vmlinux KPATCH_BUILD_ID

#define KPC__MODINFO(_object, _name, _sympos, _new) \
	MODULE_INFO(kpatch_func, #_object ":" #_name "," #_sympos);

#define KPC__ENTRY(_object, _name, _sympos, _new) \
	{ .object = #_object, \
	  .build_id = KPATCH_TARGET_##_object, \
	  .name = #_name, \
	  .sympos = (_sympos), \
	  .new_func = (_new) },

/* .kpatch.checksum is where kpatch's own tools look for what sysfs shows as the checksum. */
#define KPATCH_MODULE(_list) \
	_list(KPC__MODINFO) MODULE_INFO(kpatch_abi, __stringify(KPC_ABI)); \
	MODULE_INFO(kpatch_build_id, KPATCH_BUILD_ID); \
	MODULE_LICENSE("GPL"); \
	static unsigned int kpc__on __used __read_mostly; \
	static char *kpc__policy_param; \
	module_param_named(policy, kpc__policy_param, charp, 0); \
	MODULE_PARM_DESC(policy, "gradual or strict"); \
	KPC__TRAMPOLINES(_list); \
	static const char kpc__checksum[] __used __section(".kpatch.checksum") = KPATCH_CHECKSUM; \
	static const struct kpc_note kpc__note __used __section(".note.kpatch") __aligned(4) = { \
		.namesz = sizeof(KPC_NOTE_NAME), \
		.descsz = sizeof(u32), \
		.type = KPC_NOTE_TYPE, \
		.name = KPC_NOTE_NAME, \
		.abi = KPC_ABI, \
	}; \
	static const struct kpc_func_info kpc__funcs[] = { _list(KPC__ENTRY) }; \
	static struct kpc_patch_info kpc__patch = { \
		.abi = KPC_ABI, \
		.nr_funcs = ARRAY_SIZE(kpc__funcs), \
		.mod = THIS_MODULE, \
		.build_id = KPATCH_BUILD_ID, \
		.checksum = kpc__checksum, \
		.funcs = kpc__funcs, \
		.note = &kpc__note, \
		.externs = kpc__externs, \
		.objects = kpc__objects, \
		.states = kpc__states, \
		.trampolines = kpc__trampolines, \
		.policy = kpc__policy, \
		.policy_param = &kpc__policy_param, \
		.replace = kpc__replace, \
		.classic = kpc__classic, \
		.on = &kpc__on, \
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
