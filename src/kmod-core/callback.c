// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "callback.h"

#include "object.h"
#include "patch.h"
#include "report.h"

/* Bits of kpc_object.callbacks: which were called and have their counterpart still to come. */
#define CALLBACK_PRE_PATCH 1
#define CALLBACK_POST_PATCH 2

int kpc_callback_pre_patch(struct kpc_object *object)
{
	int err = 0;

	/* Called already: the patch was being taken back, and is not after all. */
	if (!kpc_object_is_there(object) || object->callbacks & CALLBACK_PRE_PATCH)
		return 0;

	if (object->info && object->info->pre_patch)
		err = object->info->pre_patch(object->mod);
	/* Whatever else it returns would not be an errno, and a module would load regardless. */
	if (err)
		return kpc_refuse(kpc_patch_name(object->patch), err < 0 ? err : -EINVAL,
				  "its pre-patch callback for %s refuses (error %d)", object->name,
				  err);
	object->callbacks |= CALLBACK_PRE_PATCH;
	return 0;
}

void kpc_callback_post_patch(struct kpc_object *object)
{
	if (!(object->callbacks & CALLBACK_PRE_PATCH) || object->callbacks & CALLBACK_POST_PATCH)
		return;
	object->callbacks |= CALLBACK_POST_PATCH;
	if (object->info && object->info->post_patch)
		object->info->post_patch(object->mod);
}

void kpc_callback_pre_unpatch(struct kpc_object *object)
{
	if (!(object->callbacks & CALLBACK_POST_PATCH))
		return;
	object->callbacks &= ~CALLBACK_POST_PATCH;
	if (object->info && object->info->pre_unpatch)
		object->info->pre_unpatch(object->mod);
}

void kpc_callback_post_unpatch(struct kpc_object *object)
{
	if (!(object->callbacks & CALLBACK_PRE_PATCH))
		return;
	object->callbacks &= ~CALLBACK_PRE_PATCH;
	if (object->info && object->info->post_unpatch)
		object->info->post_unpatch(object->mod);
}

int kpc_callbacks_pre_patch(struct kpc_patch *patch)
{
	struct kpc_object *object;
	int err;

	kpc_for_each_object(patch, object) {
		err = kpc_callback_pre_patch(object);
		if (err < 0) {
			kpc_callbacks_post_unpatch(patch);
			return err;
		}
	}
	return 0;
}

void kpc_callbacks_post_patch(struct kpc_patch *patch)
{
	struct kpc_object *object;

	kpc_for_each_object(patch, object)
		kpc_callback_post_patch(object);
}

void kpc_callbacks_pre_unpatch(struct kpc_patch *patch)
{
	struct kpc_object *object;

	kpc_for_each_object(patch, object)
		kpc_callback_pre_unpatch(object);
}

void kpc_callbacks_post_unpatch(struct kpc_patch *patch)
{
	struct kpc_object *object;

	kpc_for_each_object(patch, object)
		kpc_callback_post_unpatch(object);
}

void kpc_callbacks_forget(struct kpc_patch *patch)
{
	struct kpc_object *object;

	kpc_for_each_object(patch, object)
		object->callbacks = 0;
}
