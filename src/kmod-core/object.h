/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects of a patch: vmlinux, and the modules that it replaces functions of.
 */
#ifndef KPC_OBJECT_H
#define KPC_OBJECT_H

#include <linux/kobject.h>
#include <linux/types.h>

#include "kpatch.h"

struct kpc_patch;

/**
 * struct kpc_object - an object of a patch
 * @patch:	the patch
 * @name:	"vmlinux" or the module's name
 * @build_id:	which build of it the patch was made for
 * @info:	its options and callbacks; NULL if it has none
 * @mod:	the module, from when its functions are resolved until it goes; NULL for vmlinux, and
 *		while it is not there. Holds no reference: see kpc_module_find().
 * @skipped:	why the patch does without the object that is there; NULL if it does not
 * @callbacks:	which callbacks are due; belongs to callback.c
 * @attached:	whether its functions are attached
 * @kobj:	its folder in sysfs
 *
 * All but what does not change is protected by kpc_patch_lock.
 */
struct kpc_object {
	struct kpc_patch *patch;
	const char *name;
	const char *build_id;
	const struct kpc_object_info *info;
	struct module *mod;
	char *skipped;
	unsigned int callbacks;
	bool attached;
	struct kobject kobj;
};

/**
 * kpc_objects_new() - make the list of a patch's objects, of all its tables
 *
 * Return: 0; -EINVAL, -E2BIG or -ENOMEM, reported.
 */
int kpc_objects_new(struct kpc_patch *patch);
void kpc_objects_free(struct kpc_patch *patch);

/* The object of that name, which one of the patch's tables has. */
struct kpc_object *kpc_object_find(const struct kpc_patch *patch, const char *name);

/**
 * kpc_objects_find_all() - see which objects are there, and find everything that the patch names
 *
 * Return: 0; -EXDEV if a module is another build, and what kpc_symbol_resolve() and
 * kpc_external_bind() return, all reported. After an error none is there.
 */
int kpc_objects_find_all(struct kpc_patch *patch);

/* The same for one, of a module that is coming. */
int kpc_object_find_in(struct kpc_object *object);

/* Forgets where the functions of modules are, and the modules: they may go unseen from now on. */
void kpc_objects_forget(struct kpc_patch *patch);
void kpc_object_forget(struct kpc_object *object);

static inline bool kpc_object_is_vmlinux(const struct kpc_object *object)
{
	return !strcmp(object->name, "vmlinux");
}

/* Whether its functions are, or are to be, replaced now. */
static inline bool kpc_object_is_there(const struct kpc_object *object)
{
	return object->mod || kpc_object_is_vmlinux(object);
}

/* Writes "patched\n", "waiting\n", "skipped: REASON\n" or "disabled\n" to a page. */
ssize_t kpc_object_show_state(const struct kpc_object *object, char *page);

/* Calls @fn for each symbol of that name in the object, which is there, in kallsyms' order. */
int kpc_object_each_symbol(const struct kpc_object *object, const char *name,
			   int (*fn)(void *data, unsigned long addr), void *data);

/* Whether what is at @addr is freed when the object has been initialised. */
bool kpc_object_is_init(const struct kpc_object *object, unsigned long addr);

#endif
