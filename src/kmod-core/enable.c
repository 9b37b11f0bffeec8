// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "enable.h"

#include <linux/panic.h>

#include "callback.h"
#include "event.h"
#include "report.h"
#include "state.h"
#include "switch.h"
#include "target.h"
#include "transition.h"

const char *kpc_patch_state(const struct kpc_patch *patch)
{
	if (READ_ONCE(patch->applied))
		return READ_ONCE(patch->complete) ? "applied" : "applying";
	if (READ_ONCE(patch->nr_dying))
		return "reverting";
	return READ_ONCE(patch->superseded) ? "superseded" : "disabled";
}

/* What another one's applying takes back. */
static bool patch_is_replaced(const struct kpc_patch *patch, const struct kpc_patch *by)
{
	return patch != by && patch->layer && by->info->replace;
}

/*
 * With the word 0, trampolines ask, and get what they would have done. So this changes nothing yet;
 * and what a trampoline did by the word before, a stack check finds.
 */
static void patch_prepare_off(struct kpc_patch *patch)
{
	WRITE_ONCE(*patch->info->on, 0);
	patch->layer->next = false;
}

static void patch_undo_off(struct kpc_patch *patch)
{
	patch->layer->next = true;
	WRITE_ONCE(*patch->info->on, patch->complete);
}

static void patch_is_off(struct kpc_patch *patch, bool superseded)
{
	patch->layer = NULL;
	patch->nr_dying++;
	WRITE_ONCE(patch->applied, false);
	WRITE_ONCE(patch->complete, false);
	WRITE_ONCE(patch->superseded, superseded);
	kpc_event(patch);
}

static void patch_is_on(struct kpc_patch *patch, struct kpc_layer *layer)
{
	patch->layer = layer;
	WRITE_ONCE(patch->complete, false);
	WRITE_ONCE(patch->applied, true);
	WRITE_ONCE(patch->superseded, false);
	add_taint(TAINT_LIVEPATCH, LOCKDEP_STILL_OK);
	kpc_event(patch);
}

static int patch_switch(struct kpc_patch *patch, bool strict, const struct task_struct *self)
{
	const struct kpc_switch what = {
		.name = kpc_patch_name(patch),
		.strict = strict,
		.self = self,
		.pause = &patch->pause,
	};

	return kpc_switch(&what);
}

/* Prepares everything, switches, and lets go of what is replaced. */
static int patch_switch_on(struct kpc_patch *patch, struct kpc_layer *layer)
{
	struct kpc_patch *other;
	int err;

	err = kpc_callbacks_pre_patch(patch);
	if (err < 0)
		return err;

	list_for_each_entry(other, &kpc_patches, link)
		if (patch_is_replaced(other, patch))
			patch_prepare_off(other);
	layer->next = true;

	err = patch_switch(patch, patch->strict, NULL);
	if (err < 0) {
		layer->next = false;
		list_for_each_entry(other, &kpc_patches, link)
			if (patch_is_replaced(other, patch))
				patch_undo_off(other);
		if (!kpc_patch_is_seen(patch))
			kpc_callbacks_post_unpatch(patch);
		return err;
	}

	patch_is_on(patch, layer);
	list_for_each_entry(other, &kpc_patches, link)
		if (patch_is_replaced(other, patch)) {
			patch_is_off(other, true);
			/* The new patch knows what of their doing must stay. */
			kpc_callbacks_forget(other);
		}
	return 0;
}

int kpc_patch_enable(struct kpc_patch *patch)
{
	const char *name = kpc_patch_name(patch);
	bool seen = kpc_patch_is_seen(patch);
	struct kpc_layer *layer;
	LIST_HEAD(failed);
	int err;

	/* Pinned by each application. Fails only for a module that is on its way out. */
	if (!try_module_get(patch->info->mod))
		return kpc_refuse(name, -ENODEV, "the module is being unloaded");

	err = seen ? 0 : kpc_objects_find_all(patch);
	if (err < 0)
		goto put_module;

	err = kpc_state_check(patch);
	if (err < 0)
		goto forget;

	/* Attached and not visible, functions behave as before. */
	err = kpc_layer_new(patch, &layer);
	if (err < 0)
		goto forget;

	err = patch_switch_on(patch, layer);
	if (err < 0)
		goto detach;

	kpc_report_clear(name);
	kpc_transition_begin();
	return 0;

detach:
	list_move(&layer->link, &failed);
	kpc_layers_free(&failed);
forget:
	if (!seen)
		kpc_objects_forget(patch);
put_module:
	module_put(patch->info->mod);
	return err;
}

int kpc_patch_disable(struct kpc_patch *patch, bool strict, const struct task_struct *self)
{
	int err;

	kpc_callbacks_pre_unpatch(patch);
	patch_prepare_off(patch);
	err = patch_switch(patch, strict, self);
	if (err < 0) {
		patch_undo_off(patch);
		/* Still there: what pre-unpatch did is undone by what is called after a patch. */
		if (patch->complete)
			kpc_callbacks_post_patch(patch);
		return err;
	}

	patch_is_off(patch, false);
	kpc_report_clear(kpc_patch_name(patch));
	kpc_transition_begin();
	return 0;
}
