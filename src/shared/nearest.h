/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "util.h"

/* For "did you mean": which of n candidates a mistyped word most likely stands for, or NULL where none is
 * near. An edit is a character added, dropped or changed, or two neighbours swapped; near is at most one
 * edit for every three characters, and always one. Of equally near ones the first. Candidates may be NULL.
 */
const char *nearest_find(const char *word, const char *const *candidates, size_t n) _pure_;
