// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/list.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "report.h"
#include "straggler.h"
#include "target-stack.h"
#include "target.h"

LIST_HEAD(kpc_layers);

static unsigned long layer_seq;

static struct kpc_layer *layer_alloc(struct kpc_patch *patch)
{
	struct kpc_layer *layer;
	unsigned int i;

	layer = kvzalloc(struct_size(layer, nodes, patch->info->nr_funcs), GFP_KERNEL);
	if (!layer)
		return NULL;

	layer->patch = patch;
	layer->seq = ++layer_seq;
	layer->from = KPC_EPOCH_NEVER;
	layer->until = KPC_EPOCH_NEVER;
	for (i = 0; i < patch->info->nr_funcs; i++) {
		layer->nodes[i].layer = layer;
		layer->nodes[i].func = &patch->funcs[i];
	}
	return layer;
}

/* Puts the functions of one object, or of all that are there, into the stacks. */
static int layer_attach(struct kpc_layer *layer, const struct kpc_object *only)
{
	struct kpc_node *node = layer->nodes;
	struct kpc_func *func;
	int err;

	kpc_for_each_func(layer->patch, func) {
		if (func->addr && (!only || func->object == only) && !node->target) {
			err = kpc_target_push(node);
			if (err < 0)
				return err;
		}
		node++;
	}
	return 0;
}

static void layer_detach(struct kpc_layer *layer, const struct kpc_object *only)
{
	struct kpc_node *node = layer->nodes;
	struct kpc_func *func;

	kpc_for_each_func(layer->patch, func) {
		if (!only || func->object == only)
			kpc_target_drop(node);
		node++;
	}
}

static bool patch_has_layers(const struct kpc_patch *patch)
{
	struct kpc_layer *layer;

	list_for_each_entry(layer, &kpc_layers, link)
		if (layer->patch == patch)
			return true;
	return false;
}

/* Marks for sysfs what is attached. */
static void patch_mark(struct kpc_patch *patch)
{
	bool has = patch_has_layers(patch);
	struct kpc_object *object;
	struct kpc_func *func;

	kpc_for_each_object(patch, object)
		object->attached = has && kpc_object_is_there(object);
	if (has)
		return;
	kpc_for_each_func(patch, func)
		WRITE_ONCE(func->route, NULL);
}

int kpc_layer_new(struct kpc_patch *patch, struct kpc_layer **ret_layer)
{
	struct kpc_layer *layer = layer_alloc(patch);
	LIST_HEAD(failed);
	int err;

	if (!layer)
		return kpc_refuse(kpc_patch_name(patch), -ENOMEM, "out of memory");

	list_add(&layer->link, &kpc_layers);
	err = layer_attach(layer, NULL);
	if (err < 0) {
		list_move(&layer->link, &failed);
		kpc_layers_free(&failed);
		return err;
	}
	patch_mark(patch);
	*ret_layer = layer;
	return 0;
}

void kpc_layers_free(struct list_head *layers)
{
	struct kpc_layer *layer, *next;

	if (list_empty(layers))
		return;

	list_for_each_entry(layer, layers, link)
		layer_detach(layer, NULL);
	kpc_targets_wait();

	list_for_each_entry_safe(layer, next, layers, link) {
		patch_mark(layer->patch);
		list_del(&layer->link);
		kvfree(layer);
	}
}

int kpc_object_attach(struct kpc_object *object)
{
	struct kpc_layer *layer;
	int err;

	if (!kpc_object_is_there(object))
		return 0;

	object->attached = true;
	list_for_each_entry(layer, &kpc_layers, link) {
		if (layer->patch != object->patch)
			continue;
		err = layer_attach(layer, object);
		if (err < 0) {
			kpc_object_detach(object);
			return err;
		}
	}

	/* Who is still at an older epoch may soon be in these functions too. */
	err = kpc_stragglers_recheck();
	if (err < 0)
		kpc_object_detach(object);
	return err;
}

void kpc_object_detach(struct kpc_object *object)
{
	struct kpc_layer *layer;

	if (!object->attached)
		return;
	object->attached = false;

	list_for_each_entry(layer, &kpc_layers, link)
		if (layer->patch == object->patch)
			layer_detach(layer, object);
	kpc_targets_wait();
	/* Without memory they look for code that is not there: harmless. */
	kpc_stragglers_recheck();
}
