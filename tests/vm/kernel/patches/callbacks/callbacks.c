// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parameter "calls" lists the callbacks that were called, the last at the end; a pre-patch
 * callback refuses for the object that the parameter "refuse" names.
 */
#include <linux/errno.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "kpatch.h"

static char calls[512];
module_param_string(calls, calls, sizeof(calls), 0644);
MODULE_PARM_DESC(calls, "the callbacks that were called");

static char *refuse = "";
module_param(refuse, charp, 0644);
MODULE_PARM_DESC(refuse, "object whose pre-patch callback refuses");

static const char *callbacks_object(const struct module *mod)
{
	return mod ? mod->name : "vmlinux";
}

static void callbacks_note(const char *what, const struct module *mod)
{
	strlcat(calls, what, sizeof(calls));
	strlcat(calls, callbacks_object(mod), sizeof(calls));
}

static int callbacks_pre_patch(struct module *mod)
{
	callbacks_note(" pre_patch:", mod);
	return sysfs_streq(refuse, callbacks_object(mod)) ? -EPERM : 0;
}

static void callbacks_post_patch(struct module *mod)
{
	callbacks_note(" post_patch:", mod);
}

static void callbacks_pre_unpatch(struct module *mod)
{
	callbacks_note(" pre_unpatch:", mod);
}

static void callbacks_post_unpatch(struct module *mod)
{
	callbacks_note(" post_unpatch:", mod);
}

#define CALLBACKS \
	.pre_patch = callbacks_pre_patch, .post_patch = callbacks_post_patch, \
	.pre_unpatch = callbacks_pre_unpatch, .post_unpatch = callbacks_post_unpatch
KPATCH_OBJECTS({ .name = "vmlinux", CALLBACKS }, { .name = "kpatch_test_target", CALLBACKS });

static int callbacks_version_show(struct seq_file *m, void *v)
{
	seq_puts(m, "Linux version with callbacks\n");
	return 0;
}

static int callbacks_answer(void)
{
	return 4;
}

static void callbacks_nap(void)
{
}

#define PATCH(F) \
	F(vmlinux, version_proc_show, 0, callbacks_version_show) \
	F(kpatch_test_target, target_answer, 0, callbacks_answer) \
	F(kpatch_test_target, target_nap, 0, callbacks_nap)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: callbacks");
