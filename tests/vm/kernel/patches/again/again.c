// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Registers twice; what it gets the second time is what loading it fails with. */
#include <linux/seq_file.h>

#include "kpatch.h"

static int again_version_show(struct seq_file *m, void *v)
{
	seq_puts(m, "Linux version again\n");
	return 0;
}

/* The kit's init is called from here. */
#pragma push_macro("module_init")
#undef module_init
#define module_init(_init) static int (*const again_first)(void) = _init

#define PATCH(F) F(vmlinux, version_proc_show, 0, again_version_show)
KPATCH_MODULE(PATCH);
#pragma pop_macro("module_init")

static int __init again_init(void)
{
	int err = again_first();

	if (err < 0)
		return err;
	err = kpc_register(&kpc__patch);
	kpc_unregister(&kpc__patch);
	return err;
}

module_init(again_init);

MODULE_DESCRIPTION("Test: a patch that is registered twice");
