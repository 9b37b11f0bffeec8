/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a patch wants to be called for when its functions come and go: struct kpc_object_info.
 *
 * Each pre_patch that succeeded is followed by one post_unpatch, each post_patch by one pre_unpatch,
 * whichever way a transition goes, unless another patch takes the patch's place. Only for objects
 * that are there; all under kpc_patch_lock.
 */
#ifndef KPC_CALLBACK_H
#define KPC_CALLBACK_H

struct kpc_object;
struct kpc_patch;

/* For one object, of a module that comes or goes. The first returns a negative errno, reported. */
int kpc_callback_pre_patch(struct kpc_object *object);
void kpc_callback_post_patch(struct kpc_object *object);
void kpc_callback_pre_unpatch(struct kpc_object *object);
void kpc_callback_post_unpatch(struct kpc_object *object);

/* For all objects of a patch; where the first fails, post_unpatch was called for those before. */
int kpc_callbacks_pre_patch(struct kpc_patch *patch);
void kpc_callbacks_post_patch(struct kpc_patch *patch);
void kpc_callbacks_pre_unpatch(struct kpc_patch *patch);
void kpc_callbacks_post_unpatch(struct kpc_patch *patch);

/* None of the patch's callbacks is due any more: another patch has taken its place. */
void kpc_callbacks_forget(struct kpc_patch *patch);

#endif
