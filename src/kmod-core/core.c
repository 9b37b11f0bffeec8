// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>

#include "buildid.h"
#include "ksym.h"
#include "modsym.h"
#include "module.h"
#include "sysfs.h"
#include "transition.h"

static int __init kpc_init(void)
{
	int err;

	err = kpc_ksym_init();
	if (err < 0)
		return err;

	err = kpc_modsym_init();
	if (err < 0)
		return err;

	err = kpc_buildid_init();
	if (err < 0)
		return err;

	err = kpc_sysfs_init();
	if (err < 0) {
		pr_err("/sys/kernel/kpatch cannot be made (error %d)\n", err);
		return err;
	}

	err = kpc_transition_init();
	if (err < 0) {
		pr_err("there can be no worker (error %d)\n", err);
		goto exit_sysfs;
	}

	err = kpc_module_init();
	if (err < 0) {
		pr_err("modules cannot be watched (error %d)\n", err);
		goto exit_transition;
	}

	pr_info("ready on the kernel with build-id %s\n", kpc_buildid());
	return 0;

exit_transition:
	kpc_transition_exit();
exit_sysfs:
	kpc_sysfs_exit();
	return err;
}

/* Patch modules use this one's symbols, so it cannot go before the last of them. */
static void __exit kpc_exit(void)
{
	kpc_module_exit();
	kpc_transition_exit();
	kpc_sysfs_exit();
}

module_init(kpc_init);
module_exit(kpc_exit);

MODULE_DESCRIPTION("Replaces functions of the running kernel, all of a patch in one instant");
MODULE_AUTHOR("The kpatchd authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
