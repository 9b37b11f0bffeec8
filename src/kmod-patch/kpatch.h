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
#include <linux/types.h>

#include "kpatch-trampoline.h"

#define KPC_ABI 2
#define KPC_FUNCS_MAX 1024
#define KPC_EXTERNS_MAX 1024
#define KPC_OBJECTS_MAX 256
#define KPC_STATES_MAX 256

struct static_call_key;

/**
 * struct kpc_func_info - one function to replace
 * @object:	"vmlinux" or the name of a module
 * @build_id:	build-id of the object that the patch was made for, in lower-case hex
 * @name:	the function's name in kallsyms
 * @sympos:	which of that name, from 1; 0: the name is unique
 * @new_func:	what is called instead, in the text of the patch module
 */
struct kpc_func_info {
	const char *object;
	const char *build_id;
	const char *name;
	unsigned int sympos;
	void *new_func;
};

/**
 * struct kpc_object_info - what a patch wants of vmlinux or of a module, other than functions
 * @name:	"vmlinux" or the name of a module; NULL ends a list
 * @optional:	where it is another build than the patch was made for, or lacks a symbol, the rest
 *		of the patch is applied without it. Otherwise the patch is refused, or, if the
 *		module comes later, the module.
 * @pre_patch:	before the object's functions are replaced; an error refuses the patch, or a
 *		module that comes later
 * @post_patch:	when no task uses the old functions any more
 * @pre_unpatch: before the old functions come back. Not called where @post_patch was not.
 * @post_unpatch: when no task uses the new functions any more; or, where @pre_patch had succeeded,
 *		when the patch was not applied after all
 *
 * Callbacks may sleep, may use kpc_state_prev() and nothing else of kpatch_core. @mod is the
 * object's module, NULL for vmlinux. Of a module that is not loaded none is called; they are when it
 * comes, before its init, and when it goes, after its exit.
 */
struct kpc_object_info {
	const char *name;
	bool optional;
	int (*pre_patch)(struct module *mod);
	void (*post_patch)(struct module *mod);
	void (*pre_unpatch)(struct module *mod);
	void (*post_unpatch)(struct module *mod);
};

/**
 * struct kpc_extern_info - something that is not exported and that a patch needs
 * @object:	"vmlinux" or the name of a module
 * @build_id:	build-id of the object that the patch was made for, in lower-case hex
 * @name:	its name in kallsyms; NULL ends a list
 * @sympos:	which of that name, from 1; 0: the name is unique
 * @data:	of a variable: where its address is to be stored
 * @key:	of a function: the static call that is to lead to it
 * @tramp:	of a function: the static call's trampoline, NULL where there are none
 */
struct kpc_extern_info {
	const char *object;
	const char *build_id;
	const char *name;
	unsigned int sympos;
	void **data;
	struct static_call_key *key;
	void *tramp;
};

/**
 * struct kpc_state_info - something that a patch changed in the running kernel and that outlives it
 * @id:		what it is; 0 ends a list
 * @version:	of the way that it is done, from 1. A patch with a lower version is refused while one
 *		with a higher is applied, and one that replaces all others must know all their states.
 * @data:	for the patch, and for the one after it
 */
struct kpc_state_info {
	unsigned long id;
	unsigned int version;
	void *data;
};

/* The ELF note in section .note.kpatch by which a module is known to be made with the kit. */
#define KPC_NOTE_NAME "kpatch"
#define KPC_NOTE_TYPE 1

struct kpc_note {
	u32 namesz;
	u32 descsz;
	u32 type;
	char name[ALIGN(sizeof(KPC_NOTE_NAME), 4)];
	u32 abi;
};

/**
 * struct kpc_patch_info - a patch, as its module describes it
 * @abi:	KPC_ABI of the header that the module was built with
 * @nr_funcs:	number of entries in @funcs, 1 to KPC_FUNCS_MAX
 * @mod:	the patch module
 * @build_id:	GNU build-id of the kernel that it is for, in lower-case hex
 * @checksum:	digest of the sources it was built from, in hex; shown, not checked
 * @funcs:	the functions
 * @note:	the kit's note
 * @externs:	what it needs that is not exported, ended by an entry without a name; or NULL
 * @objects:	options and callbacks of its objects, ended likewise; or NULL
 * @states:	what it changes for good, ended likewise; or NULL
 * @trampolines: for each of @funcs, in their order
 * @policy:	"gradual" or "strict"; NULL: gradual
 * @policy_param: the same from the module's command line, before @policy; NULL if it has none
 * @replace:	not NULL: in the same instant all other patches are taken back
 * @classic:	not NULL: never use the direct route
 * @on:		1 while every task sees this patch and trampolines need not ask. Belongs to kpatch_core.
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
	const struct kpc_note *note;
	const struct kpc_extern_info *externs;
	const struct kpc_object_info *objects;
	struct kpc_state_info *states;
	const struct kpc_trampoline *trampolines;
	const char *policy;
	char *const *policy_param;
	const char *replace;
	const char *classic;
	unsigned int *on;
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

/**
 * kpc_state_prev() - what the patch before this one made of a state
 *
 * For callbacks only. @id is one of @info's states.
 *
 * Return: the state of the newest applied patch, other than @info, that has it; NULL if none has.
 * It lives until the callback returns; what its data points to, as long as its patch made it.
 */
struct kpc_state_info *kpc_state_prev(const struct kpc_patch_info *info, unsigned long id);

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
