/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Points at which tests end the process as a crash would, without a word: compiled in for the tests' own
 * build of the daemon only. KPATCHD_FAULT="apply.load" names one. */
#ifdef KPATCHD_TESTS
void fault_point(const char *kind, const char *step);
#else
static inline void fault_point(const char *kind, const char *step)
{
        (void) kind;
        (void) step;
}
#endif
