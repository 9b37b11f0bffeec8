// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Leaves a state, and a shadow variable of the first task, for the patch that comes after. */
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "kpatch-shadow.h"
#include "kpatch.h"

#define STATE_ID 0x6b7001

KPATCH_STATES({ .id = STATE_ID, .version = 1 });

static int state1_init_shadow(void *object, void *shadow, void *arg)
{
	*(int *)shadow = *(int *)arg;
	return 0;
}

static int state1_pre_patch(struct module *mod)
{
	struct kpc_state_info *state = kpatch_state(STATE_ID);
	int value = 11, other = 99;

	if (kpatch_state_prev(STATE_ID))
		return -EEXIST;
	if (!kpatch_shadow_alloc(&init_task, STATE_ID, sizeof(int), GFP_KERNEL, state1_init_shadow,
				 &value) ||
	    !kpatch_shadow_get_or_alloc(&init_task, STATE_ID, sizeof(int), GFP_KERNEL,
					state1_init_shadow, &other))
		return -ENOMEM;

	state->data = kstrdup("made by state1", GFP_KERNEL);
	return state->data ? 0 : -ENOMEM;
}

/* The patch that has taken it over frees it. */
static void state1_post_unpatch(struct module *mod)
{
	struct kpc_state_info *state = kpatch_state(STATE_ID);

	if (!state->data)
		return;
	kpatch_shadow_free_all(STATE_ID, NULL);
	kfree(state->data);
	state->data = NULL;
}

KPATCH_OBJECTS({ .name = "vmlinux",
		 .pre_patch = state1_pre_patch,
		 .post_unpatch = state1_post_unpatch });

static int state1_version_show(struct seq_file *m, void *v)
{
	int *shadow = kpatch_shadow_get(&init_task, STATE_ID);

	seq_printf(m, "Linux version with shadow %d\n", shadow ? *shadow : 0);
	return 0;
}

#define PATCH(F) F(vmlinux, version_proc_show, 0, state1_version_show)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: leaves a state");
