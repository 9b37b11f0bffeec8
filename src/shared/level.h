/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "util.h"

/* A level is the version of a distribution's kernel package, as "6.1.148-1" or "1:5.14.0-427.el9", whose
 * fixes a kernel has. */

#define LEVEL_MAX 64

/* 1 to LEVEL_MAX of [A-Za-z0-9.+~:_^-], first a digit. */
bool level_is_valid(const char *level) _pure_;

/* The order of Debian's policy (5.6.12): the number before a colon, then what stands before the last hyphen,
 * then what stands behind it; numbers by their value, '~' before the end. */
int level_compare(const char *a, const char *b) _pure_;
