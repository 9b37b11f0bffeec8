// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Takes over what the first patch left. */
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "kpatch-shadow.h"
#include "kpatch.h"

#define STATE_ID 0x6b7001

KPATCH_STATES({ .id = STATE_ID, .version = 2 });

static unsigned int state2_found;

static int state2_pre_patch(struct module *mod)
{
	struct kpc_state_info *prev = kpatch_state_prev(STATE_ID);

	if (!prev)
		return -ENODATA;
	state2_found = prev->version;
	kpatch_state(STATE_ID)->data = prev->data;
	prev->data = NULL;
	return 0;
}

static void state2_post_unpatch(struct module *mod)
{
	kpatch_shadow_free_all(STATE_ID, NULL);
	kfree(kpatch_state(STATE_ID)->data);
}

KPATCH_OBJECTS({ .name = "vmlinux",
		 .pre_patch = state2_pre_patch,
		 .post_unpatch = state2_post_unpatch });

static int state2_dma_show(struct seq_file *m, void *v)
{
	int *shadow = kpatch_shadow_get(&init_task, STATE_ID);

	seq_printf(m, "version %u, %s, shadow %d\n", state2_found,
		   (char *)kpatch_state(STATE_ID)->data, shadow ? *shadow : 0);
	return 0;
}

#define PATCH(F) F(vmlinux, proc_dma_show, 0, state2_dma_show)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: takes over a state");
