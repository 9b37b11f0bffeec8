// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "buildid.h"

#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "ksym.h"

/* The type of the note named GNU that holds it; user space has it in <elf.h> only. */
#define BUILDID_NOTE_TYPE 3

/* Linkers make 16 or 20 bytes; --build-id=0x takes what one likes. */
#define BUILDID_BYTES_MAX 32

static char buildid_hex[2 * BUILDID_BYTES_MAX + 1];

const char *kpc_buildid(void)
{
	return buildid_hex;
}

int kpc_buildid_init(void)
{
	const void *p = (void *)kpc_ksym_lookup("__start_notes");
	const void *end = (void *)kpc_ksym_lookup("__stop_notes");

	while (p && p + sizeof(struct elf32_note) <= end) {
		const struct elf32_note *note = p;
		const char *name = p + sizeof(*note);
		const void *desc = name + ALIGN(note->n_namesz, 4);

		p = desc + ALIGN(note->n_descsz, 4);
		if (p > end)
			break;
		if (note->n_type != BUILDID_NOTE_TYPE || note->n_namesz != sizeof("GNU") ||
		    memcmp(name, "GNU", sizeof("GNU")))
			continue;
		if (note->n_descsz > BUILDID_BYTES_MAX)
			break;
		scnprintf(buildid_hex, sizeof(buildid_hex), "%*phN", (int)note->n_descsz, desc);
		return 0;
	}

	pr_err("the running kernel has no build-id\n");
	return -ENODATA;
}
