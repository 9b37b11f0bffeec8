/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a patch module tells kpatch_core, and what it may call. kpatch.h makes it out of a few macros.
 */
#ifndef KPATCH_INFO_H
#define KPATCH_INFO_H

#include <linux/module.h>
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
 * Callbacks may sleep, may use kpatch_state_prev() and nothing else of kpatch_core. @mod is the
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
 * kpc_state_prev() - what the patch before this one made of a state; see kpatch_state_prev()
 * @mod:	the patch module that asks
 */
struct kpc_state_info *kpc_state_prev(const struct module *mod, unsigned long id);

#endif
