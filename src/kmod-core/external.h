/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a patch needs that is not exported to modules: see kpatch-extern.h of the kit.
 */
#ifndef KPC_EXTERNAL_H
#define KPC_EXTERNAL_H

struct kpc_object;
struct kpc_patch;

/**
 * kpc_external_bind() - let the patch's static calls and pointers lead to what they name
 * @only:	the object whose symbols are wanted; NULL: all objects that are there
 *
 * To be called when nothing executes the patch's replacements of these objects.
 *
 * Return: 0; -ENOENT or -ENOTUNIQ, reported in one sentence that names everything that cannot be
 * had, and then what was bound may be left so: it is never used.
 */
int kpc_external_bind(struct kpc_patch *patch, const struct kpc_object *only);

/* Before a module goes: nothing of it is to be referred to any more. */
void kpc_external_unbind(struct kpc_patch *patch, const struct kpc_object *object);

#endif
