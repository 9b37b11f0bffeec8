// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "external.h"

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/static_call.h>
#include <linux/string.h>

#include "ksym.h"
#include "modsym.h"
#include "object.h"
#include "patch.h"
#include "report.h"

/* For one sentence; what does not fit is counted. */
#define EXTERNAL_TEXT_MAX 320

/* What cannot be had, as a list for a person. */
struct external_problems {
	int err;
	unsigned int left_out;
	size_t len;
	char text[EXTERNAL_TEXT_MAX];
};

/* Everything is looked at before it is refused, so that a person learns all in one try. */
static __printf(3, 4) void external_problem(struct external_problems *problems, int err,
					    const char *fmt, ...)
{
	const size_t size = sizeof(problems->text);
	size_t len = problems->len;
	va_list args;

	if (problems->err != -ENOENT)
		problems->err = err;

	len += scnprintf(problems->text + len, size - len, "%s", len ? "; " : "");
	va_start(args, fmt);
	len += vscnprintf(problems->text + len, size - len, fmt, args);
	va_end(args);

	if (len < size - 1) {
		problems->len = len;
	} else {
		problems->text[problems->len] = '\0';
		problems->left_out++;
	}
}

struct external_match {
	unsigned int sympos;
	unsigned int count;
	unsigned long addr;
};

static int external_match(void *data, unsigned long addr)
{
	struct external_match *match = data;

	match->count++;
	if (match->count == max(match->sympos, 1U))
		match->addr = addr;
	/* All are counted, for the message. */
	return 0;
}

static bool external_is_text(unsigned long addr)
{
	bool text;

	/* Modules are looked through, and none of them may go meanwhile. */
	preempt_disable();
	text = kpc_ksym_is_compiled(addr);
	preempt_enable();
	return text;
}

static unsigned long external_find(const struct kpc_extern_info *info,
				   const struct kpc_object *object,
				   struct external_problems *problems)
{
	struct external_match match = { .sympos = info->sympos };

	kpc_object_each_symbol(object, info->name, external_match, &match);

	if (!match.count)
		external_problem(problems, -ENOENT, "no %s in %s", info->name, object->name);
	else if (!info->sympos && match.count > 1)
		external_problem(problems, -ENOTUNIQ, "%u of %s in %s", match.count, info->name,
				 object->name);
	else if (!match.addr)
		external_problem(problems, -ENOENT, "no number %u of %s in %s, which has %u",
				 info->sympos, info->name, object->name, match.count);
	else if (kpc_object_is_init(object, match.addr))
		external_problem(problems, -ENOENT, "%s in %s, which is gone after init",
				 info->name, object->name);
	else if (external_is_text(match.addr) != !!info->key)
		external_problem(problems, -ENOENT, "%s in %s, which is not %s", info->name,
				 object->name, info->key ? "a function" : "data");
	else
		return match.addr;
	return 0;
}

static void external_set(const struct kpc_extern_info *info, unsigned long addr)
{
	if (info->key)
		__static_call_update(info->key, info->tramp, (void *)addr);
	else
		WRITE_ONCE(*info->data, (void *)addr);
}

int kpc_external_bind(struct kpc_patch *patch, const struct kpc_object *only)
{
	struct external_problems problems = {};
	const struct kpc_extern_info *info;
	const struct kpc_object *object;
	unsigned long addr;

	kpc_for_each_extern(patch, info) {
		object = kpc_object_find(patch, info->object);
		if (only ? object != only : !kpc_object_is_there(object))
			continue;
		addr = external_find(info, object, &problems);
		if (addr)
			external_set(info, addr);
	}

	if (problems.left_out)
		return kpc_refuse(kpc_patch_name(patch), problems.err,
				  "needs what cannot be had: %s; and %u more", problems.text,
				  problems.left_out);
	if (problems.err)
		return kpc_refuse(kpc_patch_name(patch), problems.err,
				  "needs what cannot be had: %s", problems.text);
	return 0;
}

void kpc_external_unbind(struct kpc_patch *patch, const struct kpc_object *object)
{
	const struct kpc_extern_info *info;

	kpc_for_each_extern(patch, info)
		if (kpc_object_find(patch, info->object) == object)
			external_set(info, 0);
}
