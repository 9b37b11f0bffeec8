/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPC_BUILDID_H
#define KPC_BUILDID_H

struct module;

/* Linkers make 16 or 20 bytes; --build-id=0x takes what one likes. */
#define KPC_BUILDID_BYTES_MAX 32

/* A build-id in lower-case hex. */
struct kpc_buildid {
	char hex[2 * KPC_BUILDID_BYTES_MAX + 1];
};

/* Finds the running kernel's GNU build-id. -ENODATA, logged, where it has none. */
int kpc_buildid_init(void);

/* The running kernel's build-id in lower-case hex. */
const char *kpc_buildid(void);

/**
 * kpc_buildid_check_module() - whether a module is the build that a patch was made for
 * @want:	build-id in lower-case hex
 * @ret_has:	on -EXDEV: the one that it has, empty if it has none
 *
 * The kernel does not keep where a module's notes are, so its constant data is searched.
 *
 * Return: 0; -EXDEV if it is another.
 */
int kpc_buildid_check_module(const struct module *mod, const char *want,
			     struct kpc_buildid *ret_has);

#endif
