// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "state.h"

#include "patch.h"
#include "report.h"

#define state_for_each(_patch, _state) \
	for (_state = (_patch)->info->states; _state && _state->id; _state++)

static struct kpc_state_info *state_of(const struct kpc_patch *patch, unsigned long id)
{
	struct kpc_state_info *state;

	state_for_each(patch, state)
		if (state->id == id)
			return state;
	return NULL;
}

int kpc_state_check_table(const struct kpc_patch *patch)
{
	struct kpc_state_info *state;

	state_for_each(patch, state) {
		if (state - patch->info->states == KPC_STATES_MAX)
			return kpc_refuse(kpc_patch_name(patch), -E2BIG, "more than %u states",
					  KPC_STATES_MAX);
		if (state_of(patch, state->id) != state)
			return kpc_refuse(kpc_patch_name(patch), -EINVAL,
					  "state %#lx is in the table twice", state->id);
		if (!state->version)
			return kpc_refuse(kpc_patch_name(patch), -EINVAL,
					  "state %#lx has no version", state->id);
	}
	return 0;
}

static int state_check_against(const struct kpc_patch *patch, const struct kpc_patch *applied)
{
	const struct kpc_state_info *theirs, *ours;

	state_for_each(applied, theirs) {
		ours = state_of(patch, theirs->id);
		if (!ours && patch->info->replace)
			return kpc_refuse(kpc_patch_name(patch), -EINVAL,
					  "does not know state %#lx of %s, which it would replace",
					  theirs->id, kpc_patch_name(applied));
		if (ours && ours->version < theirs->version)
			return kpc_refuse(kpc_patch_name(patch), -EINVAL,
					  "knows state %#lx up to version %u, and %s made it %u",
					  theirs->id, ours->version, kpc_patch_name(applied),
					  theirs->version);
	}
	return 0;
}

int kpc_state_check(const struct kpc_patch *patch)
{
	const struct kpc_patch *other;
	int err;

	list_for_each_entry(other, &kpc_patches, link) {
		if (other == patch || !other->applied)
			continue;
		err = state_check_against(patch, other);
		if (err < 0)
			return err;
	}
	return 0;
}

/* Called by callbacks, and so with the lock held. */
struct kpc_state_info *kpc_state_prev(const struct module *mod, unsigned long id)
{
	struct kpc_state_info *state;
	struct kpc_patch *patch;

	lockdep_assert_held(&kpc_patch_lock);
	list_for_each_entry_reverse(patch, &kpc_patches, link) {
		if (patch->info->mod == mod || !patch->applied)
			continue;
		state = state_of(patch, id);
		if (state)
			return state;
	}
	return NULL;
}
EXPORT_SYMBOL_GPL(kpc_state_prev);
