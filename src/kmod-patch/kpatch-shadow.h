/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow variables: data that a patch adds to objects of the kernel without changing their layout.
 * One belongs to an object, by its address, and to an id that the patch's author chooses; the next
 * patch finds it by the same two. They are the kernel's own, so the ids are shared with its
 * livepatches: make one of a CVE's number, say, and write it down.
 *
 * An object and its shadow variables do not know of each other: whoever frees the object has to free
 * them, which is why a patch with some replaces the function that frees as well. What a patch that is
 * taken back leaves is freed by kpatch_shadow_free_all() in its post_unpatch callback, unless the
 * next patch has taken it over.
 */
#ifndef KPATCH_SHADOW_H
#define KPATCH_SHADOW_H

#include <linux/livepatch.h>

/* The object's shadow variable, NULL if it has none. From any context; see above for how long. */
static inline void *kpatch_shadow_get(void *object, unsigned long id)
{
	return klp_shadow_get(object, id);
}

/**
 * kpatch_shadow_alloc() - give an object a shadow variable that it does not have yet
 * @size:	its size in bytes; it begins as zeros
 * @gfp:	how to allocate it: GFP_KERNEL, or GFP_ATOMIC where one may not sleep
 * @init:	fills it in, under a spin lock, before anyone else sees it; an error undoes it. May be
 *		NULL
 * @arg:	for @init
 *
 * Return: the shadow variable; NULL without memory, if @init failed, or, with a warning, if the
 * object has one.
 */
static inline void *kpatch_shadow_alloc(void *object, unsigned long id, size_t size, gfp_t gfp,
					klp_shadow_ctor_t init, void *arg)
{
	return klp_shadow_alloc(object, id, size, gfp, init, arg);
}

/* The same, but one that is there already is returned as it is. */
static inline void *kpatch_shadow_get_or_alloc(void *object, unsigned long id, size_t size,
					       gfp_t gfp, klp_shadow_ctor_t init, void *arg)
{
	return klp_shadow_get_or_alloc(object, id, size, gfp, init, arg);
}

/* Frees an object's shadow variable, if it has one. @drop is called before, under a spin lock. */
static inline void kpatch_shadow_free(void *object, unsigned long id, klp_shadow_dtor_t drop)
{
	klp_shadow_free(object, id, drop);
}

/* Frees those of all objects. */
static inline void kpatch_shadow_free_all(unsigned long id, klp_shadow_dtor_t drop)
{
	klp_shadow_free_all(id, drop);
}

#endif
