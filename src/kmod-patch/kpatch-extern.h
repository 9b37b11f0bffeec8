/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions and variables that are not exported to modules, for the replacements to use:
 *
 *	#define NEEDS(FUNC, DATA) \
 *		FUNC(free_areas, vmlinux, show_free_areas, 0, void (unsigned int, nodemask_t *)) \
 *		DATA(supers, vmlinux, super_blocks, 0, struct list_head)
 *	KPATCH_EXTERNS(NEEDS);
 *
 *	kpatch_call(free_areas)(0, NULL);
 *	list_for_each_entry(sb, &kpatch_data(supers), s_list)
 *
 * The first is the patch's own name for it; then come object, name and sympos as in the table of
 * functions, and the type. All are looked up before the patch is applied, and a patch of which one
 * is missing is refused; those of a module, as that is loaded. What is in a module may be used by
 * replacements and callbacks of that module only, for the module may be away otherwise.
 *
 * A function is called through a static call, which becomes a direct call of the function: one that
 * the kernel never calls through a pointer has no landing pad for indirect calls.
 *
 * A patch of several files has KPATCH_EXTERNS(NEEDS) in one of them; the others can have
 * KPATCH_EXTERNS_DECLARE(NEEDS), from a header of the patch.
 */
#ifndef KPATCH_EXTERN_H
#define KPATCH_EXTERN_H

#include <linux/static_call.h>

#include "kpatch.h"

#define kpatch_call(_local) static_call(kpatch_##_local)
#define kpatch_data(_local) (*kpatch_data_##_local)

#define KPC__EXTERN_FUNC_DECLARE(_local, _object, _name, _sympos, ...) \
	DECLARE_STATIC_CALL(kpatch_##_local, __VA_ARGS__);
#define KPC__EXTERN_DATA_DECLARE(_local, _object, _name, _sympos, ...) \
	extern typeof(__VA_ARGS__) *kpatch_data_##_local;
#define KPATCH_EXTERNS_DECLARE(_list) \
	_list(KPC__EXTERN_FUNC_DECLARE, KPC__EXTERN_DATA_DECLARE) struct kpc_extern_info

#define KPC__EXTERN_FUNC_DEFINE(_local, _object, _name, _sympos, ...) \
	DEFINE_STATIC_CALL_NULL(kpatch_##_local, __VA_ARGS__);
#define KPC__EXTERN_DATA_DEFINE(_local, _object, _name, _sympos, ...) \
	typeof(__VA_ARGS__) *kpatch_data_##_local;

#define KPC__EXTERN_FUNC(_local, _object, _name, _sympos, ...) \
	{ .object = #_object, \
	  .build_id = KPATCH_TARGET_##_object, \
	  .name = #_name, \
	  .sympos = (_sympos), \
	  .key = &STATIC_CALL_KEY(kpatch_##_local), \
	  .tramp = STATIC_CALL_TRAMP_ADDR(kpatch_##_local) },
#define KPC__EXTERN_DATA(_local, _object, _name, _sympos, ...) \
	{ .object = #_object, \
	  .build_id = KPATCH_TARGET_##_object, \
	  .name = #_name, \
	  .sympos = (_sympos), \
	  .data = (void **)&kpatch_data_##_local },

#define KPATCH_EXTERNS(_list) \
	KPATCH_EXTERNS_DECLARE(_list); \
	_list(KPC__EXTERN_FUNC_DEFINE, KPC__EXTERN_DATA_DEFINE) \
		const struct kpc_extern_info kpc__externs[] = { _list(KPC__EXTERN_FUNC, \
								      KPC__EXTERN_DATA){} }

#endif
