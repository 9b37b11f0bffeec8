/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPC_BUILDID_H
#define KPC_BUILDID_H

/* Finds the running kernel's GNU build-id. -ENODATA, logged, where it has none. */
int kpc_buildid_init(void);

/* The running kernel's build-id in lower-case hex. */
const char *kpc_buildid(void);

#endif
