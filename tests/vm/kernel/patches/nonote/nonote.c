// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Registers by hand what looks like a patch, without the kit's note. */
#include <linux/seq_file.h>

#include "kpatch.h"

static int nonote_never_called(struct seq_file *m, void *v)
{
	return 0;
}

static const struct kpc_func_info funcs[] = {
	{ .object = "vmlinux",
	  .build_id = KPATCH_BUILD_ID,
	  .name = "version_proc_show",
	  .new_func = nonote_never_called },
};

static unsigned int on;

static struct kpc_patch_info patch = {
	.abi = KPC_ABI,
	.nr_funcs = ARRAY_SIZE(funcs),
	.mod = THIS_MODULE,
	.build_id = KPATCH_BUILD_ID,
	.checksum = "",
	.funcs = funcs,
	.on = &on,
};

static int __init nonote_init(void)
{
	return kpc_register(&patch);
}

static void __exit nonote_exit(void)
{
	kpc_unregister(&patch);
}

module_init(nonote_init);
module_exit(nonote_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: a patch that the kit did not make");
