// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "buildid.h"

#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "compat.h"
#include "ksym.h"

/* The type of the note named GNU that holds it; user space has it in <elf.h> only. */
#define BUILDID_NOTE_TYPE 3

/* How notes are padded, in memory too. */
#define BUILDID_NOTE_ALIGN 4

static struct kpc_buildid buildid_kernel;

const char *kpc_buildid(void)
{
	return buildid_kernel.hex;
}

/*
 * Whether what is at @p looks like the head of the note. Reads between a module's variables too, where
 * KASAN keeps zones that nobody else may read.
 */
static __no_sanitize_address bool buildid_is_note(const void *p)
{
	const struct elf32_note *note = p;
	const char *name = p + sizeof(*note);

	return note->n_type == BUILDID_NOTE_TYPE && note->n_namesz == sizeof("GNU") &&
	       note->n_descsz && note->n_descsz <= KPC_BUILDID_BYTES_MAX && name[0] == 'G' &&
	       name[1] == 'N' && name[2] == 'U' && !name[3];
}

/* Whether the note at @p, in memory that goes to @end, is the one. */
static bool buildid_read_note(const void *p, const void *end, struct kpc_buildid *ret)
{
	const struct elf32_note *note = p;
	const void *desc = p + sizeof(*note) + sizeof("GNU");

	if (desc > end || !buildid_is_note(p) || note->n_descsz > end - desc)
		return false;

	scnprintf(ret->hex, sizeof(ret->hex), "%*phN", (int)note->n_descsz, desc);
	return true;
}

int kpc_buildid_init(void)
{
	const void *p = (void *)kpc_ksym_lookup("__start_notes");
	const void *end = (void *)kpc_ksym_lookup("__stop_notes");

	while (p && p + sizeof(struct elf32_note) <= end) {
		const struct elf32_note *note = p;

		if (buildid_read_note(p, end, &buildid_kernel))
			return 0;
		p += sizeof(*note) + ALIGN(note->n_namesz, BUILDID_NOTE_ALIGN) +
		     ALIGN(note->n_descsz, BUILDID_NOTE_ALIGN);
	}

	pr_err("the running kernel has no build-id\n");
	return -ENODATA;
}

/*
 * Something else that looks like the note is passed over: it is not the one that is wanted, and for
 * the message the first will do.
 */
int kpc_buildid_check_module(const struct module *mod, const char *want,
			     struct kpc_buildid *ret_has)
{
	struct kpc_buildid found, first = {};
	const void *p, *end;
	size_t size;

	p = kpc_module_rodata(mod, &size);
	for (end = p + size; p + sizeof(struct elf32_note) <= end; p += BUILDID_NOTE_ALIGN) {
		if (!buildid_read_note(p, end, &found))
			continue;
		if (!strcmp(found.hex, want))
			return 0;
		if (!first.hex[0])
			first = found;
	}
	*ret_has = first;
	return -EXDEV;
}
