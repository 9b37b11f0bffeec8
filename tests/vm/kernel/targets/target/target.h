/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPATCH_TEST_TARGET_H
#define KPATCH_TEST_TARGET_H

struct seq_file;

/* As the compiler leaves most functions that are worth a patch: with a call, and with this signature. */
#define target_function noinline __attribute__((noipa))

void target_show_twin(struct seq_file *m);

#endif
