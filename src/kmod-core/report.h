/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a patch was refused, for people: in the log and in /sys/kernel/kpatch/last_error.
 */
#ifndef KPC_REPORT_H
#define KPC_REPORT_H

#include <linux/types.h>

/**
 * kpc_refuse() - say why a patch is refused
 * @name:	the patch module's name
 * @err:	negative errno, returned
 * @fmt:	a clause without capital, full stop or newline
 *
 * Called once for each refusal, where its cause is found; callers up the stack only pass @err on.
 */
__printf(3, 4) int kpc_refuse(const char *name, int err, const char *fmt, ...);

/* Takes the sentence back, of a refusal of @name that is none: to be freed. NULL: there is none. */
char *kpc_report_take(const char *name);

/* What was last refused is no longer true of @name. */
void kpc_report_clear(const char *name);

/* Writes "MODULE: sentence\n", or nothing, to a page. */
ssize_t kpc_report_show(char *page);

#endif
