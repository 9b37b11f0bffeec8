/* SPDX-FileCopyrightText: 2026 The kpatchd authors */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far a function goes on behind its call to ftrace, where a replacement of a test may let it do its
 * work. A landing pad may come first; an indirect call to there would need one of its own on a machine
 * that enforces them.
 */
#ifndef KPATCH_TEST_BEHIND_H
#define KPATCH_TEST_BEHIND_H

#define BEHIND_FTRACE (IS_ENABLED(CONFIG_X86_KERNEL_IBT) ? 9 : 5)

#endif
