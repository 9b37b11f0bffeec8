// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Takes the place of the patches before, and over what they left: their callbacks are not called. */
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "kpatch-shadow.h"
#include "kpatch.h"

#define STATE_ID 0x6b7001

KPATCH_REPLACE();
KPATCH_STATES({ .id = STATE_ID, .version = 3 });

static unsigned int state3_found;

static int state3_pre_patch(struct module *mod)
{
	struct kpc_state_info *prev = kpatch_state_prev(STATE_ID);

	if (!prev)
		return -ENODATA;
	state3_found = prev->version;
	kpatch_state(STATE_ID)->data = prev->data;
	prev->data = NULL;
	return 0;
}

static void state3_post_unpatch(struct module *mod)
{
	kpatch_shadow_free_all(STATE_ID, NULL);
	kfree(kpatch_state(STATE_ID)->data);
}

KPATCH_OBJECTS({ .name = "vmlinux",
		 .pre_patch = state3_pre_patch,
		 .post_unpatch = state3_post_unpatch });

static int state3_dma_show(struct seq_file *m, void *v)
{
	int *shadow = kpatch_shadow_get(&init_task, STATE_ID);

	seq_printf(m, "replaced version %u, %s, shadow %d\n", state3_found,
		   (char *)kpatch_state(STATE_ID)->data, shadow ? *shadow : 0);
	return 0;
}

#define PATCH(F) F(vmlinux, proc_dma_show, 0, state3_dma_show)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: takes the place of all others, and their state");
