// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* Functions replaced by the same, through kpatch_core. */
#include "kpatch.h"
#include "same.h"

#define BENCH(F) \
	F(vmlinux, noop_llseek, 0, same_llseek) \
	F(vmlinux, srcu_notifier_call_chain, 0, same_chain)
KPATCH_MODULE(BENCH);

MODULE_DESCRIPTION("Bench: functions replaced by the same, through kpatch_core");
